import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sendRequest } from '@kagibako/bus/request-reply';
import { createKeyRequest } from '@kagibako/crypto/key-delivery';
import { waitUntil } from '@kagibako/testing/wait-until';
import { startBroker, type TestBroker } from './broker.ts';
import { startHost, type TestHost } from './host.ts';
import { startKmipServer, type TestKmipServer } from './kmip-server.ts';
import { assign, aVm, enrol, policies, providers } from './steps.ts';

describe('a VM encrypted with a key got by KMIP', () => {
  let broker: TestBroker;
  let host: TestHost;
  let kmip: TestKmipServer;
  let vm: string;
  const provider = 'kms-cluster';

  before(async () => {
    [broker, kmip] = await Promise.all([startBroker(), startKmipServer()]);
    host = await startHost(broker.nats, 'esx-1');
    await enrol(broker, host);
  });
  after(async () => {
    await host.close();
    kmip.close();
    await broker.stop();
  });

  const status = async (): Promise<{ health: string; told: string }> => {
    const { body } = await broker.ask('GET', `${providers}/${provider}`);
    const details = body.status.servers[0].details.map((detail: { default_message: string }) => detail.default_message);
    return { health: body.status.health, told: details.join() };
  };

  it('is told to an administrator who has no key provider yet', async () => {
    vm = await aVm(broker);
    const answer = await assign(broker, vm, policies.encryption);
    assert.equal(answer.status, 400);
    assert.match(answer.body.messages[0].default_message, /key provider/);
  });

  it('needs a provider that is red until both ends trust each other', async () => {
    const servers = [{ name: 'one', address: { hostname: '127.0.0.1', port: kmip.port } }];
    assert.equal((await broker.ask('POST', providers, { provider, kind: 'KMIP', servers })).status, 201);
    assert.match((await status()).told, /^Server not trusted: /);
    const [peer] = (await broker.ask('GET', `${providers}/${provider}/peer-certs/current`)).body;
    assert.equal(
      new X509Certificate(peer.certificate).fingerprint256,
      new X509Certificate(kmip.certificate).fingerprint256,
    );
    assert.equal(peer.trusted, false);
    const trust = { certificates: [peer.certificate] };
    assert.equal((await broker.ask('PATCH', `${providers}/${provider}/peer-certs/trusted`, trust)).status, 204);
    assert.match((await status()).told, /^Client not trusted: /);
    assert.equal((await broker.ask('GET', `${providers}/${provider}/client-certificate`)).status, 404);
    assert.equal((await broker.ask('POST', `${providers}/${provider}/client-certificate`)).status, 201);
    assert.match((await status()).told, /^Client not trusted: /);
    const { certificate } = (await broker.ask('GET', `${providers}/${provider}/client-certificate`)).body;
    kmip.clients.add(new X509Certificate(certificate).fingerprint256);
    assert.deepEqual(await status(), { health: 'OK', told: '' });
  });

  it('sends the KMIP server what vCenter sends, in its order', async () => {
    kmip.asked.length = 0;
    const answer = await assign(broker, vm, policies.encryption, '?vmw-task=true');
    assert.equal(answer.status, 202);
    const task = await waitUntil('the task has ended', async () => {
      const { body } = await broker.ask('GET', `/api/cis/tasks/${answer.body}`);
      return body.status === 'RUNNING' ? undefined : body;
    });
    assert.equal(task.status, 'SUCCEEDED', JSON.stringify(task));
    assert.equal(task.progress.completed, task.progress.total);
    assert.deepEqual(
      kmip.asked.map(({ operation }) => operation),
      [
        'DiscoverVersions',
        'Create',
        ...['GetAttributes', 'GetAttributes', 'GetAttributes'],
        ...['AddAttribute', 'AddAttribute', 'AddAttribute'],
        'Get',
        'GetAttributes',
        'Activate',
        ...['GetAttributes', 'GetAttributes', 'GetAttributes'],
        ...['AddAttribute', 'AddAttribute', 'AddAttribute'],
      ],
    );
    assert.deepEqual(
      kmip.asked.filter(({ correlation }) => !/^00-[0-9a-f]{32}-/.test(correlation ?? '')),
      [],
    );
  });

  it('is encrypted with an Active key whose labels name it, by a command and an event that name the key', async () => {
    const [[keyId, key] = ['', undefined]] = kmip.keys;
    assert.equal(key?.state, 'Active');
    assert.deepEqual([key.labels.get('x-Identifier'), key.labels.get('x-Component')], [vm, 'Virtual Machine']);
    const command = host.received.at(-1);
    assert.equal(command?.name, 'encryptVm');
    assert.deepEqual(Object(command?.body).key, { providerId: provider, keyId });
    const [event] = await broker.database.query(`SELECT data FROM outbox WHERE type LIKE '%key-distributed%'`);
    assert.deepEqual(Object(event?.['data']).key, { providerId: provider, keyId });
    const { body } = await broker.ask('GET', `/api/vcenter/vm/${vm}/storage/policy`);
    assert.equal(body.vm_home, policies.encryption);
  });

  it('has its key given to its host, sealed, and wiped of the database’s and the log’s knowledge', async () => {
    const [[keyId, key] = ['', undefined]] = kmip.keys;
    const keys = [{ providerId: provider, keyId }];
    const { request, open } = await createKeyRequest({
      hostId: 'esx-1',
      taskId: 't',
      keys,
      signingKey: host.signingKey,
    });
    const answer = await sendRequest(host.bus, 'getKeys', request, { hostId: 'esx-1' });
    const [material] = await open(answer, createPublicKey(broker.signingPublicKey));
    assert.deepEqual(material?.expose(), key?.material);
    const hex = Buffer.from(key?.material ?? []).toString('hex');
    const base64 = Buffer.from(key?.material ?? []).toString('base64');
    assert.ok(!broker.output().includes(hex) && !broker.output().includes(base64));
  });

  it('is not encrypted twice, nor deleted of its key provider', async () => {
    const again = await assign(broker, vm, policies.encryption);
    assert.deepEqual([again.status, again.body.error_type], [400, 'NOT_ALLOWED_IN_CURRENT_STATE']);
    assert.match(again.body.messages[0].default_message, /already/);
    const removed = await broker.ask('DELETE', `${providers}/${provider}`);
    assert.deepEqual([removed.status, removed.body.error_type], [400, 'RESOURCE_IN_USE']);
  });

  it('powers on and off, and is not decrypted or deleted while it runs', async () => {
    const power = `/api/vcenter/vm/${vm}/power`;
    assert.equal((await broker.ask('POST', `${power}?action=start`)).status, 204);
    assert.equal((await broker.ask('GET', power)).body.state, 'POWERED_ON');
    assert.equal((await broker.ask('POST', `${power}?action=start`)).body.error_type, 'ALREADY_IN_DESIRED_STATE');
    const decrypted = await assign(broker, vm, policies.default);
    assert.match(decrypted.body.messages[0].default_message, /powered on/);
    assert.equal((await broker.ask('DELETE', `/api/vcenter/vm/${vm}`)).status, 400);
    assert.equal((await broker.ask('POST', `${power}?action=stop`)).status, 204);
  });

  it('is off once its host has started again', async () => {
    const power = `/api/vcenter/vm/${vm}/power`;
    assert.equal((await broker.ask('POST', `${power}?action=start`)).status, 204);
    const startedAt = new Date(Date.now() + 1_000).toISOString();
    await host.tell('hostStarted', { hostId: 'esx-1', startedAt, poweredOn: [] });
    await waitUntil('it is off', async () => (await broker.ask('GET', power)).body.state === 'POWERED_OFF');
  });

  it('is decrypted by the default policy; its key is granted no more and its provider may go', async () => {
    assert.equal((await assign(broker, vm, policies.default)).status, 204);
    assert.deepEqual(await broker.database.query('SELECT 1 FROM key_grants'), []);
    assert.equal((await broker.ask('GET', `/api/vcenter/vm/${vm}/storage/policy`)).body.vm_home, policies.default);
    assert.equal((await assign(broker, vm, policies.default)).body.error_type, 'NOT_ALLOWED_IN_CURRENT_STATE');
    assert.equal((await broker.ask('DELETE', `${providers}/${provider}`)).status, 204);
    assert.equal((await broker.ask('DELETE', `/api/vcenter/vm/${vm}`)).status, 204);
    assert.equal((await broker.ask('GET', `/api/vcenter/vm/${vm}`)).status, 404);
  });

  it('leaves no command that would be sent again', async () => {
    assert.deepEqual(await broker.database.query('SELECT id FROM outbox WHERE NOT settled'), []);
  });
});
