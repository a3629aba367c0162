import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executed, runBatch } from '../src/batch.ts';
import { decodeRequestMessage, encodeRequestMessage, encodeResponseMessage, type RequestItem } from '../src/message.ts';
import { decodeRequestPayload, encodeRequestPayload, type OperationSpec, type RequestInput } from '../src/operation.ts';
import { operationSpec, operations } from '../src/operations.ts';
import type { Fields, Input } from '../src/schema.ts';

// What vCenter 7.0.3 sends, written here byte by byte, apart from the tables under test.
const version = [1, 1] as const;

function ttlv(tag: number, type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(0x42000000 + tag * 256 + type);
  // 0x42 fills the first byte, the tag's low half the next two.
  head.writeUInt32BE(value.length, 4);
  return Buffer.concat([head, value, Buffer.alloc((8 - (value.length % 8)) % 8)]);
}
const structure = (tag: number, ...fields: readonly Buffer[]) => ttlv(tag, 1, Buffer.concat(fields));
const word = (value: number) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex');
const integer = (tag: number, value: number) => ttlv(tag, 2, word(value));
const enumeration = (tag: number, value: number) => ttlv(tag, 5, word(value));
const text = (tag: number, value: string) => ttlv(tag, 7, Buffer.from(value));
const attribute = (name: string, value: Buffer) => structure(0x0008, text(0x000a, name), value);

/** "QLKC" and the little-endian index of the item in the request. */
const batchItemId = (n: number) => Buffer.from([0x51, 0x4c, 0x4b, 0x43, n, 0, 0, 0]);

function message(...items: readonly Buffer[]): Buffer {
  const protocol = structure(0x0069, integer(0x006a, 1), integer(0x006b, 1));
  return structure(0x0078, structure(0x0077, protocol, integer(0x000d, items.length)), ...items);
}
const item = (operation: number, id: Buffer | undefined, ...payload: readonly Buffer[]) =>
  structure(
    0x000f,
    enumeration(0x005c, operation),
    ...(id === undefined ? [] : [ttlv(0x0093, 8, id)]),
    structure(0x0079, ...payload),
  );

const customAttributes = [
  ['x-Product_Version', '7.0.3 build-19480866'],
  ['x-Vendor', 'VMware, Inc.'],
  ['x-Product', 'VMware vSphere'],
] as const;
const uid = text(0x0094, '1');

interface Shape {
  readonly what: string;
  readonly bytes: Buffer;
  readonly requests: readonly { readonly item: RequestItem; readonly payload: object }[];
}

function sent<Req extends Fields>(
  spec: OperationSpec<Req, Fields>,
  payload: Input<Req>,
  uniqueBatchItemId?: Buffer,
): Shape['requests'][number] {
  const ids = uniqueBatchItemId === undefined ? {} : { uniqueBatchItemId };
  return { item: { operation: spec.name, payload: encodeRequestPayload(spec, payload, version), ...ids }, payload };
}
const { DiscoverVersions, Query, Create, GetAttributes, AddAttribute, Get, Activate } = operations;

const template: RequestInput<typeof Create>['templateAttribute'] = {
  name: [],
  attribute: [
    { name: 'Cryptographic Algorithm', value: 'AES' },
    { name: 'Cryptographic Usage Mask', value: 12 },
    { name: 'Cryptographic Length', value: 256 },
  ],
};

const shapes: readonly Shape[] = [
  {
    what: 'the empty Discover Versions that opens a session',
    bytes: message(item(30, undefined)),
    requests: [sent(DiscoverVersions, { protocolVersion: [] })],
  },
  {
    what: 'the Discover Versions of the health check',
    bytes: message(item(30, batchItemId(1))),
    requests: [sent(DiscoverVersions, { protocolVersion: [] }, batchItemId(1))],
  },
  {
    what: 'Query for Server Information',
    bytes: message(item(24, batchItemId(1), enumeration(0x0074, 3))),
    requests: [sent(Query, { queryFunction: ['QueryServerInformation'] }, batchItemId(1))],
  },
  {
    what: 'Create of an AES-256 key',
    bytes: message(
      item(
        1,
        batchItemId(1),
        enumeration(0x0057, 2),
        structure(
          0x0091,
          attribute('Cryptographic Algorithm', enumeration(0x000b, 3)),
          attribute('Cryptographic Usage Mask', integer(0x000b, 12)),
          attribute('Cryptographic Length', integer(0x000b, 256)),
        ),
      ),
    ),
    requests: [sent(Create, { objectType: 'SymmetricKey', templateAttribute: template }, batchItemId(1))],
  },
  {
    what: 'Get Attributes of a custom attribute',
    bytes: message(item(11, batchItemId(1), uid, text(0x000a, 'x-Product_Version'))),
    requests: [sent(GetAttributes, { uniqueIdentifier: '1', attributeName: ['x-Product_Version'] }, batchItemId(1))],
  },
  {
    what: 'the batch of three Add Attributes',
    bytes: message(
      ...customAttributes.map(([name, value], at) =>
        item(13, batchItemId(at + 1), uid, attribute(name, text(0x000b, value))),
      ),
    ),
    requests: customAttributes.map(([name, value], at) =>
      sent(
        AddAttribute,
        { uniqueIdentifier: '1', attribute: { name, value: { type: 'TextString', value } } },
        batchItemId(at + 1),
      ),
    ),
  },
  {
    what: 'Get by Unique Identifier alone',
    bytes: message(item(10, batchItemId(1), uid)),
    requests: [sent(Get, { uniqueIdentifier: '1' }, batchItemId(1))],
  },
  {
    what: 'Get Attributes of State',
    bytes: message(item(11, batchItemId(1), uid, text(0x000a, 'State'))),
    requests: [sent(GetAttributes, { uniqueIdentifier: '1', attributeName: ['State'] }, batchItemId(1))],
  },
  {
    what: 'Activate',
    bytes: message(item(18, batchItemId(1), uid)),
    requests: [sent(Activate, { uniqueIdentifier: '1' }, batchItemId(1))],
  },
];

