import { type CipherGCMTypes, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { KmipError } from '@kagibako/kmip/kmip-error';
import type { Parameters } from './object-use.ts';

/** A block cipher in a mode: OpenSSL's name by the key's bits, and the bytes of its IV, counter or nonce. */
interface Mode {
  name(keyBits: number): string;
  /** 0 where there is none. */
  ivBytes: number;
  padded?: true;
  authenticated?: true;
}

const blockModes = (prefix: string, blockBytes: number): Readonly<Record<string, Mode>> => ({
  ECB: { name: (bits) => `${prefix}-${bits}-ecb`, ivBytes: 0, padded: true },
  CBC: { name: (bits) => `${prefix}-${bits}-cbc`, ivBytes: blockBytes, padded: true },
  CFB: { name: (bits) => `${prefix}-${bits}-cfb`, ivBytes: blockBytes },
  OFB: { name: (bits) => `${prefix}-${bits}-ofb`, ivBytes: blockBytes },
  CTR: { name: (bits) => `${prefix}-${bits}-ctr`, ivBytes: blockBytes },
});

/** Ciphers by Cryptographic Algorithm and Block Cipher Mode. */
const ciphers: Readonly<Record<string, Readonly<Record<string, Mode>>>> = {
  AES: {
    ...blockModes('aes', 16),
    GCM: { name: (bits) => `aes-${bits}-gcm`, ivBytes: 12, authenticated: true },
    XTS: { name: (bits) => `aes-${bits / 2}-xts`, ivBytes: 16 },
  },
  Camellia: blockModes('camellia', 16),
  DES3: {
    ECB: { name: () => 'des-ede3', ivBytes: 0, padded: true },
    CBC: { name: () => 'des-ede3-cbc', ivBytes: 8, padded: true },
  },
};

/** What node:crypto takes for a mode without an IV. */
const noIv = new Uint8Array();

const tagBytesDefault = 16;

export interface Encrypted {
  data: Uint8Array;
  /** Where the server chose it. */
  iv?: Uint8Array | undefined;
  tag?: Uint8Array | undefined;
}

/** KMIP 1.4 §4.29. @throws KmipError */
export function encryptSymmetric(
  algorithm: string | undefined,
  key: KeyMaterial,
  parameters: Parameters,
  {
    data,
    iv,
    additionalData,
  }: { data: Uint8Array; iv?: Uint8Array | undefined; additionalData?: Uint8Array | undefined },
): Encrypted {
  const mode = modeOf(algorithm, parameters);
  const chosen = iv === undefined && mode.ivBytes > 0 ? randomIv(mode, parameters) : undefined;
  const name = mode.name(key.length * 8);
  const used = iv ?? chosen ?? noIv;
  return cryptographic(() => {
    if (mode.authenticated !== true) {
      const cipher = createCipheriv(name, key.expose(), used);
      cipher.setAutoPadding(isPadded(mode, parameters));
      return { data: Buffer.concat([cipher.update(data), cipher.final()]), iv: chosen };
    }
    const options = { authTagLength: parameters.tagLength ?? tagBytesDefault };
    // The names of authenticated modes end in -gcm.
    const cipher = createCipheriv(name as CipherGCMTypes, key.expose(), used, options);
    if (additionalData !== undefined) cipher.setAAD(additionalData);
    const encrypted = Buffer.concat([cipher.update(data), cipher.final()]);
    return { data: encrypted, iv: chosen, tag: cipher.getAuthTag() };
  });
}

/** The data, which the caller wipes (KMIP 1.4 §4.30). @throws KmipError */
export function decryptSymmetric(
  algorithm: string | undefined,
  key: KeyMaterial,
  parameters: Parameters,
  encrypted: {
    data: Uint8Array;
    iv?: Uint8Array | undefined;
    tag?: Uint8Array | undefined;
    additionalData?: Uint8Array | undefined;
  },
): Buffer {
  const mode = modeOf(algorithm, parameters);
  const { data, iv = noIv, tag, additionalData } = encrypted;
  if (iv === noIv && mode.ivBytes > 0) throw new KmipError('InvalidMessage', 'IV/Counter/Nonce is missing');
  const name = mode.name(key.length * 8);
  if (mode.authenticated !== true)
    return cryptographic(() => {
      const decipher = createDecipheriv(name, key.expose(), iv);
      decipher.setAutoPadding(isPadded(mode, parameters));
      return joined(decipher.update(data), decipher.final());
    });
  if (tag === undefined) throw new KmipError('InvalidMessage', 'Authenticated Encryption Tag is missing');
  if (tag.length !== (parameters.tagLength ?? tagBytesDefault))
    throw new KmipError('InvalidField', `Authenticated Encryption Tag has ${tag.length} bytes`);
  return cryptographic(() => {
    // The names of authenticated modes end in -gcm.
    const decipher = createDecipheriv(name as CipherGCMTypes, key.expose(), iv, { authTagLength: tag.length });
    decipher.setAuthTag(tag);
    if (additionalData !== undefined) decipher.setAAD(additionalData);
    return joined(decipher.update(data), decipher.final());
  });
}

function joined(first: Buffer, last: Buffer): Buffer {
  const all = Buffer.concat([first, last]);
  first.fill(0);
  last.fill(0);
  return all;
}

function modeOf(algorithm: string | undefined, { blockCipherMode }: Parameters): Mode {
  const mode = ciphers[algorithm ?? '']?.[blockCipherMode ?? ''];
  if (mode === undefined)
    throw new KmipError('InvalidField', `no cipher ${algorithm ?? ''} in mode ${blockCipherMode ?? 'none'}`);
  return mode;
}

/** KMIP 1.4 §3.6: without an IV in the request the server makes one where Random IV says so. */
function randomIv(mode: Mode, { randomIv: random, ivLength }: Parameters): Uint8Array {
  if (random !== true) throw new KmipError('InvalidMessage', 'IV/Counter/Nonce is missing, and Random IV is not True');
  if (ivLength !== undefined && ivLength !== mode.ivBytes)
    throw new KmipError('InvalidField', `an IV has ${mode.ivBytes} bytes here`);
  return randomBytes(mode.ivBytes);
}

function isPadded(mode: Mode, { paddingMethod = 'None' }: Parameters): boolean {
  if (paddingMethod === 'None') return false;
  if (paddingMethod === 'PKCS5' && mode.padded === true) return true;
  throw new KmipError('InvalidField', `Padding Method ${paddingMethod} does not go with this mode`);
}

/** What OpenSSL refuses is told as such: wrong lengths, wrong padding, a tag that does not fit. */
export function cryptographic<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof KmipError) throw error;
    throw new KmipError('CryptographicFailure', 'the cryptographic operation failed', { cause: error });
  }
}
