import { type KeyObject, sign, verify } from 'node:crypto';

/** Ed25519 signs the bytes themselves, ECDSA their SHA-256. */
const digestFor = (key: KeyObject): string | null => (key.asymmetricKeyType === 'ed25519' ? null : 'sha256');

export const signStatement = (statement: Uint8Array, privateKey: KeyObject): Uint8Array =>
  sign(digestFor(privateKey), statement, privateKey);

export const isSigned = (statement: Uint8Array, signature: Uint8Array, publicKey: KeyObject): boolean =>
  verify(digestFor(publicKey), statement, publicKey, signature);
