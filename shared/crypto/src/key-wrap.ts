import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { KeyMaterial } from './key-material.ts';

/** A key as it is stored: format byte, nonce, ciphertext and tag. It says nothing without the key that wrapped it. */
export type WrappedKey = Uint8Array;

const format = 1;
const nonceBytes = 24;
const tagBytes = 16;
const headBytes = 1 + nonceBytes;

/** The wrapped key is not this key's, or not of this place; which of the two is not to be told apart. */
export class KeyWrapError extends Error {
  override name = 'KeyWrapError';
}

/**
 * Wraps a key by XChaCha20-Poly1305 under a random nonce. `associatedData` names the one place where the result may
 * lie (owner, object, version): moved to another it does not open. Both keys stay the caller's.
 */
export function wrapKey(wrappingKey: KeyMaterial, key: KeyMaterial, associatedData: Uint8Array): WrappedKey {
  const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
  const out = new Uint8Array(headBytes + key.length + tagBytes);
  out[0] = format;
  out.set(nonce, 1);
  out.set(xchacha20poly1305(wrappingKey.expose(), nonce, associatedData).encrypt(key.expose()), headBytes);
  return out;
}

/** The key, in memory of its own that the caller destroys. @throws KeyWrapError */
export function unwrapKey(wrappingKey: KeyMaterial, wrapped: WrappedKey, associatedData: Uint8Array): KeyMaterial {
  if (wrapped[0] !== format || wrapped.length < headBytes + tagBytes) throw new KeyWrapError('not a wrapped key');
  const cipher = xchacha20poly1305(wrappingKey.expose(), wrapped.slice(1, headBytes), associatedData);
  try {
    return KeyMaterial.take(cipher.decrypt(wrapped.slice(headBytes)));
  } catch (error) {
    throw new KeyWrapError('a wrapped key does not open', { cause: error });
  }
}
