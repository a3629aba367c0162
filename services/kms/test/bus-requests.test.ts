import assert from 'node:assert/strict';
import { randomUUID, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Bus } from '@kagibako/bus/bus';
import { decodeKmipAnswer, encodeKmipQuestion } from '@kagibako/contracts/kmip-envelope';
import { decodeResponseMessage, encodeRequestMessage } from '@kagibako/kmip/message';
import { Create } from '@kagibako/kmip/operations/create';
import { Get } from '@kagibako/kmip/operations/get';
import { Query } from '@kagibako/kmip/operations/query';
import { fingerprintOf, readBusIdentity } from '@kagibako/sealed-bus/identity';
import { createSealedCaller, type SealedCaller } from '@kagibako/sealed-bus/sealed-caller';
import { createSealedServer, type SealedServer } from '@kagibako/sealed-bus/sealed-server';
import { connectAs } from '@kagibako/testing/bus';
import { startNats, type TestNats } from '@kagibako/testing/nats';
import { serveRequests } from '../src/requests.ts';
import { registerCertificate } from '../src/store/certificates.ts';
import { aClient, anAdapter, anItem, startKms, type TestAdapter, type TestClient, type TestKms } from './kms.ts';

let kms: TestKms;
let nats: TestNats;
let server: SealedServer;
const buses: Bus[] = [];
let broker: SealedCaller;
let gateway: SealedCaller;
let adapter: TestAdapter;
let client: TestClient;

const callerAs = async (name: string): Promise<SealedCaller> => {
  const bus = await connectAs(nats, name);
  buses.push(bus);
  return createSealedCaller(bus, readBusIdentity(await nats.settingsFor(name)));
};

before(async () => {
  kms = await startKms();
  adapter = await anAdapter(kms);
  client = await aClient(kms, adapter);
  nats = await startNats();
  const bus = await connectAs(nats, 'kms');
  buses.push(bus);
  server = await createSealedServer(bus, readBusIdentity(await nats.settingsFor('kms')));
  serveRequests(server, kms.service);
  await bus.connection.flush();
  broker = await callerAs('vcenter-broker');
  gateway = await callerAs('kmip-gateway');
});

after(async () => {
  broker.close();
  gateway.close();
  for (const bus of buses) await bus.close();
  server.close();
  await nats.stop();
  await kms.stop();
});

async function registerBroker(): Promise<void> {
  const { natsCertFile } = await nats.settingsFor('vcenter-broker');
  const pem = await readFile(natsCertFile, 'utf8');
  const audit = {
    instanceId: adapter.instanceId,
    actor: 'test',
    peerAddress: 'test',
    action: 'kms.kmip-management.create' as const,
    operation: 'test',
    outcome: 'success' as const,
  };
  const fingerprint = fingerprintOf(new X509Certificate(pem));
  const made = { id: randomUUID(), adapterId: adapter.adapterId, name: 'broker', fingerprint, pem, createdBy: 'test' };
  await registerCertificate(kms.service.database, { audit, facts: [] }, made);
}

test('a KMIP message comes sealed from the gateway and is answered for the certificate it names', async () => {
  const items = [anItem(Query, { queryFunction: ['QueryServerInformation'] })];
  const message = encodeRequestMessage({ version: [1, 4], items });
  const ask = async (fingerprint: string) => {
    const question = encodeKmipQuestion({ fingerprint, peerAddress: '192.0.2.7', message });
    const { clientKnown, message: answer } = decodeKmipAnswer(await gateway.call('executeKmip', question));
    return { clientKnown, status: decodeResponseMessage(answer).batchItems[0]?.resultStatus };
  };
  assert.deepEqual(await ask(client.fingerprint), { clientKnown: true, status: 'Success' });
  assert.deepEqual(await ask('00'.repeat(32)), { clientKnown: false, status: 'OperationFailed' });
});

test('a broker whose certificate no adapter knows is refused everything', async () => {
  const refused = { name: 'Failure', code: 'Unauthenticated' };
  await assert.rejects(broker.call('probeClient', {}), refused);
  await assert.rejects(broker.call('createKey', { attributes: {} }), refused);
  await assert.rejects(broker.call('getKey', { keyId: randomUUID() }), refused);
});

test('a registered broker makes a key that is Active and gets it, and a KMIP client of the adapter gets the same', async () => {
  await registerBroker();
  assert.deepEqual(await broker.call('probeClient', {}), { vendor: 'Kagibako' });
  const { keyId } = await broker.call('createKey', { attributes: { 'x-Name': 'vm-1' } });
  const key = await broker.call('getKey', { keyId });
  assert.equal(key.length, 32);
  const [row] = await kms.database.query('SELECT state FROM managed_objects WHERE id = $1', [keyId]);
  assert.equal(row?.['state'], 'Active');
  const got = await client.call(Get, { uniqueIdentifier: keyId });
  assert.deepEqual(Buffer.from(got.symmetricKey?.keyBlock.keyValue?.keyMaterial ?? []), Buffer.from(key));
});

test('a request of the same name makes one key', async () => {
  const requestId = randomUUID();
  await broker.call('createKey', { attributes: {} }, requestId);
  const again = broker.call('createKey', { attributes: {} }, requestId);
  await assert.rejects(again, { name: 'Failure', code: 'RequestReplayed' });
});

test('what is wrong is told, and recorded', async () => {
  await assert.rejects(broker.call('createKey', { attributes: { State: 'Active' } }), { code: 'InvalidArgument' });
  const keyId = randomUUID();
  await assert.rejects(broker.call('getKey', { keyId }), { code: 'NotFound' });
  await assert.rejects(broker.call('getKey', { keyId: 'no uuid' }), { code: 'NotFound' });
  const [entry] = await kms.database.query('SELECT peer_address, reason FROM audit WHERE object_id = $1', [keyId]);
  assert.deepEqual(entry, { peer_address: 'bus:vcenter-broker', reason: 'NotFound' });
});

test('a broker gets no key of another adapter', async () => {
  const stranger = await aClient(kms, await anAdapter(kms));
  const attribute = [
    { name: 'Cryptographic Algorithm' as const, value: 'AES' as const },
    { name: 'Cryptographic Usage Mask' as const, value: 12 },
  ];
  const made = await stranger.call(Create, { objectType: 'SymmetricKey', templateAttribute: { attribute } });
  await assert.rejects(broker.call('getKey', { keyId: made.uniqueIdentifier }), { code: 'NotFound' });
});

test('a request without a usable id of its own is refused', async () => {
  await assert.rejects(broker.call('createKey', { attributes: {} }, 'short'), { code: 'InvalidRequest' });
});
