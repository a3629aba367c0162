import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchContext, executed, identifierOf, runBatch } from '../src/batch.ts';
import { KmipError } from '../src/kmip-error.ts';
import type { RequestBatchItem } from '../src/message.ts';
import { decodeRequestMessage, encodeRequestMessage, type RequestItem, type RequestToEncode } from '../src/message.ts';
import { decodeRequestPayload, encodeRequestPayload } from '../src/operation.ts';
import { Activate } from '../src/operations/activate.ts';
import { Create } from '../src/operations/create.ts';
import { Locate } from '../src/operations/locate.ts';

const version = [1, 2] as const;
const id = (n: number) => Uint8Array.of(n);

const activate = (uniqueIdentifier?: string): RequestItem => ({
  operation: 'Activate',
  payload: encodeRequestPayload(Activate, { uniqueIdentifier }, version),
});
const create: RequestItem = {
  operation: 'Create',
  payload: encodeRequestPayload(Create, { objectType: 'SymmetricKey', templateAttribute: {} }, version),
};
const locate = (maximumItems: number): RequestItem => ({
  operation: 'Locate',
  payload: encodeRequestPayload(Locate, { maximumItems }, version),
});

function request(items: readonly RequestItem[], header: Partial<RequestToEncode> = {}) {
  const numbered = items.map((item, at) => ({ uniqueBatchItemId: id(at + 1), ...item }));
  return decodeRequestMessage(encodeRequestMessage({ ...header, version, items: numbered }));
}

/** A server that makes key-1, finds as many keys as it may, and fails to activate 'missing'. */
function aServer() {
  const activated: string[] = [];
  const execute = async (item: RequestBatchItem, context: BatchContext) => {
    if (item.operationName === 'Create') {
      return executed(Create, { objectType: 'SymmetricKey', uniqueIdentifier: 'key-1' }, version);
    }
    if (item.operationName === 'Locate') {
      const { maximumItems = 0 } = decodeRequestPayload(Locate, item.payload, version);
      const uniqueIdentifier = Array.from({ length: maximumItems }, (_, n) => `found-${n}`);
      return executed(Locate, { uniqueIdentifier }, version);
    }
    const uniqueIdentifier = identifierOf(
      decodeRequestPayload(Activate, item.payload, version).uniqueIdentifier,
      context,
    );
    if (uniqueIdentifier === 'missing') throw new KmipError('ItemNotFound', 'no such key');
    activated.push(uniqueIdentifier);
    return executed(Activate, { uniqueIdentifier }, version);
  };
  return { activated, execute };
}

const outcomes = (answered: Awaited<ReturnType<typeof runBatch>>) =>
  answered.map(({ result }) => ('payload' in result ? 'Success' : 'undone' in result ? 'Undone' : result.resultReason));

test('items are executed in their order and answered with their ids', async () => {
  const { activated, execute } = aServer();
  const answered = await runBatch(request([activate('b'), activate('a'), activate('c')]), execute);
  assert.deepEqual(activated, ['b', 'a', 'c']);
  assert.deepEqual(
    answered.map(({ uniqueBatchItemId }) => uniqueBatchItemId),
    [id(1), id(2), id(3)],
  );
});

test('after a failing item nothing more is executed or answered', async () => {
  for (const header of [{}, { batchErrorContinuationOption: 'Stop' } as const]) {
    const { activated, execute } = aServer();
    const answered = await runBatch(request([activate('a'), activate('missing'), activate('c')], header), execute);
    assert.deepEqual(outcomes(answered), ['Success', 'ItemNotFound']);
    assert.deepEqual(activated, ['a']);
  }
});

test('with Undo the items before a failing one are undone once', async () => {
  const { activated, execute } = aServer();
  let undone = 0;
  const batch = request([activate('a'), activate('b'), activate('missing'), activate('c')], {
    batchErrorContinuationOption: 'Undo',
  });
  const answered = await runBatch(batch, execute, async () => {
    undone += 1;
  });
  assert.deepEqual(outcomes(answered), ['Undone', 'Undone', 'ItemNotFound']);
  assert.deepEqual(activated, ['a', 'b']);
  assert.equal(undone, 1);
});

test('with Continue every item is executed and answered', async () => {
  const { activated, execute } = aServer();
  const header = { batchErrorContinuationOption: 'Continue' } as const;
  const answered = await runBatch(request([activate('missing'), activate('b')], header), execute);
  assert.deepEqual(outcomes(answered), ['ItemNotFound', 'Success']);
  assert.deepEqual(activated, ['b']);
});

const refusals: readonly [
  what: string,
  items: readonly RequestItem[],
  header: Partial<RequestToEncode>,
  reason: string,
][] = [
  ['no items', [], {}, 'InvalidMessage'],
  ['Asynchronous Indicator True', [activate('a')], { asynchronousIndicator: true }, 'FeatureNotSupported'],
  ['an item without an id', [activate('a'), { ...activate('b'), uniqueBatchItemId: undefined }], {}, 'InvalidMessage'],
  ['an id that comes twice', [activate('a'), { ...activate('b'), uniqueBatchItemId: id(1) }], {}, 'InvalidMessage'],
];
for (const [what, items, header, resultReason] of refusals) {
  test(`a batch with ${what} is refused before anything is executed`, async () => {
    const { activated, execute } = aServer();
    await assert.rejects(runBatch(request(items, header), execute), { resultReason });
    assert.deepEqual(activated, []);
  });
}

test('a critical message extension refuses the batch, another is ignored', async () => {
  const extended = (criticalityIndicator: boolean) => {
    const { header, batchItems } = request([activate('a')]);
    const vendorExtension = { tag: 0x42009c, type: 1, value: [] } as const;
    const messageExtension = { vendorIdentification: 'v', criticalityIndicator, vendorExtension };
    return { header, batchItems: batchItems.map((item) => ({ ...item, messageExtension })) };
  };
  assert.deepEqual(outcomes(await runBatch(extended(false), aServer().execute)), ['Success']);
  await assert.rejects(runBatch(extended(true), aServer().execute), { resultReason: 'FeatureNotSupported' });
});

test('a single item needs no id', async () => {
  const item = { ...activate('a'), uniqueBatchItemId: undefined };
  assert.deepEqual(outcomes(await runBatch(request([item]), aServer().execute)), ['Success']);
});

const placeholders: readonly [what: string, items: readonly RequestItem[], activated: readonly string[]][] = [
  ['the key that Create made', [create, activate()], ['key-1']],
  ['the one key that Locate found', [locate(1), activate()], ['found-0']],
  ['kept by operations that do not set it', [create, activate('other'), activate()], ['other', 'key-1']],
  ['empty at the start', [activate()], []],
  ['emptied by a Locate that finds several', [create, locate(2), activate()], []],
  ['emptied by a Locate that finds none', [create, locate(0), activate()], []],
];
for (const [what, items, expected] of placeholders) {
  test(`the ID Placeholder is ${what}`, async () => {
    const { activated, execute } = aServer();
    const answered = await runBatch(request(items), execute);
    assert.deepEqual(activated, expected);
    assert.equal(outcomes(answered).at(-1), expected.length > 0 ? 'Success' : 'ItemNotFound');
  });
}

test('an error that is not for the client ends the batch', async () => {
  const bug = new TypeError('a bug');
  await assert.rejects(
    runBatch(request([activate('a')]), async () => {
      throw bug;
    }),
    bug,
  );
});
