import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeRequestPayload } from '../src/operation.ts';
import { operations } from '../src/operations.ts';
import { primitives } from '../src/primitives.ts';
import { tags } from '../src/tags.ts';
import { encodeItem, type Item, ItemType } from '../src/ttlv.ts';
import { elementOf, formatXml, itemOf, parseXml, redactedText } from '../src/xml.ts';
import { anItem } from './arbitraries.ts';

const through = (item: Item): Item | undefined => parseXml(formatXml(elementOf(item))).map((one) => itemOf(one))[0];

test('any item comes back from its XML', () => {
  fc.assert(
    fc.property(anItem, (item) => {
      const back = through(item);
      assert.ok(back);
      assert.deepEqual(encodeItem(back), encodeItem(item));
    }),
  );
});

test('values are said by their names, also within an Attribute', () => {
  const request = {
    objectType: 'SymmetricKey',
    templateAttribute: {
      attribute: [
        { name: 'Cryptographic Algorithm', value: 'AES' },
        { name: 'Cryptographic Usage Mask', value: 12 },
      ],
    },
  } as const;
  for (const version of [[1, 4] as const, [2, 1] as const]) {
    const payload = encodeRequestPayload(operations.Create, request, version);
    const xml = formatXml(elementOf(payload));
    assert.match(xml, /<ObjectType type="Enumeration" value="SymmetricKey"\/>/);
    assert.match(xml, /type="Enumeration" value="AES"\/>/);
    assert.match(xml, /type="Integer" value="Encrypt Decrypt"\/>/);
    assert.deepEqual(through(payload), payload);
  }
});

const refused = ['<a>', '</State>', '<State type="Thing"/>', 'State', '<State type="Enumeration" value="Sleepy"/>'];
for (const xml of refused) {
  test(`${xml} is refused`, () => {
    assert.throws(() => parseXml(xml).map((one) => itemOf(one)), { resultReason: 'InvalidMessage' });
  });
}

test('text for logs says no key material and no password', () => {
  const secret = new TextEncoder().encode('secret');
  const keyMaterial: Item = { tag: tags.KeyMaterial, type: ItemType.ByteString, value: secret };
  const password: Item = { tag: tags.Password, type: ItemType.TextString, value: secret };
  const state: Item = { tag: tags.State, type: ItemType.Enumeration, value: primitives.Enumeration.write(2) };
  const fields = [state, { tag: tags.KeyBlock, type: ItemType.Structure, value: [keyMaterial] }, password];
  const text = redactedText({ tag: tags.RequestPayload, type: ItemType.Structure, value: fields });
  assert.match(text, /State: "Active"/);
  assert.match(text, /KeyMaterial: \[redacted\]\n {2}Password: \[redacted\]/);
  assert.doesNotMatch(text, /secret|736563726574/);
});
