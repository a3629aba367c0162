import assert from 'node:assert/strict';
import { createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { decodeEncobj, encodeEncobj } from '../src/encobj-file.ts';

const dek = KeyMaterial.random(64);
const corrupt = { code: 'DataCorrupt' };

/** The container read as public readers do, which leave the MAC alone. */
function readPagesAsOthersDo(file: Buffer): Buffer {
  const pages = [];
  for (let at = 4096; at < file.length; at += 4096) {
    const iv = file.subarray(at + 4064, at + 4080);
    const decipher = createDecipheriv('aes-256-cbc', dek.expose().subarray(0, 32), iv).setAutoPadding(false);
    pages.push(decipher.update(file.subarray(at, at + 4064)));
  }
  return Buffer.concat(pages);
}

test('files of every length around a page read back, here and by others', () => {
  for (const length of [0, 1, 15, 16, 4063, 4064, 4065, 8128, 8129, 270_840]) {
    const plaintext = randomBytes(length);
    const file = Buffer.from(encodeEncobj(plaintext, dek));
    assert.equal(file.length, 4096 * (1 + Math.max(1, Math.ceil(length / 4064))));
    assert.equal(Buffer.compare(decodeEncobj(file, dek), plaintext), 0, `${length} bytes`);
    const pages = readPagesAsOthersDo(file);
    assert.equal(Buffer.compare(pages.subarray(0, Number(file.readBigUInt64LE(24))), plaintext), 0, `${length} bytes`);
    assert.ok(
      pages.subarray(length).every((byte) => byte === 0),
      'the last page is filled with zeros',
    );
  }
});

test('the header says what VMware says', () => {
  const file = Buffer.from(encodeEncobj(randomBytes(5000), dek));
  assert.equal(
    file.subarray(0, 32).toString('hex'),
    '9edd438901000000e00f0000100000001000000000000000' + '8813000000000000',
  );
  assert.ok(file.subarray(32, 4096).every((byte) => byte === 0));
});

test('a MAC is over page number, version, logical size, IV and ciphertext, under the whole key', () => {
  const file = Buffer.from(encodeEncobj(randomBytes(5000), dek));
  const page = file.subarray(8192);
  const place = Buffer.from('01000000' + '01000000' + '8813000000000000', 'hex');
  const mac = createHmac('sha1', dek.expose())
    .update(place)
    .update(page.subarray(4064, 4080))
    .update(page.subarray(0, 4064));
  assert.deepEqual(page.subarray(4080), mac.digest().subarray(0, 16));
});

test('equal pages differ when they are encrypted', () => {
  const file = encodeEncobj(new Uint8Array(4064 * 2), dek);
  assert.notEqual(Buffer.compare(file.subarray(4096, 4096 + 4064), file.subarray(8192, 8192 + 4064)), 0);
});

test('a file that was changed anywhere that counts is refused', () => {
  const file = encodeEncobj(randomBytes(5000), dek);
  const places = [0, 4, 8, 12, 16, 24, 27, 31, 4096, 8159, 8160, 8175, 8176, 8191, 8192, 12_287];
  for (const at of places) {
    const changed = Uint8Array.from(file);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => decodeEncobj(changed, dek), corrupt, `byte ${at}`);
  }
});

test('pages that were swapped, dropped or taken from another file are refused', () => {
  const file = Buffer.from(encodeEncobj(randomBytes(8000), dek));
  const other = Buffer.from(encodeEncobj(randomBytes(8001), dek));
  const [head, first, second] = [file.subarray(0, 4096), file.subarray(4096, 8192), file.subarray(8192)];
  const mixed = [
    [head, second, first],
    [head, first],
    [head, first, second, second],
    [head, first, other.subarray(8192)],
  ];
  for (const pages of mixed) assert.throws(() => decodeEncobj(Buffer.concat(pages), dek), corrupt);
});

test('another key, a cut header and a size beyond all files are refused', () => {
  const file = encodeEncobj(randomBytes(100), dek);
  assert.throws(() => decodeEncobj(file, KeyMaterial.random(64)), corrupt);
  assert.throws(() => decodeEncobj(file.slice(0, 4095), dek), corrupt);
  const endless = Uint8Array.from(file);
  endless.fill(0xff, 24, 32);
  assert.throws(() => decodeEncobj(endless, dek), { code: 'DataCorrupt', message: /claims more/ });
});
