import type { HashingAlgorithm } from '@kagibako/kmip/enums';
import { KmipError } from '@kagibako/kmip/kmip-error';

export type HashName = keyof typeof HashingAlgorithm;

/** Hashing Algorithms of KMIP by node:crypto's names. */
const hashes: Readonly<Partial<Record<HashName, string>>> = {
  MD5: 'md5',
  SHA_1: 'sha1',
  SHA_224: 'sha224',
  SHA_256: 'sha256',
  SHA_384: 'sha384',
  SHA_512: 'sha512',
  RIPEMD_160: 'ripemd160',
  SHA_512_224: 'sha512-224',
  SHA_512_256: 'sha512-256',
  SHA_3_224: 'sha3-224',
  SHA_3_256: 'sha3-256',
  SHA_3_384: 'sha3-384',
  SHA_3_512: 'sha3-512',
};

/** @throws KmipError Invalid Field for one that is not computed here, or none. */
export function hashName(algorithm: HashName | undefined): string {
  const name = algorithm && hashes[algorithm];
  if (name === undefined) throw new KmipError('InvalidField', `Hashing Algorithm ${algorithm ?? 'is missing'}`);
  return name;
}

/** The hash inside an HMAC's Cryptographic Algorithm. */
const hmacHashes: Readonly<Record<string, HashName>> = {
  HMAC_MD5: 'MD5',
  HMAC_SHA1: 'SHA_1',
  HMAC_SHA224: 'SHA_224',
  HMAC_SHA256: 'SHA_256',
  HMAC_SHA384: 'SHA_384',
  HMAC_SHA512: 'SHA_512',
  HMAC_SHA3_224: 'SHA_3_224',
  HMAC_SHA3_256: 'SHA_3_256',
  HMAC_SHA3_384: 'SHA_3_384',
  HMAC_SHA3_512: 'SHA_3_512',
};

export const hmacHash = (algorithm: string | undefined): HashName | undefined =>
  algorithm === undefined ? undefined : hmacHashes[algorithm];
