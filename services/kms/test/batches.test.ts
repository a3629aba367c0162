import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Attribute } from '@kagibako/kmip/attribute';
import type { RequestToEncode } from '@kagibako/kmip/message';
import { Activate } from '@kagibako/kmip/operations/activate';
import { Create } from '@kagibako/kmip/operations/create';
import { Destroy } from '@kagibako/kmip/operations/destroy';
import { Get } from '@kagibako/kmip/operations/get';
import { Locate } from '@kagibako/kmip/operations/locate';
import { Query } from '@kagibako/kmip/operations/query';
import { createKey, mask, stateOf, text } from './keys.ts';
import { aClient, anAdapter, anItem, startKms, type TestClient, type TestKms } from './kms.ts';

describe('batches', () => {
  let kms: TestKms;
  let client: TestClient;

  before(async () => {
    kms = await startKms();
    client = await aClient(kms, await anAdapter(kms));
  });
  after(() => kms.stop());

  const id = (at: number): Uint8Array => Uint8Array.of(at);
  const create = (more: readonly Attribute[], at: number) => {
    const attribute: Attribute[] = [{ name: 'Cryptographic Algorithm', value: 'AES' }, mask('Encrypt'), ...more];
    return anItem(Create, { objectType: 'SymmetricKey', templateAttribute: { attribute } }, [1, 4], id(at));
  };
  const statuses = async (request: Omit<RequestToEncode, 'version'>) =>
    (await client.batch(request)).map(({ resultStatus }) => resultStatus);
  const reason = async (request: Partial<RequestToEncode>) => {
    const [item] = await client.batch({ items: [anItem(Query, { queryFunction: [] })], ...request });
    return item !== undefined && 'resultReason' in item.result ? item.result.resultReason : 'Success';
  };

  it('takes everything back when an item fails with Undo, but not the audit', async () => {
    const mark = { name: 'x-Mark', value: text(randomUUID()) } as const;
    const existing = await createKey(client);
    const items = [
      create([mark], 1),
      anItem(Activate, {}, [1, 4], id(2)),
      anItem(Destroy, { uniqueIdentifier: existing }, [1, 4], id(3)),
      anItem(Get, { uniqueIdentifier: randomUUID() }, [1, 4], id(4)),
      create([mark], 5),
    ];
    const answered = await statuses({ items, batchErrorContinuationOption: 'Undo' });
    assert.deepEqual(answered, ['OperationUndone', 'OperationUndone', 'OperationUndone', 'OperationFailed']);
    assert.equal((await client.call(Locate, { attribute: [mark] })).locatedItems, 0);
    assert.equal(await stateOf(client, existing), 'PreActive');
    await client.call(Get, { uniqueIdentifier: existing });
    const entries = await kms.database.query(
      `SELECT operation, outcome, object_id FROM audit
       WHERE request_id = (SELECT request_id FROM audit WHERE outcome = 'undone' LIMIT 1) ORDER BY seq`,
    );
    assert.deepEqual(
      entries.map(({ operation, outcome }) => [operation, outcome]),
      [
        ['Create', 'undone'],
        ['Activate', 'undone'],
        ['Destroy', 'undone'],
        ['Get', 'failure'],
      ],
    );
    assert.equal(entries[2]?.['object_id'], existing);
    assert.ok(entries[0]?.['object_id']);
    const events = await kms.database.query("SELECT FROM outbox WHERE data ->> 'uniqueIdentifier' = $1", [
      entries[0]['object_id'],
    ]);
    assert.equal(events.length, 0);
  });

  it('keeps everything when all items succeed with Undo', async () => {
    const mark = { name: 'x-Mark', value: text(randomUUID()) } as const;
    const items = [create([mark], 1), create([mark], 2)];
    assert.deepEqual(await statuses({ items, batchErrorContinuationOption: 'Undo' }), ['Success', 'Success']);
    assert.equal((await client.call(Locate, { attribute: [mark] })).locatedItems, 2);
    const { capabilityInformation } = await client.call(Query, { queryFunction: ['QueryCapabilities'] });
    assert.equal(capabilityInformation[0]?.batchUndoCapability, true);
  });

  it('refuses requests from another time, and asynchronous ones', async () => {
    const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1_000);
    assert.equal(await reason({ timeStamp: inSeconds(-40) }), 'Success');
    assert.equal(await reason({ timeStamp: inSeconds(40) }), 'Success');
    assert.equal(await reason({ timeStamp: inSeconds(-80) }), 'InvalidMessage');
    assert.equal(await reason({ timeStamp: inSeconds(80) }), 'InvalidMessage');
    assert.equal(await reason({ asynchronousIndicator: true }), 'FeatureNotSupported');
    assert.equal(await reason({ asynchronousIndicator: false }), 'Success');
  });
});
