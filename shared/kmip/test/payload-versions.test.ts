import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attribute } from '../src/attribute.ts';
import {
  decodeRequestPayload,
  decodeResponsePayload,
  encodeRequestPayload,
  encodeResponsePayload,
} from '../src/operation.ts';
import { operations } from '../src/operations.ts';
import { primitives } from '../src/primitives.ts';
import { reasonIn } from '../src/reason-versions.ts';
import { structureFields } from '../src/schema.ts';
import { tags } from '../src/tags.ts';
import { type Item, ItemType } from '../src/ttlv.ts';

const version = [2, 1] as const;
const uniqueIdentifier = 'an object';
const attribute: readonly Attribute[] = [
  { name: 'Cryptographic Algorithm', value: 'AES' },
  { name: 'Name', value: { nameValue: 'a key', nameType: 'UninterpretedTextString' } },
  { name: 'x-Vendor', value: { type: 'TextString', value: 'VMware, Inc.' } },
  { name: 'x-acme.org::Rack', value: { type: 'Integer', value: 7 } },
];
const tagsOf = (item: Item): readonly number[] => structureFields(item).map(({ tag }) => tag);
const within = (item: Item, tag: number): Item => {
  const found = structureFields(item).find((field) => field.tag === tag);
  assert.ok(found, `no ${tag.toString(16)}`);
  return found;
};

test('Create has Attributes in 2.x, each under its own tag, and comes back', () => {
  const payload = encodeRequestPayload(
    operations.Create,
    { objectType: 'SymmetricKey', templateAttribute: { attribute } },
    version,
  );
  assert.deepEqual(tagsOf(payload), [tags.ObjectType, tags.Attributes]);
  const listed = within(payload, tags.Attributes);
  assert.deepEqual(tagsOf(listed), [tags.CryptographicAlgorithm, tags.Name, tags.Attribute, tags.Attribute]);
  assert.deepEqual(tagsOf(within(listed, tags.Attribute)), [
    tags.VendorIdentification,
    tags.AttributeName,
    tags.AttributeValue,
  ]);
  const { templateAttribute } = decodeRequestPayload(operations.Create, payload, version);
  assert.deepEqual(templateAttribute.attribute, attribute);
});

test('Protection Storage Masks are taken, and Template-Attribute is refused in 2.x', () => {
  const ofTwo = encodeRequestPayload(
    operations.Create,
    { objectType: 'SymmetricKey', templateAttribute: { attribute } },
    version,
  );
  const masks: Item = { tag: tags.ProtectionStorageMasks, type: ItemType.Structure, value: [] };
  const withMasks: Item = { ...ofTwo, type: ItemType.Structure, value: [...structureFields(ofTwo), masks] };
  assert.equal(decodeRequestPayload(operations.Create, withMasks, version).objectType, 'SymmetricKey');
  const ofOne = encodeRequestPayload(
    operations.Create,
    { objectType: 'SymmetricKey', templateAttribute: { attribute } },
    [1, 4],
  );
  assert.throws(() => decodeRequestPayload(operations.Create, ofOne, version), { resultReason: 'InvalidField' });
});

test('Get Attributes asks by reference and is answered Attributes without what 2.x lost', () => {
  const request = { uniqueIdentifier, attributeName: ['State', 'x-Vendor', 'x-acme.org::Rack'] };
  const asked = encodeRequestPayload(operations.GetAttributes, request, version);
  assert.deepEqual(tagsOf(asked), [tags.UniqueIdentifier, ...Array(3).fill(tags.AttributeReference)]);
  assert.deepEqual(decodeRequestPayload(operations.GetAttributes, asked, version), request);
  const policy: Attribute = { name: 'Operation Policy Name', value: 'default' };
  const response = { uniqueIdentifier, attribute: [...attribute, policy] };
  const answered = encodeResponsePayload(operations.GetAttributes, response, version);
  assert.deepEqual(tagsOf(answered), [tags.UniqueIdentifier, tags.Attributes]);
  assert.deepEqual(decodeResponsePayload(operations.GetAttributes, answered), { uniqueIdentifier, attribute });
});

test('Get Attribute List answers references, Add Attribute its Unique Identifier alone', () => {
  const names = { uniqueIdentifier, attributeName: ['State', 'Operation Policy Name', 'y-Own'] };
  const listed = encodeResponsePayload(operations.GetAttributeList, names, version);
  assert.deepEqual(decodeResponsePayload(operations.GetAttributeList, listed).attributeName, ['State', 'y-Own']);
  const [first] = attribute;
  assert.ok(first);
  const asked = encodeRequestPayload(operations.AddAttribute, { uniqueIdentifier, attribute: first }, version);
  assert.deepEqual(tagsOf(asked), [tags.UniqueIdentifier, tags.NewAttribute]);
  assert.deepEqual(decodeRequestPayload(operations.AddAttribute, asked, version).attribute, first);
  const answered = encodeResponsePayload(operations.AddAttribute, { uniqueIdentifier, attribute: first }, version);
  assert.deepEqual(tagsOf(answered), [tags.UniqueIdentifier]);
});

test('Locate filters are Attributes, also in 2.0', () => {
  const asked = encodeRequestPayload(operations.Locate, { attribute }, [2, 0]);
  assert.deepEqual(tagsOf(asked), [tags.Attributes]);
  assert.deepEqual(decodeRequestPayload(operations.Locate, asked, [2, 0]).attribute, attribute);
});

test('a Unique Identifier may be the ID Placeholder, and no other enumeration', () => {
  const asked = (value: number): Item => ({
    tag: tags.RequestPayload,
    type: ItemType.Structure,
    value: [{ tag: tags.UniqueIdentifier, type: ItemType.Enumeration, value: primitives.Enumeration.write(value) }],
  });
  assert.deepEqual(decodeRequestPayload(operations.Activate, asked(1), version), {});
  assert.throws(() => decodeRequestPayload(operations.Activate, asked(3), version), {
    resultReason: 'FeatureNotSupported',
  });
});

test('reasons are those of the version', () => {
  assert.equal(reasonIn([1, 4], 'Destroy', 'PermissionDenied'), 'PermissionDenied');
  assert.equal(reasonIn([2, 1], 'Destroy', 'PermissionDenied'), 'WrongKeyLifecycleState');
  assert.equal(reasonIn([2, 0], 'Get', 'ItemNotFound'), 'ObjectNotFound');
  assert.equal(reasonIn([1, 0], 'Get', 'ObjectNotFound'), 'ItemNotFound');
  assert.equal(reasonIn([2, 1], 'AddAttribute', 'IllegalOperation'), 'AttributeSingleValued');
  assert.equal(reasonIn([1, 0], 'Get', 'Sensitive'), 'PermissionDenied');
  assert.equal(reasonIn([1, 4], 'Locate', 'InvalidAttribute'), 'InvalidField');
});
