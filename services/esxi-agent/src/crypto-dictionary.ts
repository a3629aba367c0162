import { Failure } from '@kagibako/contracts/failures';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { decodeKeyBase64, encodeKeyBase64 } from './key-base64.ts';

/** The ciphers a dictionary may name, with the bytes of their keys. */
export const cipherKeyBytes = { 'AES-256': 32, 'XTS-AES-256': 64 } as const;

export type CipherName = keyof typeof cipherKeyBytes;

export type DictionaryKey = { cipher: CipherName; key: KeyMaterial };

const ascii = { percent: 0x25, colon: 0x3a, equals: 0x3d };
const escapedEquals = Buffer.from('%3d', 'ascii');

/** `type=key:cipher=…:key=<Base64>` as bytes, which are as secret as the key. The key remains the caller's. */
export function encodeKeyDictionary(cipher: CipherName, key: KeyMaterial): KeyMaterial {
  if (key.length !== cipherKeyBytes[cipher]) throw new RangeError(`no ${cipher} key has ${key.length} bytes`);
  const head = Buffer.from(`type=key:cipher=${cipher}:key=`, 'ascii');
  const base64 = encodeKeyBase64(key.expose());
  const value = escapeValue(base64);
  const bytes = new Uint8Array(head.length + value.length);
  bytes.set(head);
  bytes.set(value, head.length);
  base64.fill(0);
  value.fill(0);
  return KeyMaterial.take(bytes);
}

/** The inverse of `encodeKeyDictionary`, with the entries in any order. `bytes` remain the caller's to wipe. */
export function decodeKeyDictionary(bytes: Uint8Array): DictionaryKey {
  const entries = splitEntries(bytes);
  if (publicValue(entries, 'type') !== 'key') throw corrupt('its type is not "key"');
  const cipher = publicValue(entries, 'cipher');
  if (!isCipherName(cipher)) throw corrupt('its cipher is unknown');
  const value = unescapeValue(entries.get('key') ?? new Uint8Array());
  const key = decodeKeyBase64(value);
  value.fill(0);
  if (key?.length === cipherKeyBytes[cipher]) return { cipher, key: KeyMaterial.take(key) };
  key?.fill(0);
  throw corrupt('its key does not fit its cipher');
}

const isCipherName = (name: string): name is CipherName => Object.hasOwn(cipherKeyBytes, name);

/** Views into `bytes` by name, still escaped. */
function splitEntries(bytes: Uint8Array): Map<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  for (let start = 0; start < bytes.length; ) {
    const colon = bytes.indexOf(ascii.colon, start);
    const end = colon < 0 ? bytes.length : colon;
    const equals = bytes.indexOf(ascii.equals, start);
    if (equals < 0 || equals >= end) throw corrupt('an entry has no value');
    const name = Buffer.from(bytes.subarray(start, equals)).toString('latin1');
    if (entries.has(name)) throw corrupt('an entry is there twice');
    entries.set(name, bytes.subarray(equals + 1, end));
    start = end + 1;
  }
  return entries;
}

const publicValue = (entries: Map<string, Uint8Array>, name: string): string =>
  Buffer.from(unescapeValue(entries.get(name) ?? new Uint8Array())).toString('latin1');

/** Of the bytes to be escaped, `%`, `=` and `:`, Base64 has only the equals signs of its padding. */
function escapeValue(base64: Uint8Array): Uint8Array {
  const first = base64.indexOf(ascii.equals);
  const digits = first < 0 ? base64 : base64.subarray(0, first);
  const value = new Uint8Array(digits.length + (base64.length - digits.length) * escapedEquals.length);
  value.set(digits);
  for (let at = digits.length; at < value.length; at += escapedEquals.length) value.set(escapedEquals, at);
  return value;
}

function unescapeValue(escaped: Uint8Array): Uint8Array {
  const value = new Uint8Array(escaped.length);
  let length = 0;
  for (let at = 0; at < escaped.length; at += 1, length += 1) {
    const isEscape = escaped[at] === ascii.percent;
    value[length] = isEscape ? hexadecimalByte(escaped, at + 1) : (escaped[at] ?? 0);
    if (isEscape) at += 2;
  }
  const unescaped = value.slice(0, length);
  value.fill(0);
  return unescaped;
}

function hexadecimalByte(bytes: Uint8Array, at: number): number {
  const digits = String.fromCharCode(...bytes.subarray(at, at + 2));
  if (!/^[0-9a-fA-F]{2}$/.test(digits)) throw corrupt('an escape is cut short');
  return Number.parseInt(digits, 16);
}

// The dictionary is never quoted: it holds a key.
const corrupt = (problem: string): Failure =>
  new Failure('DataCorrupt', `the key dictionary cannot be read: ${problem}`);
