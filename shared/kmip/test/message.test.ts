import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizes } from '@kagibako/contracts/sizes';
import fc from 'fast-check';
import { Operation } from '../src/enums.ts';
import {
  batchItemsMax,
  decodeRequestMessage,
  decodeResponseMessage,
  encodeRequestMessage,
  encodeResponseMessage,
  errorResponse,
  failureOf,
  replyVersion,
} from '../src/message.ts';
import { decodeRequestPayload, encodeRequestPayload, encodeResponsePayload } from '../src/operation.ts';
import { Activate } from '../src/operations/activate.ts';
import { Create } from '../src/operations/create.ts';
import { Locate } from '../src/operations/locate.ts';
import { operationSpec, operations } from '../src/operations.ts';
import { primitives } from '../src/primitives.ts';
import { tags } from '../src/tags.ts';
import { decodeItem, encodeItem, type Item, ItemType } from '../src/ttlv.ts';
import type { ProtocolVersion } from '../src/version.ts';

const timeStamp = new Date('2026-01-02T03:04:05Z');

function anActivate(version: ProtocolVersion = [1, 2]) {
  const payload = encodeRequestPayload(Activate, { uniqueIdentifier: 'key-1' }, version);
  return encodeRequestMessage({ version, items: [{ operation: 'Activate', payload }] });
}

/** The message with the fields of its header changed. */
function withHeader(message: Uint8Array, change: (fields: readonly Item[]) => readonly Item[]): Uint8Array {
  const item = decodeItem(message);
  assert.ok(item.type === ItemType.Structure);
  const [header, ...items] = item.value;
  assert.ok(header?.type === ItemType.Structure);
  return encodeItem({ ...item, value: [{ ...header, value: change(header.value) }, ...items] });
}

const integerItem = (tag: number, value: number): Item => ({
  tag,
  type: ItemType.Integer,
  value: primitives.Integer.write(value),
});

test('a request comes back as it was sent, its payload undecoded', () => {
  const message = encodeRequestMessage({
    version: [1, 4],
    maximumResponseSize: 4096,
    clientCorrelationValue: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    batchErrorContinuationOption: 'Continue',
    batchOrderOption: true,
    timeStamp,
    items: [
      {
        operation: 'Activate',
        uniqueBatchItemId: Uint8Array.of(1),
        payload: encodeRequestPayload(Activate, { uniqueIdentifier: 'key-1' }, [1, 4]),
      },
    ],
  });
  const { header, batchItems } = decodeRequestMessage(message);
  assert.deepEqual(header, {
    protocolVersion: [1, 4],
    maximumResponseSize: 4096,
    clientCorrelationValue: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    attestationType: [],
    batchErrorContinuationOption: 'Continue',
    batchOrderOption: true,
    timeStamp,
    batchCount: 1,
  });
  const [item] = batchItems;
  assert.ok(item);
  assert.equal(item.operation, Operation.Activate);
  assert.equal(item.operationName, 'Activate');
  assert.deepEqual(item.uniqueBatchItemId, Uint8Array.of(1));
  assert.deepEqual(decodeRequestPayload(Activate, item.payload, [1, 4]), { uniqueIdentifier: 'key-1' });
});

test('Client Correlation Value is sent from 1.4 on', () => {
  const items = [{ operation: 'Activate', payload: encodeRequestPayload(Activate, {}, [1, 3]) }] as const;
  const sent = (version: ProtocolVersion) =>
    decodeRequestMessage(encodeRequestMessage({ version, items, clientCorrelationValue: 'x' })).header;
  assert.equal(sent([1, 4]).clientCorrelationValue, 'x');
  assert.equal(sent([1, 3]).clientCorrelationValue, undefined);
});