for (const { what, bytes, requests } of shapes) {
  test(`${what} is read as it was meant`, () => {
    const { header, batchItems } = decodeRequestMessage(bytes);
    assert.deepEqual(header, { protocolVersion: version, attestationType: [], batchCount: requests.length });
    const payloads = batchItems.map(({ operationName, payload }) => {
      const spec = operationSpec(operationName);
      assert.ok(spec);
      return decodeRequestPayload(spec, payload, version);
    });
    assert.deepEqual(
      payloads,
      requests.map(({ payload }) => payload),
    );
    assert.deepEqual(
      batchItems.map((one) => one.uniqueBatchItemId && Buffer.from(one.uniqueBatchItemId)),
      requests.map((one) => one.item.uniqueBatchItemId),
    );
  });

  test(`${what} is written as vCenter writes it`, () => {
    const encoded = encodeRequestMessage({ version, items: requests.map((one) => one.item) });
    assert.equal(Buffer.from(encoded).toString('hex'), bytes.toString('hex'));
  });
}

const responseHeader = (count: number) => {
  const protocol = structure(0x0069, integer(0x006a, 1), integer(0x006b, 1));
  const seconds = Buffer.alloc(8);
  seconds.writeBigInt64BE(1743415237n);
  return structure(0x007a, protocol, ttlv(0x0092, 9, seconds), integer(0x000d, count));
};
const timeStamp = new Date(1743415237 * 1000);

test('the answer to Get holds a Raw key block, in the order of the fields', async () => {
  const keyMaterial = new Uint8Array(32).fill(0xa5);
  const request = decodeRequestMessage(message(item(10, batchItemId(1), uid)));
  const items = await runBatch(request, async () =>
    executed(
      Get,
      {
        objectType: 'SymmetricKey',
        uniqueIdentifier: '1',
        symmetricKey: {
          keyBlock: {
            keyFormatType: 'Raw',
            keyValue: { keyMaterial },
            cryptographicAlgorithm: 'AES',
            cryptographicLength: 256,
          },
        },
      },
      version,
    ),
  );
  const expected = structure(
    0x007b,
    responseHeader(1),
    structure(
      0x000f,
      enumeration(0x005c, 10),
      ttlv(0x0093, 8, batchItemId(1)),
      enumeration(0x007f, 0),
      structure(
        0x007c,
        enumeration(0x0057, 2),
        uid,
        structure(
          0x008f,
          structure(
            0x0040,
            enumeration(0x0042, 1),
            structure(0x0045, ttlv(0x0043, 8, Buffer.from(keyMaterial))),
            enumeration(0x0028, 3),
            integer(0x002a, 256),
          ),
        ),
      ),
    ),
  );
  const encoded = encodeResponseMessage({ version, timeStamp, items });
  assert.equal(Buffer.from(encoded).toString('hex'), expected.toString('hex'));
});

test('a custom attribute that is not set is a success with the Unique Identifier alone', async () => {
  const request = decodeRequestMessage(message(item(11, batchItemId(1), uid, text(0x000a, 'x-Vendor'))));
  const items = await runBatch(request, async () => executed(GetAttributes, { uniqueIdentifier: '1' }, version));
  const answer = structure(
    0x000f,
    enumeration(0x005c, 11),
    ttlv(0x0093, 8, batchItemId(1)),
    enumeration(0x007f, 0),
    structure(0x007c, uid),
  );
  const encoded = encodeResponseMessage({ version, timeStamp, items });
  assert.equal(Buffer.from(encoded).toString('hex'), structure(0x007b, responseHeader(1), answer).toString('hex'));
});
