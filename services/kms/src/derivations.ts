import { createHash, createHmac, diffieHellman, type KeyObject, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { KmipError } from '@kagibako/kmip/kmip-error';
import type { RequestOf } from '@kagibako/kmip/operation';
import type { DeriveKey } from '@kagibako/kmip/operations/derive-key';
import { hashName } from './hashes.ts';
import { given } from './object-use.ts';
import { cryptographic } from './symmetric-cipher.ts';

type Method = RequestOf<typeof DeriveKey>['derivationMethod'];
export type DerivationParameters = RequestOf<typeof DeriveKey>['derivationParameters'];

/** One derivation keeps a thread busy for this many rounds at most. */
export const iterationsMax = 1_000_000;

type Derivation = (key: Uint8Array, parameters: DerivationParameters, lengthBytes: number) => Promise<Buffer>;

/** Methods that make bytes out of the bytes of one key (KMIP 1.4 §4.6). */
const derivations: Readonly<Partial<Record<Method, Derivation>>> = {
  PBKDF2: async (key, { cryptographicParameters, salt, iterationCount }, lengthBytes) => {
    const iterations = given(iterationCount, 'Iteration Count');
    if (iterations < 1 || iterations > iterationsMax)
      throw new KmipError('InvalidField', `Iteration Count is 1 to ${iterationsMax}`);
    const hash = hashName(cryptographicParameters?.hashingAlgorithm ?? 'SHA_1');
    return await promisify(pbkdf2)(key, given(salt, 'Salt'), iterations, lengthBytes, hash);
  },
  HASH: async (key, { cryptographicParameters, derivationData }) => {
    const hash = createHash(hashName(cryptographicParameters?.hashingAlgorithm)).update(key);
    return (derivationData === undefined ? hash : hash.update(derivationData)).digest();
  },
  HMAC: async (key, { cryptographicParameters, derivationData }) =>
    createHmac(hashName(cryptographicParameters?.hashingAlgorithm), key)
      .update(given(derivationData, 'Derivation Data'))
      .digest(),
  NIST800_108_C: async (key, { cryptographicParameters, derivationData }, lengthBytes) =>
    counterMode(
      hashName(cryptographicParameters?.hashingAlgorithm),
      key,
      given(derivationData, 'Derivation Data'),
      lengthBytes,
    ),
};

/** Bytes of this length, which the caller wipes. @throws KmipError */
export async function derive(
  method: Method,
  key: Uint8Array,
  parameters: DerivationParameters,
  lengthBytes: number,
): Promise<Buffer> {
  const derivation = derivations[method];
  if (derivation === undefined) throw new KmipError('InvalidField', `Derivation Method ${method}`);
  return shortened(await derivation(key, parameters, lengthBytes), lengthBytes);
}

/** ECDH of a private and a public key on the same curve. @throws KmipError */
export const agree = (privateKey: KeyObject, publicKey: KeyObject, lengthBytes: number): Buffer =>
  shortened(
    cryptographic(() => diffieHellman({ privateKey, publicKey })),
    lengthBytes,
  );

function shortened(derived: Buffer, lengthBytes: number): Buffer {
  if (derived.length < lengthBytes)
    throw new KmipError('CryptographicFailure', `the derivation makes ${derived.length} bytes, not ${lengthBytes}`);
  const wanted = Buffer.from(derived.subarray(0, lengthBytes));
  derived.fill(0);
  return wanted;
}

/** NIST SP 800-108 §4.1 with a counter of 32 bits before the data. */
function counterMode(hash: string, key: Uint8Array, data: Uint8Array, lengthBytes: number): Buffer {
  const blocks: Buffer[] = [];
  for (let made = 0, counter = 1; made < lengthBytes; counter += 1) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(counter);
    const block = createHmac(hash, key).update(head).update(data).digest();
    blocks.push(block);
    made += block.length;
  }
  return Buffer.concat(blocks);
}
