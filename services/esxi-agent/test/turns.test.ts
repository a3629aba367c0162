import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from '../src/turns.ts';

/** Work that ends when it is told to. */
function work(name: string, told: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const run = async (): Promise<string> => {
    told.push(`${name} begins`);
    return await promise.finally(() => told.push(`${name} ends`));
  };
  return { run, end: () => resolve(name), fail: () => reject(new Error(name)) };
}

const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

test('one VM’s work is done one after another, in order, whatever becomes of it; different VMs’ side by side', async () => {
  const told: string[] = [];
  const inTurn = createTurns();
  const [first, second, third, other] = ['first', 'second', 'third', 'other'].map((name) => work(name, told));
  assert.ok(first && second && third && other);
  const results = Promise.allSettled([
    inTurn('vm-1', first.run),
    inTurn('vm-1', second.run),
    inTurn('vm-1', third.run),
    inTurn('vm-2', other.run),
  ]);
  await settle();
  assert.deepEqual(told.splice(0), ['first begins', 'other begins']);
  second.end();
  third.end();
  await settle();
  assert.deepEqual(told.splice(0), []);
  first.fail();
  await settle();
  assert.deepEqual(told.splice(0), ['first ends', 'second begins', 'second ends', 'third begins', 'third ends']);
  other.end();
  assert.deepEqual(
    (await results).map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
    ['Error: first', 'second', 'third', 'other'],
  );
});

test('work that comes when all is done begins at once', async () => {
  const inTurn = createTurns();
  await assert.rejects(inTurn('vm-1', () => Promise.reject(new Error('bad'))));
  assert.equal(await inTurn('vm-1', async () => 1), 1);
});
