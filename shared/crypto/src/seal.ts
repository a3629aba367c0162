import { createCipheriv, createDecipheriv, type webcrypto } from 'node:crypto';
import { CipherSuite, DhkemX25519HkdfSha256, ExportOnly, HkdfSha256 } from '@hpke/core';
import { KeyMaterial } from './key-material.ts';

/**
 * Sealing to a public key: HPKE base mode (RFC 9180), X25519 and HKDF-SHA256, export only. The exported secret keys
 * AES-256-GCM in node:crypto, so that what is sealed never enters WebCrypto, whose copies cannot be wiped.
 */
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new ExportOnly() });

const transportKeyBytes = 32;
const tagBytes = 16;
const exporterContext = new TextEncoder().encode('kagibako transport key v1').buffer;
/** Each transport key seals one message, so a constant nonce repeats under no key. */
const onlyNonce = new Uint8Array(12);

/** An X25519 key pair; the private half stays in this process and is used until it is dropped. */
export interface ExchangeKey {
  publicKey: Uint8Array;
  privateKey: webcrypto.CryptoKey;
}

export interface Sealed {
  encapsulatedKey: Uint8Array;
  /** Ciphertext and 16-byte tag. */
  ciphertext: Uint8Array;
}

export class SealError extends Error {
  override name = 'SealError';
}

export async function generateExchangeKey(): Promise<ExchangeKey> {
  const pair = await suite.kem.generateKeyPair();
  return {
    publicKey: new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey)),
    privateKey: pair.privateKey,
  };
}

/** Seals `plaintext`, which stays the caller's, so that only the holder of the private half can open it. */
export async function seal(
  recipient: Uint8Array,
  info: Uint8Array<ArrayBuffer>,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): Promise<Sealed> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(own(recipient));
  const sender = await suite.createSenderContext({ recipientPublicKey, info: info.buffer });
  const transportKey = KeyMaterial.take(new Uint8Array(await sender.export(exporterContext, transportKeyBytes)));
  const cipher = createCipheriv('aes-256-gcm', transportKey.expose(), onlyNonce).setAAD(associatedData);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  transportKey.destroy();
  return { encapsulatedKey: new Uint8Array(sender.enc), ciphertext };
}

/** @throws SealError when anything at all does not fit: key, info, associated data or a flipped bit. */
export async function openSealed(
  exchangeKey: ExchangeKey,
  info: Uint8Array<ArrayBuffer>,
  associatedData: Uint8Array,
  sealed: Sealed,
): Promise<KeyMaterial> {
  const transportKey = await exportTransportKey(exchangeKey, info, sealed.encapsulatedKey);
  try {
    const cut = sealed.ciphertext.length - tagBytes;
    const decipher = createDecipheriv('aes-256-gcm', transportKey.expose(), onlyNonce, { authTagLength: tagBytes })
      .setAAD(associatedData)
      .setAuthTag(sealed.ciphertext.subarray(cut));
    const plaintext = decipher.update(sealed.ciphertext.subarray(0, cut));
    decipher.final();
    return KeyMaterial.move(plaintext);
  } catch (error) {
    throw new SealError('sealed bytes do not open', { cause: error });
  } finally {
    transportKey.destroy();
  }
}

async function exportTransportKey(
  exchangeKey: ExchangeKey,
  info: Uint8Array<ArrayBuffer>,
  encapsulatedKey: Uint8Array,
): Promise<KeyMaterial> {
  try {
    const recipient = await suite.createRecipientContext({
      recipientKey: exchangeKey.privateKey,
      enc: own(encapsulatedKey),
      info: info.buffer,
    });
    return KeyMaterial.take(new Uint8Array(await recipient.export(exporterContext, transportKeyBytes)));
  } catch (error) {
    throw new SealError('sealed bytes do not open', { cause: error });
  }
}

/** HPKE reads a whole ArrayBuffer, and a Buffer may be a window on a shared one. */
const own = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