test('an operation outside KMIP 1.x has a number and no name', () => {
  const payload: Item = { tag: tags.RequestPayload, type: ItemType.Structure, value: [] };
  const message = encodeRequestMessage({ version: [1, 0], items: [{ operation: 'Activate', payload }] });
  const at = Buffer.from(message).indexOf('42005c05', 'hex');
  new DataView(message.buffer).setUint32(at + 8, 0x80000001);
  const [item] = decodeRequestMessage(message).batchItems;
  assert.deepEqual([item?.operation, item?.operationName], [0x80000001, undefined]);
});

const refusals: readonly [what: string, message: () => Uint8Array, reason: string][] = [
  ['a Response Message', () => errorResponse(anActivate(), refused, timeStamp), 'InvalidMessage'],
  ['another tag', () => encodeItem({ ...decodeItem(anActivate()), tag: tags.ResponseMessage }), 'InvalidMessage'],
  ['major version 3', () => anActivate([3, 0]), 'InvalidMessage'],
  [
    'a Batch Count that does not fit',
    () => withHeader(anActivate(), (fields) => [...fields.slice(0, -1), integerItem(tags.BatchCount, 2)]),
    'InvalidMessage',
  ],
  [
    'a header field that comes twice',
    () => withHeader(anActivate(), (fields) => [...fields, ...fields.slice(-1)]),
    'InvalidMessage',
  ],
  ['no Batch Count', () => withHeader(anActivate(), (fields) => fields.slice(0, -1)), 'InvalidMessage'],
  [
    'a header field that KMIP does not have there',
    () => withHeader(anActivate(), (fields) => [...fields, integerItem(tags.CryptographicLength, 1)]),
    'InvalidField',
  ],
];
const refused = { resultReason: 'InvalidMessage', resultMessage: 'no' } as const;

for (const [what, message, resultReason] of refusals) {
  test(`${what} is refused with ${resultReason}`, () => {
    assert.throws(() => decodeRequestMessage(message()), { name: 'KmipError', resultReason });
  });
}

test('more batch items than the limit are refused', () => {
  const payload: Item = { tag: tags.RequestPayload, type: ItemType.Structure, value: [] };
  const items = (count: number) => Array.from({ length: count }, () => ({ operation: 'Query' as const, payload }));
  const message = (count: number) => encodeRequestMessage({ version: [1, 2], items: items(count) });
  assert.equal(decodeRequestMessage(message(batchItemsMax)).batchItems.length, batchItemsMax);
  assert.throws(() => decodeRequestMessage(message(batchItemsMax + 1)), { resultReason: 'InvalidMessage' });
});

test('a minor version we do not know may have fields we do not know', () => {
  const message = withHeader(anActivate([1, 5]), (fields) => [...fields, integerItem(0x420199, 1)]);
  assert.deepEqual(decodeRequestMessage(message).header.protocolVersion, [1, 5]);
});

test('a message refused whole is answered in its version with one batch item without operation', () => {
  const answered = (message: Uint8Array) => decodeResponseMessage(errorResponse(message, refused, timeStamp));
  assert.deepEqual(answered(anActivate([1, 1])), {
    version: [1, 1],
    timeStamp,
    batchItems: [
      { operation: undefined, uniqueBatchItemId: undefined, resultStatus: 'OperationFailed', result: refused },
    ],
  });
  assert.deepEqual(answered(anActivate([1, 1]).subarray(0, 70)).version, [1, 1]);
  assert.deepEqual(answered(anActivate([3, 0])).version, [1, 4]);
  assert.deepEqual(answered(Uint8Array.of(1, 2, 3)).version, [1, 4]);
});

test('an answer over Maximum Response Size is Response Too Large, item by item', () => {
  const located = (count: number) =>
    encodeResponsePayload(Locate, { uniqueIdentifier: Array.from({ length: count }, (_, n) => `key-${n}`) }, [1, 2]);
  const items = [1, 100, 2].map((count) => ({ operation: Operation.Locate, result: { payload: located(count) } }));
  const encoded = encodeResponseMessage({ version: [1, 2], timeStamp, items, maximumResponseSize: 1000 });
  assert.ok(encoded.length <= 1000);
  const results = decodeResponseMessage(encoded).batchItems.map(({ result }) =>
    'payload' in result ? 'Success' : result.resultReason,
  );
  assert.deepEqual(results, ['Success', 'ResponseTooLarge', 'Success']);
});

