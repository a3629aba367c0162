import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attribute } from '../src/attribute.ts';
import { QueryFunction } from '../src/enums.ts';
import type { RequestInput, ResponseInput } from '../src/operation.ts';
import { decodeRequestPayload, decodeResponsePayload, encodeResponsePayload } from '../src/operation.ts';
import type { Create } from '../src/operations/create.ts';
import { GetAttributes } from '../src/operations/get-attributes.ts';
import { Query } from '../src/operations/query.ts';
import { Revoke } from '../src/operations/revoke.ts';
import { type PrimitiveValues, primitives } from '../src/primitives.ts';
import {
  bytes,
  decodeFields,
  encodeFields,
  enumeration,
  many,
  optional,
  secretText,
  since,
  struct,
  text,
} from '../src/schema.ts';
import { type TagName, tags } from '../src/tags.ts';
import { type Item, ItemType, type PrimitiveTypeName } from '../src/ttlv.ts';
import type { ProtocolVersion } from '../src/version.ts';

const refuse = { unknown: 'refuse', copyBytes: false } as const;
const ignore = { unknown: 'ignore', copyBytes: false } as const;

function primitive<Type extends PrimitiveTypeName>(tag: TagName, type: Type, value: PrimitiveValues[Type]): Item {
  return { tag: tags[tag], type: ItemType[type], value: primitives[type].write(value) };
}
const structure = (tag: TagName, ...value: readonly Item[]): Item => ({
  tag: tags[tag],
  type: ItemType.Structure,
  value,
});

const name = primitive('NameValue', 'TextString', 'a');
const comment = primitive('Comment', 'TextString', 'b');
const fields = {
  nameValue: text('NameValue'),
  comment: optional(text('Comment')),
  description: many(text('Description')),
};

test('fields are read in whatever order they come', () => {
  assert.deepEqual(decodeFields(fields, [comment, name], refuse), { nameValue: 'a', comment: 'b', description: [] });
});

const faults: readonly [what: string, items: readonly Item[], reason: string][] = [
  ['a required field that is missing', [comment], 'InvalidMessage'],
  ['a field that comes twice', [name, comment, comment], 'InvalidMessage'],
  ['a field of another type', [primitive('NameValue', 'Integer', 1)], 'InvalidMessage'],
  ['a structure where text should be', [structure('NameValue')], 'InvalidMessage'],
  ['text that is not UTF-8', [{ ...name, type: ItemType.TextString, value: Uint8Array.of(0xff) }], 'InvalidMessage'],
  ['a field that is not in the table', [name, primitive('State', 'Enumeration', 1)], 'InvalidField'],
];
for (const [what, items, resultReason] of faults) {
  test(`${what} is ${resultReason}`, () => {
    assert.throws(() => decodeFields(fields, items, refuse), { name: 'KmipError', resultReason });
  });
}

test('a Boolean other than 0 and 1, and a date beyond the calendar, are refused', () => {
  assert.throws(() => primitives.Boolean.read(primitives.LongInteger.write(2n)), { resultReason: 'InvalidMessage' });
  assert.throws(() => primitives.DateTime.read(primitives.LongInteger.write(2n ** 62n)), {
    resultReason: 'InvalidField',
  });
});

test('an enumeration value that is not in the table is Invalid Field', () => {
  const reason = structure('RevocationReason', primitive('RevocationReasonCode', 'Enumeration', 99));
  assert.throws(() => decodeRequestPayload(Revoke, structure('RequestPayload', reason), [1, 2]), {
    resultReason: 'InvalidField',
  });
});

