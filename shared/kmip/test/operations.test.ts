import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Operation } from '../src/enums.ts';
import { decodeRequestPayload, type OperationSpec } from '../src/operation.ts';
import { operationName, operations } from '../src/operations.ts';
import { decodeFields, encodeFields, type Fields, type Input } from '../src/schema.ts';
import { tagSince, tags } from '../src/tags.ts';
import { decodeItem, encodeItem, type Item, ItemType } from '../src/ttlv.ts';
import { isNewer, newestVersion, type ProtocolVersion, supportedVersions } from '../src/version.ts';
import { fieldsOf } from './arbitraries.ts';

const options = { unknown: 'refuse', copyBytes: false } as const;
const specs: readonly OperationSpec[] = Object.values(operations);
const directions = specs.flatMap((spec) => [
  { what: `${spec.name} request`, since: spec.since, fields: spec.request },
  { what: `${spec.name} response`, since: spec.since, fields: spec.response },
]);

/** Through the wire: what comes back, and the items in between. */
function through(fields: Fields, value: Record<string, unknown>, version: ProtocolVersion) {
  // The arbitrary walked this table to make the value.
  const items = encodeFields(fields, value as Input<Fields>, version);
  if (items === undefined) return undefined;
  const payload = decodeItem(encodeItem({ tag: tags.RequestPayload, type: ItemType.Structure, value: items }));
  assert.ok(payload.type === ItemType.Structure);
  return { payload, value: decodeFields(fields, payload.value, options) };
}

for (const { what, fields } of directions) {
  test(`a ${what} comes back as it was sent`, () => {
    fc.assert(
      fc.property(fieldsOf(fields), (value) => {
        assert.deepEqual(through(fields, value, newestVersion)?.value, value);
      }),
    );
  });
}

const numbers = new Map<number, ProtocolVersion>(
  Object.entries(tagSince).map(([name, since]) => [tags[name as keyof typeof tags], since]),
);
// What is passed through undecoded is the responsibility of who made it.
const opaque: ReadonlySet<number> = new Set([tags.ServerInformation, tags.Name]);

const versionsSince = (since: ProtocolVersion) => supportedVersions.filter((version) => !isNewer(since, version));

function tagsIn(item: Item): readonly number[] {
  if (item.type !== ItemType.Structure || opaque.has(item.tag)) return [item.tag];
  return [item.tag, ...item.value.flatMap(tagsIn)];
}

for (const { what, since, fields } of directions) {
  test(`a ${what} holds nothing newer than its version, and what is left comes back`, () => {
    fc.assert(
      fc.property(fieldsOf(fields), fc.constantFrom(...versionsSince(since)), (value, version) => {
        const sent = through(fields, value, version);
        if (sent === undefined) return;
        for (const tag of tagsIn(sent.payload))
          assert.ok(!isNewer(numbers.get(tag) ?? [1, 0], version), tag.toString(16));
        assert.deepEqual(through(fields, sent.value, version)?.value, sent.value);
      }),
    );
  });
}

test('an operation is refused in a version that does not have it', () => {
  const payload: Item = { tag: tags.RequestPayload, type: ItemType.Structure, value: [] };
  const later = { ...operations.DiscoverVersions, since: [1, 1] } as const;
  assert.deepEqual(decodeRequestPayload(later, payload, [1, 1]), { protocolVersion: [] });
  assert.throws(() => decodeRequestPayload(later, payload, [1, 0]), {
    resultReason: 'OperationNotSupported',
  });
});

test('every operation is listed under its own name and number', () => {
  for (const [name, spec] of Object.entries(operations)) {
    assert.equal(spec.name, name);
    assert.equal(operationName(Operation[spec.name]), name);
  }
  assert.equal(operationName(0x7777), undefined);
});
