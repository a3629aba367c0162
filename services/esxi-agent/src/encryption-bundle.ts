import { timingSafeEqual } from 'node:crypto';
import { Failure } from '@kagibako/contracts/failures';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { cbc } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { decodeKeyDictionary, encodeKeyDictionary } from './crypto-dictionary.ts';
import { type Fqid, type KeyLocator, keySafeOf, type Pair, parseKeyLocator, printKeyLocator } from './key-locator.ts';

/** A KEK as a key provider names it. */
export type ProviderKey = { providerId: string; keyId: string };

const blockBytes = 16;
const macBytes = 32;
const encryptionKeyBytes = 32;

/**
 * VMware's CryptoKey_EncryptWithMAC: IV | AES-256-CBC of the padded plaintext | HMAC-SHA-256 of the plaintext.
 * The cipher takes the first 32 bytes of `key`, the MAC all of them. `plaintext` remains the caller's to wipe.
 */
export function lock(key: KeyMaterial, plaintext: Uint8Array): Uint8Array {
  const iv = crypto.getRandomValues(new Uint8Array(blockBytes));
  const padding = blockBytes - (plaintext.length % blockBytes);
  const padded = new Uint8Array(plaintext.length + padding).fill(padding);
  padded.set(plaintext);
  const ciphertext = cipherOf(key, iv).encrypt(padded);
  padded.fill(0);
  return Buffer.concat([iv, ciphertext, hmac(sha256, key.expose(), plaintext)]);
}

/** The inverse of `lock`. Whatever is wrong, the failure is the same and takes the same time. */
export function unlock(key: KeyMaterial, locked: Uint8Array): KeyMaterial {
  const ciphertextBytes = locked.length - blockBytes - macBytes;
  if (ciphertextBytes < blockBytes || ciphertextBytes % blockBytes !== 0) throw unavailable();
  const iv = locked.subarray(0, blockBytes);
  const padded = cipherOf(key, iv).decrypt(locked.subarray(blockBytes, blockBytes + ciphertextBytes));
  const length = findLength(key, padded, locked.subarray(-macBytes));
  const plaintext = length < 0 ? undefined : KeyMaterial.take(padded.slice(0, length));
  padded.fill(0);
  if (plaintext === undefined) throw unavailable();
  return plaintext;
}

/** The text of `encryption.bundle` and `encryptionKeys`: the DEK locked under one KEK. Both keys remain the caller's. */
export function lockDek({ kek, dek, key }: { kek: KeyMaterial; dek: KeyMaterial; key: ProviderKey }): string {
  using dictionary = encodeKeyDictionary('XTS-AES-256', dek);
  const lockedData = lock(kek, dictionary.expose());
  const locker: Fqid = { type: 'fqid', id: null, serverId: key.providerId, keyId: key.keyId };
  return printKeyLocator(keySafeOf([{ type: 'pair', locker, mac: 'HMAC-SHA-256', lockedData }]));
}

/** The DEK from whichever pair opens under `kek`. */
export function unlockDek(text: string, kek: KeyMaterial): KeyMaterial {
  for (const { lockedData } of pairsOf(text)) {
    using dictionary = unlockIfOurs(kek, lockedData);
    if (dictionary !== undefined) return decodeDek(dictionary);
  }
  throw unavailable();
}

/** The KEKs of which each alone opens the bundle: two while a shallow recrypt is under way. */
export const lockedBy = (text: string): ProviderKey[] =>
  pairsOf(text).map(({ locker }) => ({ providerId: locker.serverId, keyId: locker.keyId }));

// Node's cipher objects would keep a copy of the key until they are collected.
const cipherOf = (key: KeyMaterial, iv: Uint8Array) =>
  cbc(key.expose().subarray(0, encryptionKeyBytes), iv, { disablePadding: true });

/**
 * The length of the plaintext, or -1. The MAC is over the plaintext, so a quick "bad padding" would be a padding oracle:
 * every one of the sixteen paddings is tried, and its MAC computed, whatever comes of it.
 */
function findLength(key: KeyMaterial, padded: Uint8Array, mac: Uint8Array): number {
  let found = -1;
  for (let padding = 1; padding <= blockBytes; padding += 1) {
    const length = padded.length - padding;
    const expected = hmac(sha256, key.expose(), padded.subarray(0, length));
    const isRight = Number(timingSafeEqual(expected, mac)) & Number(isPaddedBy(padded, padding));
    found = isRight * length + (1 - isRight) * found;
  }
  return found;
}

const isPaddedBy = (padded: Uint8Array, padding: number): boolean =>
  timingSafeEqual(padded.subarray(-padding), new Uint8Array(padding).fill(padding));

function unlockIfOurs(kek: KeyMaterial, lockedData: Uint8Array): KeyMaterial | undefined {
  try {
    return unlock(kek, lockedData);
  } catch (error) {
    if (error instanceof Failure && error.code === 'KeyUnavailable') return undefined;
    throw error;
  }
}

function decodeDek(dictionary: KeyMaterial): KeyMaterial {
  const { cipher, key } = decodeKeyDictionary(dictionary.expose());
  if (cipher === 'XTS-AES-256') return key;
  key.destroy();
  throw new Failure('DataCorrupt', `the bundle holds a key for ${cipher}, which encrypts no disk`);
}

type ProviderPair = Pair & { locker: Fqid & { serverId: string } };

function pairsOf(text: string): ProviderPair[] {
  const keySafe = parseKeyLocator(text);
  if (keySafe.type !== 'list') throw new Failure('InvalidArgument', 'an encryption bundle is a list of pairs');
  return keySafe.members.filter(isProviderPair);
}

const isProviderPair = (locator: KeyLocator): locator is ProviderPair =>
  locator.type === 'pair' &&
  locator.mac === 'HMAC-SHA-256' &&
  locator.locker.type === 'fqid' &&
  locator.locker.serverId !== null;

const unavailable = (): Failure => new Failure('KeyUnavailable', 'the encryption bundle does not open under this key');
