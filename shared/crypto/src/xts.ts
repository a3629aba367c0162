import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { KeyMaterial } from './key-material.ts';

export const sectorBytes = 512;

const sectorWords = sectorBytes / 4;
const blockBytes = 16;
const chunkBytes = 128 * 1024;
const chunkSectors = chunkBytes / sectorBytes;
const keyBytes = 64;
const ecb = 'aes-256-ecb';

export type XtsDirection = 'encrypt' | 'decrypt';

export type Xts = {
  /** Transforms whole 512-byte sectors in place; `firstSector` is the logical sector of the virtual disk, over all its extents. */
  transform(buffer: Uint8Array, firstSector: number): void;
  /** Wipes the scratch memory; the key schedules inside OpenSSL go with the garbage collector. */
  destroy(): void;
};

/**
 * AES-256-XTS in 512-byte data units, the tweak being the little-endian sector number (`aes-xts-plain64` of dm-crypt).
 * The key remains the caller's and may be destroyed at once.
 */
export function createXts(key: KeyMaterial, direction: XtsDirection): Xts {
  const dataCipher = openDataCipher(key, direction);
  const tweakCipher = createCipheriv(ecb, splitKey(key).tweakKey, null).setAutoPadding(false);
  const sectorNumbers = new BigUint64Array(chunkSectors * 2);
  const sectorNumberBytes = new Uint8Array(sectorNumbers.buffer);
  const tweaks = new Uint32Array(chunkBytes / 4);
  const masked = new Uint32Array(chunkBytes / 4);
  const maskedBytes = new Uint8Array(masked.buffer);
  const scratch = [sectorNumbers, tweaks, masked];
  let destroyed = false;

  // ECB has no chaining, so one cipher object serves every chunk: a cipher object per sector costs far more than the AES.
  function transformChunk(words: Uint32Array, firstSector: number): void {
    const sectors = words.length / sectorWords;
    for (let sector = 0; sector < sectors; sector += 1) sectorNumbers[2 * sector] = BigInt(firstSector + sector);
    const firstTweaks = tweakCipher.update(sectorNumberBytes.subarray(0, sectors * blockBytes));
    expandTweaks(asWords(firstTweaks), tweaks.subarray(0, words.length));
    xorInto(masked, words, tweaks);
    const transformed = dataCipher.update(maskedBytes.subarray(0, words.length * 4));
    xorInto(words, asWords(transformed), tweaks);
    firstTweaks.fill(0);
    transformed.fill(0);
  }

  return {
    transform(buffer, firstSector) {
      if (destroyed) throw new Error('XTS used after it was destroyed');
      checkRange(buffer, firstSector);
      withAlignedWords(buffer, (words) => {
        const chunkWords = chunkBytes / 4;
        for (let start = 0; start < words.length; start += chunkWords) {
          transformChunk(words.subarray(start, start + chunkWords), firstSector + start / sectorWords);
        }
      });
    },
    destroy() {
      destroyed = true;
      for (const part of scratch) new Uint8Array(part.buffer).fill(0);
    },
  };
}

function splitKey(key: KeyMaterial): { dataKey: Uint8Array; tweakKey: Uint8Array } {
  if (key.length !== keyBytes) throw new RangeError(`an AES-256-XTS key has ${keyBytes} bytes, not ${key.length}`);
  const bytes = key.expose();
  return { dataKey: bytes.subarray(0, keyBytes / 2), tweakKey: bytes.subarray(keyBytes / 2) };
}

function openDataCipher(key: KeyMaterial, direction: XtsDirection) {
  const { dataKey, tweakKey } = splitKey(key);
  // IEEE 1619 as read by FIPS 140 IG C.I: equal halves make XTS insecure.
  if (Buffer.compare(dataKey, tweakKey) === 0) throw new RangeError('the two halves of an XTS key must differ');
  const open = direction === 'encrypt' ? createCipheriv : createDecipheriv;
  return open(ecb, dataKey, null).setAutoPadding(false);
}

function checkRange(buffer: Uint8Array, firstSector: number): void {
  if (buffer.length % sectorBytes !== 0) throw new RangeError(`${buffer.length} bytes are not whole sectors`);
  const endSector = firstSector + buffer.length / sectorBytes;
  if (firstSector < 0 || !Number.isSafeInteger(firstSector) || !Number.isSafeInteger(endSector)) {
    throw new RangeError(`no such sectors: ${firstSector} up to ${endSector}`);
  }
}

function withAlignedWords(buffer: Uint8Array, use: (words: Uint32Array) => void): void {
  if (buffer.byteOffset % 4 === 0) {
    use(asWords(buffer));
    return;
  }
  const aligned = new Uint8Array(buffer);
  use(asWords(aligned));
  buffer.set(aligned);
  aligned.fill(0);
}

const asWords = (bytes: Uint8Array): Uint32Array =>
  bytes.byteOffset % 4 === 0
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    : new Uint32Array(new Uint8Array(bytes).buffer);

/** Each sector's first tweak, then its products with alpha in GF(2^128) (IEEE 1619 §5.2): four words a block. */
function expandTweaks(first: Uint32Array, tweaks: Uint32Array): void {
  let at = 0;
  for (let block = 0; at < tweaks.length; block += 4) {
    let [a = 0, b = 0, c = 0, d = 0] = first.subarray(block, block + 4);
    for (const end = at + sectorWords; at < end; at += 4) {
      tweaks[at] = a;
      tweaks[at + 1] = b;
      tweaks[at + 2] = c;
      tweaks[at + 3] = d;
      const carry = (d >> 31) & 0x87;
      d = (d << 1) | (c >>> 31);
      c = (c << 1) | (b >>> 31);
      b = (b << 1) | (a >>> 31);
      a = (a << 1) ^ carry;
    }
  }
}

function xorInto(target: Uint32Array, left: Uint32Array, right: Uint32Array): void {
  for (let at = 0; at < left.length; at += 1) target[at] = Number(left[at]) ^ Number(right[at]);
}
