import { createHmac } from 'node:crypto';
import { hashName, hmacHash } from './hashes.ts';
import type { OpenedKey } from './opened-key.ts';

/** HMAC by the Cryptographic Algorithm, or by the Hashing Algorithm for a key of another (KMIP 1.4 §4.33). */
export function macOf({ algorithm, parameters, key }: OpenedKey, data: Uint8Array): Buffer {
  const hash = hashName(hmacHash(algorithm) ?? parameters.hashingAlgorithm);
  return createHmac(hash, key.expose()).update(data).digest();
}