test('an answer is never over the limit of all answers', () => {
  const text = { name: 'x-a', value: { type: 'ByteString', value: new Uint8Array(3_000_000) } } as const;
  const response = { uniqueIdentifier: 'key-1', attribute: [text] };
  const result = { payload: encodeResponsePayload(operations.GetAttributes, response, [1, 2]) };
  const items = [1, 2].map(() => ({ operation: Operation.GetAttributes, result }));
  const encoded = encodeResponseMessage({ version: [1, 2], timeStamp, items, maximumResponseSize: 2 ** 31 - 1 });
  assert.ok(encoded.length > 3_000_000 && encoded.length <= sizes.kmipResponseBytesMax);
});

test('a Result Reason that came later is said in words of the version', () => {
  const reason = (version: ProtocolVersion) => {
    const items = [{ result: { resultReason: 'Sensitive', resultMessage: '' } as const }];
    const [item] = decodeResponseMessage(encodeResponseMessage({ version, timeStamp, items })).batchItems;
    return item && 'resultReason' in item.result ? item.result.resultReason : undefined;
  };
  assert.equal(reason([1, 4]), 'Sensitive');
  assert.equal(reason([1, 3]), 'PermissionDenied');
});

/** What a server does with the bytes of a request, up to executing it. */
function receive(bytes: Uint8Array): void {
  assert.ok(replyVersion(bytes)[0] === 1);
  const { header, batchItems } = decodeRequestMessage(bytes);
  for (const { operationName, payload } of batchItems) {
    const spec = operationSpec(operationName);
    if (spec !== undefined) decodeRequestPayload(spec, payload, header.protocolVersion);
  }
}

function assertRefusedOrRead(bytes: Uint8Array): void {
  try {
    receive(bytes);
  } catch (error) {
    const failure = failureOf(error);
    assert.ok(failure !== undefined, String(error));
    decodeResponseMessage(errorResponse(bytes, failure, timeStamp));
  }
}

function aLongRequest(): Uint8Array {
  const create = encodeRequestPayload(
    Create,
    {
      objectType: 'SymmetricKey',
      templateAttribute: {
        attribute: [
          { name: 'Cryptographic Algorithm', value: 'AES' },
          { name: 'Name', value: { nameValue: 'a', nameType: 'UninterpretedTextString' } },
          { name: 'Activation Date', value: timeStamp },
          { name: 'Fresh', value: true },
          { name: 'x-big', value: { type: 'BigInteger', value: -5n } },
        ],
      },
    },
    [1, 4],
  );
  const ids = [Uint8Array.of(1), Uint8Array.of(2)];
  return encodeRequestMessage({
    version: [1, 4],
    clientCorrelationValue: 'x',
    timeStamp,
    items: ids.map((uniqueBatchItemId) => ({ operation: 'Create', uniqueBatchItemId, payload: create })),
  });
}

const requests = [anActivate(), aLongRequest()];

test('a truncated request is refused', () => {
  for (const request of requests) {
    for (let length = 0; length < request.length; length += 1) {
      assert.throws(() => receive(request.subarray(0, length)), { name: 'TtlvError' });
      assertRefusedOrRead(request.subarray(0, length));
    }
  }
});

test('a request with flipped bits is refused or read, whatever the bits', () => {
  const flips = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...requests), flips, (request, bits) => {
      const bytes = request.slice();
      for (const bit of bits) {
        const at = (bit >>> 3) % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
      }
      assertRefusedOrRead(bytes);
    }),
    { numRuns: 3000 },
  );
});
