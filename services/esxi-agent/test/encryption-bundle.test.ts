import assert from 'node:assert/strict';
import { createDecipheriv, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import fc from 'fast-check';
import { lock, lockDek, lockedBy, unlock, unlockDek } from '../src/encryption-bundle.ts';
import { keySafeOf, parseKeyLocator, printKeyLocator } from '../src/key-locator.ts';

const vectors = JSON.parse(readFileSync(new URL('vectors/key-safes.json', import.meta.url), 'utf8'));
const realLocators = JSON.parse(readFileSync(new URL('vectors/key-locators.json', import.meta.url), 'utf8'));

const fromHex = (hex: string): KeyMaterial => KeyMaterial.move(Buffer.from(hex, 'hex'));
const kek = fromHex(vectors.kek);
const kek2 = fromHex(vectors.kek2);
const dek = fromHex(vectors.dek);
const unavailable = { code: 'KeyUnavailable', message: 'the encryption bundle does not open under this key' };

/** The members of the given bundles in one, as during a shallow recrypt. */
function join(...texts: string[]): string {
  const pairs = texts.map(parseKeyLocator).flatMap((locator) => (locator.type === 'list' ? locator.members : []));
  return printKeyLocator(keySafeOf(pairs.filter((member) => member.type === 'pair')));
}

test('what is locked unlocks, whatever its length', () => {
  const keys = [KeyMaterial.random(32), KeyMaterial.random(64)];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...keys), (plaintext, key) => {
      const locked = lock(key, plaintext);
      assert.equal(locked.length, 16 + (Math.floor(plaintext.length / 16) + 1) * 16 + 32);
      assert.deepEqual(unlock(key, locked).expose(), plaintext);
    }),
  );
});

test('the layout is IV, CBC under the first half of a long key, MAC under all of it', () => {
  const key = KeyMaterial.random(64);
  const plaintext = Buffer.from('dataFileKey = "…"');
  const locked = lock(key, plaintext);
  const decipher = createDecipheriv('aes-256-cbc', key.expose().subarray(0, 32), locked.subarray(0, 16));
  assert.deepEqual(Buffer.concat([decipher.update(locked.subarray(16, -32)), decipher.final()]), plaintext);
  assert.deepEqual(Buffer.from(locked.subarray(-32)), createHmac('sha256', key.expose()).update(plaintext).digest());
});

test('no two locked forms are the same', () => {
  assert.notDeepEqual(lock(kek, dek.expose()), lock(kek, dek.expose()));
});

test('a bundle checked with other readers opens', () => {
  assert.equal(Buffer.from(unlock(kek, Buffer.from(vectors.fqid.locked, 'hex')).expose()).toString(), vectors.dict);
  assert.deepEqual(unlockDek(vectors.fqid.locator, kek).expose(), dek.expose());
  assert.deepEqual(unlockDek(vectors.fqidAfterShallowRecrypt.locator, kek2).expose(), dek.expose());
});

test('any changed bit, any cut and any other key fail in the same way', () => {
  const locked = lock(kek, dek.expose().subarray(0, 20));
  for (let at = 0; at < locked.length; at += 1) {
    const flipped = Uint8Array.from(locked);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    assert.throws(() => unlock(kek, flipped), unavailable, `byte ${at}`);
    assert.throws(() => unlock(kek, locked.subarray(0, at)), unavailable, `cut at ${at}`);
  }
  assert.throws(() => unlock(kek2, locked), unavailable);
});

test('a right MAC over a wrongly padded plaintext does not unlock', () => {
  const plaintext = Buffer.from('0123456789');
  const locked = lock(kek, plaintext);
  // CBC: a bit flipped in the IV flips the same bit of the first plaintext block, here in its padding only.
  for (let at = plaintext.length; at < 16; at += 1) {
    const flipped = Uint8Array.from(locked);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    assert.throws(() => unlock(kek, flipped), unavailable, `padding byte ${at}`);
  }
});

test('a DEK locks under a provider key and says which', () => {
  const key = { providerId: 'lab-kms', keyId: '3f2c9a10-0001-4000-8000-000000000001' };
  const text = lockDek({ kek, dek, key });
  assert.match(text, /^vmware:key\/list\/\(pair\/\(fqid\/<VMWARE-NULL>\/lab%2dkms\/3f2c9a10%2d.*,HMAC%2dSHA%2d256,/);
  assert.deepEqual(lockedBy(text), [key]);
  assert.deepEqual(unlockDek(text, kek).expose(), dek.expose());
  assert.throws(() => unlockDek(text, kek2), unavailable);
});

test('during a shallow recrypt either KEK opens the bundle', () => {
  const both = join(vectors.fqid.locator, vectors.fqidAfterShallowRecrypt.locator);
  for (const either of [kek, kek2]) assert.deepEqual(unlockDek(both, either).expose(), dek.expose());
  assert.deepEqual(
    lockedBy(both).map(({ keyId }) => keyId.at(-1)),
    ['1', '2'],
  );
});

test('passphrase pairs are passed over', () => {
  assert.deepEqual(lockedBy(vectors.phrase['AES-256'].keySafe), []);
  assert.throws(() => unlockDek(vectors.phrase['AES-256'].keySafe, kek), unavailable);
});

test('a pair that names no provider is passed over', () => {
  const nameless = vectors.fqid.locator.replace('lab%2dkms', '<VMWARE-NULL>');
  assert.deepEqual(lockedBy(nameless), []);
  assert.throws(() => unlockDek(nameless, kek), unavailable);
});

test('real bundles name their provider, and do not open under our key', () => {
  const names = realLocators.map(({ locator }: { locator: string }) => lockedBy(locator)[0]?.providerId);
  assert.deepEqual(names, ['local', 'KMS']);
  for (const { locator } of realLocators) assert.throws(() => unlockDek(locator, kek), unavailable);
});

test('a bundle that holds something other than a disk key is corrupt', () => {
  const locator = parseKeyLocator(vectors.fqid.locator);
  assert.ok(locator.type === 'list' && locator.members[0]?.type === 'pair');
  const [pair] = locator.members;
  const bundleOf = (plaintext: string) =>
    printKeyLocator(keySafeOf([{ ...pair, lockedData: lock(kek, Buffer.from(plaintext)) }]));
  const aesKey = `type=key:cipher=AES-256:key=${Buffer.alloc(32).toString('base64').replaceAll('=', '%3d')}`;
  assert.throws(() => unlockDek(bundleOf('nothing'), kek), { code: 'DataCorrupt' });
  assert.throws(() => unlockDek(bundleOf(aesKey), kek), { code: 'DataCorrupt' });
  assert.throws(() => unlockDek('vmware:key/null/', kek), { code: 'InvalidArgument' });
});
