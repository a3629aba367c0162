import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { canonical } from './canonical.ts';
import { KeyMaterial } from './key-material.ts';
import { SealError } from './seal.ts';

/** A session secret yields one key per direction and writer, so that each key has one counter and no nonce repeats. */
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const nothing = new Uint8Array();

export const sessionMessagesMax = 2 ** 32;

/** @param writer the one process that seals with this key: `request:<process>` or `answer:<process>` */
export function deriveSessionKey(secret: KeyMaterial, sessionId: string, writer: string): KeyMaterial {
  const info = canonical('kagibako session key v1', [sessionId, writer]);
  return KeyMaterial.take(new Uint8Array(hkdfSync('sha256', secret.expose(), nothing, info, keyBytes)));
}

/** Nonce (4 zero bytes, 8 bytes counter), ciphertext, tag. The plaintext stays the caller's. */
export function sealMessage(
  key: KeyMaterial,
  counter: number,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeBigUInt64BE(BigInt(counter), 4);
  const cipher = createCipheriv('aes-256-gcm', key.expose(), nonce).setAAD(associatedData);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The plaintext, in memory of its own that the caller wipes. @throws SealError */
export function openMessage(key: KeyMaterial, associatedData: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed.length < nonceBytes + tagBytes) throw new SealError('sealed message is too short');
  const cut = sealed.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key.expose(), sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
    .setAAD(associatedData)
    .setAuthTag(sealed.subarray(cut));
  const plaintext = decipher.update(sealed.subarray(nonceBytes, cut));
  try {
    decipher.final();
  } catch (error) {
    plaintext.fill(0);
    throw new SealError('sealed message does not open', { cause: error });
  }
  return plaintext;
}
