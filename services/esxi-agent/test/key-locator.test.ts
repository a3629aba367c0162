import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type KeyLocator,
  keySafeOf,
  macNames,
  type Pair,
  parseKeyLocator,
  printKeyLocator,
} from '../src/key-locator.ts';

type RealLocator = { what: string; escaped: boolean; lockedBytes: number; locator: string };

// The files are ours and of these shapes.
const readVectors = (name: string) => JSON.parse(readFileSync(new URL(`vectors/${name}`, import.meta.url), 'utf8'));
const realLocators = readVectors('key-locators.json') as RealLocator[];
const keySafes = readVectors('key-safes.json') as {
  fqid: { locator: string };
  phrase: Record<'AES-256' | 'XTS-AES-256', { keySafe: string }>;
};

function onlyPair(locator: KeyLocator): Pair {
  assert.ok(locator.type === 'list' && locator.members.length === 1);
  const [pair] = locator.members;
  assert.ok(pair?.type === 'pair');
  return pair;
}

test('real locators are read, and print as they were when they were escaped', () => {
  assert.equal(realLocators.length, 2);
  for (const { locator, escaped, lockedBytes, what } of realLocators) {
    const parsed = parseKeyLocator(locator);
    const pair = onlyPair(parsed);
    assert.equal(pair.lockedData.length, lockedBytes, what);
    assert.equal(pair.mac, 'HMAC-SHA-256');
    if (escaped) assert.equal(printKeyLocator(parsed), locator, what);
    assert.deepEqual(parseKeyLocator(printKeyLocator(parsed)), parsed, what);
  }
});

test("vCenter's bare form names the provider and the key", () => {
  const bare = realLocators.find(({ escaped }) => !escaped);
  assert.deepEqual(onlyPair(parseKeyLocator(bare?.locator ?? '')).locker, {
    type: 'fqid',
    id: null,
    serverId: 'KMS',
    keyId: 'a4e7494f-da55-4917-9d90-560c5078866b',
  });
});

test('key safes of passphrases are carried through byte for byte', () => {
  for (const text of [
    keySafes.phrase['AES-256'].keySafe,
    keySafes.phrase['XTS-AES-256'].keySafe,
    keySafes.fqid.locator,
  ]) {
    assert.equal(printKeyLocator(parseKeyLocator(text)), text);
  }
  const { locker } = onlyPair(parseKeyLocator(keySafes.phrase['AES-256'].keySafe));
  assert.ok(locker.type === 'phrase');
  assert.match(locker.dictionary, /^pass2key=PBKDF2-HMAC-SHA-1:cipher=AES-256:rounds=1000:salt=.*%3d%3d$/);
});

const plain = { noNullPrototype: true };
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const leaf: fc.Arbitrary<KeyLocator> = fc.oneof(
  fc.constant({ type: 'null' as const }),
  fc.record({ type: fc.constant('fqid' as const), id: fc.option(text), serverId: fc.option(text), keyId: text }, plain),
  fc.record({ type: fc.constant('phrase' as const), id: text, dictionary: text }, plain),
);
const pair = fc.record(
  {
    type: fc.constant('pair' as const),
    locker: leaf,
    mac: fc.constantFrom(...macNames),
    lockedData: fc.uint8Array({ maxLength: 40 }),
  },
  plain,
);

test('every locator reads back as it was printed', () => {
  fc.assert(
    fc.property(fc.oneof(leaf, fc.array(pair, { maxLength: 3 }).map(keySafeOf)), (locator) => {
      assert.deepEqual(parseKeyLocator(printKeyLocator(locator)), locator);
    }),
  );
});

test('prefix and type names are read in any case, and escaped markers as bare ones', () => {
  const expected: KeyLocator = { type: 'fqid', id: null, serverId: '', keyId: 'k-1' };
  const escaped = 'VMware:Key/FQID/%3cVMWARE%2dNULL%3E/%3CVMWARE%2DEMPTYSTRING%3e/k%2D1';
  assert.deepEqual(parseKeyLocator(escaped), expected);
  assert.equal(printKeyLocator(expected), 'vmware:key/fqid/<VMWARE-NULL>/<VMWARE-EMPTYSTRING>/k%2d1');
});

const refusals: [string, string, number][] = [
  ['no prefix', 'key/null/', 0],
  ['a raw key', 'vmware:key/rawkey/dHlwZT1rZXk', 11],
  ['a type of no host', 'vmware:key/role/a/server', 11],
  ['a property of every object', 'vmware:key/constructor/a', 11],
  ['a null locator that holds something', 'vmware:key/null/a', 16],
  ['a key id that is null', 'vmware:key/fqid/a/b/<VMWARE-NULL>', 20],
  ['a phrase id that is null', 'vmware:key/phrase/<VMWARE-NULL>/a', 18],
  ['a field too few', 'vmware:key/fqid/a/b', 19],
  ['an escape cut short', 'vmware:key/fqid/a/b/c%2', 21],
  ['bytes that are no UTF-8', 'vmware:key/fqid/a/b/%ff', 20],
  ['an unknown MAC', 'vmware:key/pair/(null/,HMAC%2dMD5,AA%3d%3d)', 23],
  ['locked data that is no Base64', 'vmware:key/pair/(null/,HMAC%2dSHA%2d1,A*)', 38],
  ['an open list', 'vmware:key/list/(null/', 22],
  ['a list with a trailing comma', 'vmware:key/list/(null/,)', 23],
  ['text after the end', 'vmware:key/list/()x', 18],
];

for (const [what, locator, offset] of refusals) {
  test(`${what} is refused with its offset`, () => {
    const message = new RegExp(`^key locator, offset ${offset}: `);
    assert.throws(() => parseKeyLocator(locator), { code: 'InvalidArgument', message });
  });
}

test('locators too deep or too long are refused', () => {
  const deep = `vmware:key/${'list/('.repeat(10_000)}`;
  assert.throws(() => parseKeyLocator(deep), { code: 'InvalidArgument', message: /nested deeper/ });
  assert.throws(() => parseKeyLocator(`vmware:key/null/${'a'.repeat(70_000)}`), { message: /longer than/ });
});

test('a name that is one of the markers cannot be printed', () => {
  const locator: KeyLocator = { type: 'fqid', id: null, serverId: '<VMWARE-NULL>', keyId: 'k' };
  assert.throws(() => printKeyLocator(locator), { code: 'InvalidArgument' });
});
