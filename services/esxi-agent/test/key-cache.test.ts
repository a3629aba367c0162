import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { createKeyCache } from '../src/key-cache.ts';

const key = { providerId: 'kms', keyId: 'kek-1' };

/** A cache over keys that arrive when they are told to, or at once. */
function aCache({ atOnce = true } = {}) {
  const fetched: { id: string; kek: KeyMaterial; arrive(): void; fail(): void }[] = [];
  const keys = createKeyCache(async ({ providerId, keyId }) => {
    const kek = KeyMaterial.random(32);
    const { promise, resolve, reject } = Promise.withResolvers<KeyMaterial>();
    const arrive = (): void => resolve(kek);
    fetched.push({ id: `${providerId}/${keyId}`, kek, arrive, fail: () => reject(new Error('no key')) });
    if (atOnce) arrive();
    return await promise;
  });
  const at = (index: number) => {
    const one = fetched[index];
    assert.ok(one);
    return one;
  };
  return { keys, fetched, at };
}

test('a KEK that is used at the same time is fetched once, and wiped when its last user is done', async () => {
  const { keys, fetched, at } = aCache({ atOnce: false });
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const seen: KeyMaterial[] = [];
  const users = [first, second].map(({ promise }) =>
    keys.use(key, 'task', async (kek) => {
      seen.push(kek);
      await promise;
    }),
  );
  assert.equal(fetched.length, 1);
  at(0).arrive();
  first.resolve();
  await users[0];
  assert.deepEqual(seen, [at(0).kek, at(0).kek]);
  assert.equal(at(0).kek.destroyed, false);
  second.resolve();
  await users[1];
  assert.equal(at(0).kek.destroyed, true);
  assert.equal(fetched.length, 1);
});

test('a KEK is kept while a VM that runs holds it, and wiped with the last of them', async () => {
  const { keys, fetched, at } = aCache();
  await keys.hold(key, 'task', 'vm-1');
  await keys.hold(key, 'task', 'vm-2');
  await keys.use(key, 'task', (kek) => assert.equal(kek, at(0).kek));
  await keys.release('vm-1');
  await keys.release('vm-1');
  assert.equal(at(0).kek.destroyed, false);
  await keys.release('vm-3');
  assert.equal(at(0).kek.destroyed, false);
  await keys.release('vm-2');
  assert.equal(at(0).kek.destroyed, true);
  assert.equal(fetched.length, 1);
  await keys.use(key, 'task', (kek) => assert.equal(kek.destroyed, false));
  assert.equal(fetched.length, 2);
});

test('a KEK is not wiped under work that goes on when the VM is off', async () => {
  const { keys, at } = aCache();
  await keys.hold(key, 'task', 'vm-1');
  await keys.use(key, 'task', async (kek) => {
    await keys.release('vm-1');
    assert.equal(kek.destroyed, false);
  });
  assert.equal(at(0).kek.destroyed, true);
});

test('a KEK is wiped after work that fails', async () => {
  const { keys, at } = aCache();
  await assert.rejects(
    keys.use(key, 'task', () => Promise.reject(new Error('bad work'))),
    /bad work/,
  );
  assert.equal(at(0).kek.destroyed, true);
});

test('a key that cannot be had is told to all that wait for it, and asked for again after', async () => {
  const { keys, fetched, at } = aCache({ atOnce: false });
  const waiting = [keys.use(key, 'task', () => 1), keys.hold(key, 'task', 'vm-1')];
  at(0).fail();
  for (const one of waiting) await assert.rejects(one, /no key/);
  const again = keys.use(key, 'task', () => 2);
  at(1).arrive();
  assert.equal(await again, 2);
  assert.deepEqual([fetched.length, at(1).kek.destroyed], [2, true]);
});

test('keys of one id and two providers are two keys', async () => {
  const { keys, fetched } = aCache();
  await keys.use(key, 'task', () => keys.use({ ...key, providerId: 'other' }, 'task', () => undefined));
  assert.deepEqual(
    fetched.map(({ id }) => id),
    ['kms/kek-1', 'other/kek-1'],
  );
});

test('when the host ends, every KEK is wiped, and one that is on its way as it arrives', async () => {
  const { keys, at } = aCache({ atOnce: false });
  const held = keys.hold(key, 'task', 'vm-1');
  at(0).arrive();
  await held;
  const late = keys.use({ ...key, keyId: 'kek-2' }, 'task', (kek) => kek.destroyed);
  keys.clear();
  at(1).arrive();
  await late;
  assert.deepEqual([at(0).kek.destroyed, at(1).kek.destroyed], [true, true]);
});
