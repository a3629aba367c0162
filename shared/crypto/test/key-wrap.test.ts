import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonical } from '../src/canonical.ts';
import { KeyMaterial } from '../src/key-material.ts';
import { KeyWrapError, unwrapKey, wrapKey } from '../src/key-wrap.ts';

const place = canonical('test', ['instance', 'object', '1']);

test('a wrapped key opens under the same key in the same place, whatever its length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 4096 }), (bytes) => {
      const wrappingKey = KeyMaterial.random(32);
      const key = KeyMaterial.take(bytes.slice());
      assert.deepEqual(unwrapKey(wrappingKey, wrapKey(wrappingKey, key, place), place).expose(), bytes);
    }),
  );
});

test('a wrapped key moved to another place does not open', () => {
  const wrappingKey = KeyMaterial.random(32);
  const wrapped = wrapKey(wrappingKey, KeyMaterial.random(32), place);
  const elsewhere = canonical('test', ['instance', 'object', '2']);
  assert.throws(() => unwrapKey(wrappingKey, wrapped, elsewhere), KeyWrapError);
});

test('a wrapped key does not open under another key', () => {
  const wrapped = wrapKey(KeyMaterial.random(32), KeyMaterial.random(32), place);
  assert.throws(() => unwrapKey(KeyMaterial.random(32), wrapped, place), KeyWrapError);
});

test('a wrapped key with any bit flipped, or cut anywhere, does not open', () => {
  const wrappingKey = KeyMaterial.random(32);
  const wrapped = wrapKey(wrappingKey, KeyMaterial.random(32), place);
  for (let at = 0; at < wrapped.length; at += 1) {
    const flipped = wrapped.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    assert.throws(() => unwrapKey(wrappingKey, flipped, place), KeyWrapError);
    assert.throws(() => unwrapKey(wrappingKey, wrapped.slice(0, at), place), KeyWrapError);
  }
});

test('the same key wrapped twice looks different', () => {
  const wrappingKey = KeyMaterial.random(32);
  const key = KeyMaterial.random(32);
  assert.notDeepEqual(wrapKey(wrappingKey, key, place), wrapKey(wrappingKey, key, place));
});
