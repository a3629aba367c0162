import { scrypt } from '@noble/hashes/scrypt.js';
import { KeyMaterial } from './key-material.ts';

const keyBytes = 32;

/** A wrapping key from a passphrase, which stays the caller's: scrypt (RFC 7914) with N = 2^costLog2, r = 8, p = 1. */
export function stretchPassphrase(passphrase: Uint8Array, salt: Uint8Array, costLog2: number): KeyMaterial {
  return KeyMaterial.take(scrypt(passphrase, salt, { N: 2 ** costLog2, r: 8, p: 1, dkLen: keyBytes }));
}
