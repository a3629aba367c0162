import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import fc from 'fast-check';
import { type CipherName, decodeKeyDictionary, encodeKeyDictionary } from '../src/crypto-dictionary.ts';
import { decodeKeyBase64, encodeKeyBase64 } from '../src/key-base64.ts';

const vectors = JSON.parse(readFileSync(new URL('vectors/key-safes.json', import.meta.url), 'utf8'));

test('the dictionary of the published key is written and read', () => {
  const key = KeyMaterial.take(Buffer.from(vectors.dek, 'hex'));
  const dictionary = encodeKeyDictionary('XTS-AES-256', key).expose();
  assert.equal(Buffer.from(dictionary).toString('ascii'), vectors.dict);
  const decoded = decodeKeyDictionary(dictionary);
  assert.equal(decoded.cipher, 'XTS-AES-256');
  assert.deepEqual(decoded.key.expose(), new Uint8Array(key.expose()));
});

test('dictionaries have the sizes VMware writes', () => {
  assert.equal(encodeKeyDictionary('AES-256', KeyMaterial.random(32)).length, 74);
  assert.equal(encodeKeyDictionary('XTS-AES-256', KeyMaterial.random(64)).length, 124);
});

test('every key reads back under its cipher', () => {
  const ofLength = (cipher: CipherName, length: number) =>
    fc.tuple(fc.constant(cipher), fc.uint8Array({ minLength: length, maxLength: length }));
  fc.assert(
    fc.property(fc.oneof(ofLength('AES-256', 32), ofLength('XTS-AES-256', 64)), ([cipher, bytes]) => {
      const dictionary = encodeKeyDictionary(cipher, KeyMaterial.move(bytes.slice()));
      const decoded = decodeKeyDictionary(dictionary.expose());
      assert.deepEqual([decoded.cipher, decoded.key.expose()], [cipher, bytes]);
    }),
  );
});

test('entries are read in any order, escaped more than they need to be', () => {
  const base64 = Buffer.alloc(32, 0xfb).toString('base64').replaceAll('+', '%2b').replaceAll('=', '%3D');
  const decoded = decodeKeyDictionary(Buffer.from(`key=${base64}:note=:cipher=AES%2d256:type=key`));
  assert.deepEqual(decoded.key.expose(), new Uint8Array(32).fill(0xfb));
});

const key32 = Buffer.alloc(32, 9).toString('base64').replaceAll('=', '%3d');
const refusals: [string, string][] = [
  ['nothing', ''],
  ['an entry without a value', `type=key:cipher:key=${key32}`],
  ['an entry that is there twice', `type=key:type=key:cipher=AES-256:key=${key32}`],
  ['another type', `type=phrase:cipher=AES-256:key=${key32}`],
  ['an unknown cipher', `type=key:cipher=AES-128:key=${key32}`],
  ['a property of every object as cipher', `type=key:cipher=constructor:key=${key32}`],
  ['a key of another size', `type=key:cipher=XTS-AES-256:key=${key32}`],
  ['a key that is no Base64', `type=key:cipher=AES-256:key=*${key32.slice(1)}`],
  ['no key', 'type=key:cipher=AES-256'],
  ['an escape cut short', `type=key:cipher=AES-256:key=${key32.slice(0, -1)}`],
];

for (const [what, dictionary] of refusals) {
  test(`a dictionary with ${what} is refused without being quoted`, () => {
    assert.throws(
      () => decodeKeyDictionary(Buffer.from(dictionary)),
      (error: Error & { code?: string }) => error.code === 'DataCorrupt' && !error.message.includes('CQkJ'),
    );
  });
}

test("Base64 is Node's own, and only what it writes is read", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = encodeKeyBase64(bytes);
      assert.equal(Buffer.from(text).toString('ascii'), Buffer.from(bytes).toString('base64'));
      assert.deepEqual(decodeKeyBase64(text), bytes);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (text) => {
      const strict = Buffer.from(Buffer.from(text).toString('latin1'), 'base64');
      const isCanonical = strict.toString('base64') === Buffer.from(text).toString('latin1');
      assert.deepEqual(decodeKeyBase64(text), isCanonical ? new Uint8Array(strict) : undefined);
    }),
  );
  for (const text of ['QR==', 'QQ=', 'Q===', 'QQ', '=', '====', 'QQ==QQ==', 'QUJ=', 'Q-==', 'Q_==']) {
    assert.equal(decodeKeyBase64(Buffer.from(text)), undefined, text);
  }
});

test('each of the 256 bytes is a digit exactly when Base64 says so', () => {
  const alphabet = /[A-Za-z0-9+/]/;
  for (let byte = 0; byte < 256; byte += 1) {
    const decoded = decodeKeyBase64(Uint8Array.of(byte, 0x41, 0x41, 0x41));
    assert.equal(decoded !== undefined, alphabet.test(String.fromCharCode(byte)), `byte ${byte}`);
  }
});