test('a client passes over fields, enumeration values and attributes it does not know', () => {
  const answer = structure(
    'ResponsePayload',
    primitive('Operation', 'Enumeration', 1),
    primitive('Operation', 'Enumeration', 0x80000001),
    { tag: 0x540001, type: ItemType.Integer, value: new Uint8Array(4) },
  );
  assert.deepEqual(decodeResponsePayload(Query, answer).operation, ['Create']);
  const unknown = structure(
    'Attribute',
    primitive('AttributeName', 'TextString', 'Quantum Safe'),
    primitive('AttributeValue', 'Boolean', true),
  );
  const attributes = structure('ResponsePayload', primitive('UniqueIdentifier', 'TextString', '1'), unknown);
  assert.deepEqual(decodeResponsePayload(GetAttributes, attributes), { uniqueIdentifier: '1', attribute: [] });
});

test('an unknown attribute is refused by a server', () => {
  const attribute = structure(
    'Attribute',
    primitive('AttributeName', 'TextString', 'Quantum Safe'),
    primitive('AttributeValue', 'Boolean', true),
  );
  assert.throws(() => decodeFields({ attribute: GetAttributes.response.attribute }, [attribute], refuse), {
    resultReason: 'InvalidField',
  });
  assert.deepEqual(decodeFields({ attribute: GetAttributes.response.attribute }, [attribute], ignore).attribute, []);
});

test('fields, attributes and enumeration values that are too new are left out', () => {
  const inVersion = (version: ProtocolVersion) => {
    const attribute = [
      { name: 'Fresh', value: true },
      { name: 'Comment', value: 'b' },
      { name: 'State', value: 'Active' },
    ] as const;
    const payload = encodeResponsePayload(GetAttributes, { uniqueIdentifier: '1', attribute }, version);
    return decodeResponsePayload(GetAttributes, payload).attribute.map((one) => one.name);
  };
  assert.deepEqual(inVersion([1, 0]), ['State']);
  assert.deepEqual(inVersion([1, 1]), ['Fresh', 'State']);
  assert.deepEqual(inVersion([1, 4]), ['Fresh', 'Comment', 'State']);

  const operations = encodeResponsePayload(Query, { operation: ['Create', 'DiscoverVersions', 'Encrypt'] }, [1, 1]);
  assert.deepEqual(decodeResponsePayload(Query, operations).operation, ['Create', 'DiscoverVersions']);
  assert.equal(encodeFields({ name: since([1, 2], optional(text('NameValue'))) }, { name: 'a' }, [1, 1])?.length, 0);
});

test('a structure whose required part is too new is left out whole', () => {
  const profile = struct('Template', { queryFunction: enumeration('QueryFunction', QueryFunction) });
  const value = { profile: { queryFunction: 'QueryProfiles' } } as const;
  assert.equal(encodeFields({ profile }, value, [1, 2]), undefined);
  assert.equal(encodeFields({ profile }, value, [1, 3])?.length, 1);
});

test('byte strings are views of the message, or copies where the message will be wiped', () => {
  const message = Uint8Array.of(1, 2, 3, 4);
  const items = [
    { tag: tags.Data, type: ItemType.ByteString, value: message.subarray(0, 2) },
    { tag: tags.Password, type: ItemType.TextString, value: message.subarray(2) },
  ];
  const table = { data: bytes('Data'), password: secretText('Password') };
  const view = decodeFields(table, items, refuse);
  const copy = decodeFields(table, items, { ...refuse, copyBytes: true });
  message.fill(0);
  assert.deepEqual(view, { data: new Uint8Array(2), password: new Uint8Array(2) });
  assert.deepEqual(copy, { data: Uint8Array.of(1, 2), password: Uint8Array.of(3, 4) });
});

test('payloads are typed by their tables', () => {
  const query: RequestInput<typeof Query> = { queryFunction: ['QueryOperations'] };
  // @ts-expect-error not a Query Function
  const wrong: RequestInput<typeof Query> = { queryFunction: ['QueryWeather'] };
  // @ts-expect-error the Unique Identifier is required
  const empty: ResponseInput<typeof Create> = { objectType: 'SymmetricKey' };
  // @ts-expect-error State is not a number
  const state: Attribute = { name: 'State', value: 2 };
  assert.ok([query, wrong, empty, state].every(Boolean));
});
