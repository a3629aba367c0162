import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attribute, attributeValue, attributeValues } from '../src/attribute.ts';
import { attributeRules, attributes, isAttributeName } from '../src/attributes.ts';
import { tags } from '../src/tags.ts';

test('the name of an attribute is the name of its tag', () => {
  const letters = (text: string) => text.replace(/[^A-Za-z0-9]/g, '');
  for (const [name, { field }] of Object.entries(attributes)) {
    assert.equal(letters(field.tag), letters(name));
    assert.ok(tags[field.tag] > 0);
  }
});

// KMIP 1.4 §3: multiple instances, set by, modifiable and deletable by the client, version.
const rules: readonly [
  name: string,
  multiple: boolean,
  setBy: string,
  modify: boolean,
  remove: boolean,
  minor: number,
][] = [
  ['Unique Identifier', false, 'server', false, false, 0],
  ['Name', true, 'client', true, true, 0],
  ['State', false, 'server', false, false, 0],
  ['Cryptographic Length', false, 'client', false, false, 0],
  ['Activation Date', false, 'either', true, false, 0],
  ['Object Group', true, 'client', true, true, 0],
  ['Fresh', false, 'server', false, false, 1],
  ['Alternative Name', true, 'client', true, true, 2],
  ['Random Number Generator', false, 'either', false, false, 3],
  ['Sensitive', false, 'either', true, false, 4],
  ['x-Vendor', true, 'client', true, true, 0],
  ['y-Owner', true, 'server', false, false, 0],
];
for (const [name, multiple, setBy, clientMayModify, clientMayDelete, minor] of rules) {
  test(`${name} has the rules of its table`, () => {
    const row = attributeRules(name);
    assert.ok(row);
    assert.deepEqual(
      [row.multiple, row.setBy, row.clientMayModify, row.clientMayDelete, row.since],
      [multiple, setBy, clientMayModify, clientMayDelete, [1, minor]],
    );
  });
}

test('names that KMIP does not have are no attributes', () => {
  for (const name of ['State ', 'z-mine', 'toString', '__proto__', '']) {
    assert.equal(isAttributeName(name), false);
    assert.equal(attributeRules(name), undefined);
  }
});

test('values are found by name, with their type', () => {
  const all: readonly Attribute[] = [
    { name: 'Object Group', value: 'a' },
    { name: 'Cryptographic Length', value: 256 },
    { name: 'Object Group', index: 1, value: 'b' },
  ];
  const length: number | undefined = attributeValue(all, 'Cryptographic Length');
  assert.equal(length, 256);
  assert.deepEqual(attributeValues(all, 'Object Group'), ['a', 'b']);
  assert.equal(attributeValue(all, 'State'), undefined);
});
