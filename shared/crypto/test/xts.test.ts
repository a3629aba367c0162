import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyMaterial } from '../src/key-material.ts';
import { createXts, sectorBytes, type XtsDirection } from '../src/xts.ts';

type Vector = { source: string; key: string; sector: number; plaintext: string; ciphertext: string };

// The file is ours and of this shape.
const vectors = JSON.parse(readFileSync(new URL('vectors/aes-256-xts.json', import.meta.url), 'utf8')) as Vector[];

const key = KeyMaterial.random(64);

/** The same transformation by OpenSSL's own XTS, one cipher object a sector. */
function encryptByOpenssl(plaintext: Uint8Array, firstSector: number): Buffer {
  const sectors = [];
  for (let at = 0; at < plaintext.length; at += sectorBytes) {
    const tweak = Buffer.alloc(16);
    tweak.writeBigUInt64LE(BigInt(firstSector + at / sectorBytes));
    sectors.push(createCipheriv('aes-256-xts', key.expose(), tweak).update(plaintext.subarray(at, at + sectorBytes)));
  }
  return Buffer.concat(sectors);
}

function transform(bytes: Uint8Array, firstSector: number, direction: XtsDirection, xtsKey = key): Buffer {
  const xts = createXts(xtsKey, direction);
  const copy = Buffer.from(bytes);
  xts.transform(copy, firstSector);
  xts.destroy();
  return copy;
}

// assert's own diff of two large buffers takes minutes.
const assertSameBytes = (actual: Uint8Array, expected: Uint8Array): void =>
  assert.equal(Buffer.compare(actual, expected), 0, 'the bytes differ');

// A block of XTS depends on none after it, so a published data unit shorter than a sector is the beginning of one.
test('every published vector is the beginning of its sector, both ways', () => {
  assert.equal(vectors.length, 25);
  for (const { source, key: keyHex, sector, plaintext, ciphertext } of vectors) {
    const vectorKey = KeyMaterial.take(Buffer.from(keyHex, 'hex'));
    const length = plaintext.length / 2;
    for (const [direction, from, to] of [
      ['encrypt', plaintext, ciphertext],
      ['decrypt', ciphertext, plaintext],
    ] as const) {
      const bytes = Buffer.alloc(sectorBytes);
      bytes.write(from, 'hex');
      const transformed = transform(bytes, sector, direction, vectorKey).subarray(0, length).toString('hex');
      assert.equal(transformed, to, `${source}, ${direction}`);
    }
  }
});

test('sectors come out as OpenSSL makes them, whatever their number, alignment and amount', () => {
  const firstSector = fc.oneof(fc.integer({ min: 2 ** 32 - 40, max: 2 ** 32 }), fc.maxSafeNat());
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 7 }),
      firstSector,
      (sectors, shift, first) => {
        fc.pre(Number.isSafeInteger(first + sectors));
        const buffer = randomBytes(sectors * sectorBytes + shift).subarray(shift);
        const encrypted = transform(buffer, first, 'encrypt');
        assertSameBytes(encrypted, encryptByOpenssl(buffer, first));
        assertSameBytes(transform(encrypted, first, 'decrypt'), buffer);
      },
    ),
  );
});

test('a buffer larger than a chunk, misaligned, is transformed in place and nothing beside it', () => {
  const around = randomBytes(3 * 128 * 1024 + 5 * sectorBytes + 9);
  const before = Buffer.from(around);
  const inside = around.subarray(3, around.length - 6);
  const xts = createXts(key, 'encrypt');
  xts.transform(inside, 2 ** 32 - 300);
  const expected = encryptByOpenssl(before.subarray(3, before.length - 6), 2 ** 32 - 300);
  assertSameBytes(around, Buffer.concat([before.subarray(0, 3), expected, before.subarray(before.length - 6)]));
});

test('one object serves any sectors in any order', () => {
  const xts = createXts(key, 'encrypt');
  for (const first of [9, 0, 2 ** 40, 9]) {
    const buffer = randomBytes(sectorBytes * 2);
    const expected = encryptByOpenssl(buffer, first);
    xts.transform(buffer, first);
    assertSameBytes(buffer, expected);
  }
});

test('the key may be destroyed as soon as the object exists, and a destroyed object refuses work', () => {
  const shortLived = KeyMaterial.move(Uint8Array.from(key.expose()));
  const xts = createXts(shortLived, 'encrypt');
  shortLived.destroy();
  const buffer = randomBytes(sectorBytes);
  const expected = encryptByOpenssl(buffer, 7);
  xts.transform(buffer, 7);
  assertSameBytes(buffer, expected);
  xts.destroy();
  assert.throws(() => xts.transform(buffer, 7), /destroyed/);
});

test('half sectors, impossible sector numbers, wrong key sizes and equal halves are refused', () => {
  const xts = createXts(key, 'encrypt');
  assert.throws(() => xts.transform(new Uint8Array(sectorBytes + 16), 0), /whole sectors/);
  for (const sector of [-1, 0.5, 2 ** 53]) {
    assert.throws(() => xts.transform(new Uint8Array(sectorBytes), sector), RangeError);
  }
  assert.throws(() => createXts(KeyMaterial.random(32), 'encrypt'), RangeError);
  assert.throws(() => createXts(KeyMaterial.take(new Uint8Array(64).fill(7)), 'encrypt'), RangeError);
});
