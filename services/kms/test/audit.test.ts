import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Attribute } from '@kagibako/kmip/attribute';
import { Activate } from '@kagibako/kmip/operations/activate';
import { AddAttribute } from '@kagibako/kmip/operations/add-attribute';
import { Create } from '@kagibako/kmip/operations/create';
import { Destroy } from '@kagibako/kmip/operations/destroy';
import { Get } from '@kagibako/kmip/operations/get';
import { GetAttributes } from '@kagibako/kmip/operations/get-attributes';
import { Locate } from '@kagibako/kmip/operations/locate';
import { Revoke } from '@kagibako/kmip/operations/revoke';
import { aClient, anAdapter, startKms, type TestAdapter, type TestClient, type TestKms } from './kms.ts';

const attribute: readonly Attribute[] = [
  { name: 'Cryptographic Algorithm', value: 'AES' },
  { name: 'Cryptographic Usage Mask', value: 12 },
];
const revocationReason = { revocationReasonCode: 'Superseded' as const };
const create = { objectType: 'SymmetricKey' as const, templateAttribute: { attribute } };

let kms: TestKms;
let adapter: TestAdapter;
let client: TestClient;

before(async () => {
  kms = await startKms();
  adapter = await anAdapter(kms);
  client = await aClient(kms, adapter);
});
after(() => kms.stop());

const entriesOf = (objectId: string) =>
  kms.database.query('SELECT action, operation, outcome, reason FROM audit WHERE object_id = $1 ORDER BY seq', [
    objectId,
  ]);

test('every operation on an object has one entry, allowed or refused, in its order', async () => {
  const { uniqueIdentifier } = await client.call(Create, create);
  await client.call(Get, { uniqueIdentifier });
  await client.call(GetAttributes, { uniqueIdentifier });
  await client.call(AddAttribute, { uniqueIdentifier, attribute: { name: 'Description', value: 'mine' } });
  await client.call(Activate, { uniqueIdentifier });
  await client.refused(Destroy, { uniqueIdentifier });
  await client.call(Revoke, { uniqueIdentifier, revocationReason });
  await client.call(Destroy, { uniqueIdentifier });
  await client.refused(Get, { uniqueIdentifier });
  const row = (action: string, operation: string, reason: string | null = null) => ({
    action: `kms.kmip.${action}`,
    operation,
    outcome: reason === null ? 'success' : 'failure',
    reason,
  });
  assert.deepEqual(await entriesOf(uniqueIdentifier), [
    row('create', 'Create'),
    row('get', 'Get'),
    row('default', 'GetAttributes'),
    row('default', 'AddAttribute'),
    row('activate', 'Activate'),
    row('destroy', 'Destroy', 'PermissionDenied'),
    row('revoke', 'Revoke'),
    row('destroy', 'Destroy'),
    row('get', 'Get', 'IllegalOperation'),
  ]);
});

test('an entry says who asked, from where, and by which request', async () => {
  const { uniqueIdentifier } = await client.call(Create, create);
  const [entry] = await kms.database.query('SELECT * FROM audit WHERE object_id = $1', [uniqueIdentifier]);
  assert.equal(entry?.['actor'], `certificate:${client.certificateId}`);
  assert.equal(entry?.['peer_address'], '192.0.2.1');
  assert.equal(entry?.['instance_id'], adapter.instanceId);
  assert.equal(entry?.['adapter_id'], adapter.adapterId);
  assert.match(String(entry?.['request_id']), /^[0-9a-f-]{36}$/);
});

test('an attempt on another adapter’s object is recorded where the caller is', async () => {
  const { uniqueIdentifier } = await client.call(Create, create);
  const stranger = await aClient(kms, await anAdapter(kms));
  await stranger.refused(Get, { uniqueIdentifier });
  const [entry] = await kms.database.query(
    `SELECT actor, reason FROM audit WHERE object_id = $1 AND operation = 'Get'`,
    [uniqueIdentifier],
  );
  assert.deepEqual(entry, { actor: `certificate:${stranger.certificateId}`, reason: 'ItemNotFound' });
});

test('a change has its events in the outbox, and a refused one has none', async () => {
  const { uniqueIdentifier } = await client.call(Create, create);
  await client.call(Activate, { uniqueIdentifier });
  await client.refused(Activate, { uniqueIdentifier });
  const events = await kms.database.query(
    `SELECT type, data->>'adapterId' AS adapter FROM outbox WHERE data->>'uniqueIdentifier' = $1 ORDER BY seq`,
    [uniqueIdentifier],
  );
  assert.deepEqual(events, [
    { type: 'kagibako.kms.key-created.v1', adapter: adapter.adapterId },
    { type: 'kagibako.kms.key-activated.v1', adapter: adapter.adapterId },
  ]);
});

test('what cannot be recorded does not happen, not even reading a key', async () => {
  const { uniqueIdentifier } = await client.call(Create, create);
  const mark: Attribute = { name: 'x-Mark', value: { type: 'TextString', value: randomUUID() } };
  const state = () => kms.database.query('SELECT state, revision FROM managed_objects ORDER BY seq');
  const before = await state();
  const runtime = `${kms.database.name}_runtime`;
  await kms.database.query(`REVOKE INSERT ON audit FROM ${runtime}`);
  try {
    const denied = { code: '42501' };
    await assert.rejects(client.call(Create, create), denied);
    await assert.rejects(client.call(Get, { uniqueIdentifier }), denied);
    await assert.rejects(client.call(GetAttributes, { uniqueIdentifier }), denied);
    await assert.rejects(client.call(Locate, {}), denied);
    await assert.rejects(client.call(AddAttribute, { uniqueIdentifier, attribute: mark }), denied);
    await assert.rejects(client.call(Activate, { uniqueIdentifier }), denied);
    await assert.rejects(client.call(Revoke, { uniqueIdentifier, revocationReason }), denied);
    await assert.rejects(client.call(Destroy, { uniqueIdentifier }), denied);
    await assert.rejects(client.refused(Get, { uniqueIdentifier: randomUUID() }), denied);
  } finally {
    await kms.database.query(`GRANT INSERT ON audit TO ${runtime}`);
  }
  assert.deepEqual(await state(), before);
});

test('what cannot be told to the outbox does not happen', async () => {
  const { uniqueIdentifier } = await client.call(Create, create);
  const runtime = `${kms.database.name}_runtime`;
  await kms.database.query(`REVOKE INSERT ON outbox FROM ${runtime}`);
  try {
    await assert.rejects(client.call(Activate, { uniqueIdentifier }), { code: '42501' });
  } finally {
    await kms.database.query(`GRANT INSERT ON outbox TO ${runtime}`);
  }
  const { attribute: state } = await client.call(GetAttributes, { uniqueIdentifier, attributeName: ['State'] });
  assert.equal(state[0]?.value, 'PreActive');
  const entries = await entriesOf(uniqueIdentifier);
  assert.ok(!entries.some(({ operation }) => operation === 'Activate'));
});
