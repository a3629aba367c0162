import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { provisionStreams } from '@kagibako/nats/provision-streams';
import { connectAs } from '@kagibako/testing/bus';
import { waitUntil } from '@kagibako/testing/wait-until';
import { jetstreamManager } from '@nats-io/jetstream';
import { hosts, startBroker, type TestBroker } from './broker.ts';
import { startHost, type TestHost } from './host.ts';
import { startKmipServer, type TestKmipServer } from './kmip-server.ts';
import { aProvider, assign, aVm, enrol, policies } from './steps.ts';

const withinMs = 30_000;

describe('the broker', () => {
  let broker: TestBroker;
  let kmip: TestKmipServer;
  let host: TestHost;

  before(async () => {
    [broker, kmip] = await Promise.all([startBroker(), startKmipServer()]);
    host = await startHost(broker.nats, 'esx-1');
    await enrol(broker, host);
    await aProvider(broker, 'kms', kmip);
  });
  after(async () => {
    await host.close();
    kmip.close();
    await broker.stop();
  });

  const ended = (task: string) =>
    waitUntil(
      'the task has ended',
      async () => {
        const { body } = await broker.ask('GET', `/api/cis/tasks/${task}`);
        return body.status === 'RUNNING' ? undefined : body;
      },
      withinMs,
    );

  it('takes up a key request that it was killed over', async () => {
    const vm = await aVm(broker);
    kmip.silentOn.add('Create');
    kmip.asked.length = 0;
    const { body: task } = await assign(broker, vm, policies.encryption, '?vmw-task=true');
    await waitUntil('the key is asked for', () => kmip.asked.some(({ operation }) => operation === 'Create'));
    await broker.kill();
    kmip.silentOn.clear();
    await broker.start();
    assert.equal((await ended(task)).status, 'SUCCEEDED');
    assert.equal((await broker.ask('GET', `/api/vcenter/vm/${vm}/storage/policy`)).body.vm_home, policies.encryption);
    assert.equal(host.received.filter(({ name }) => name === 'encryptVm').length, 1);
  });

  it('fails a key request whose provider has gone meanwhile, and the VM is as it was', async () => {
    const vm = await aVm(broker);
    kmip.silentOn.add('Create');
    kmip.asked.length = 0;
    const { body: task } = await assign(broker, vm, policies.encryption, '?vmw-task=true');
    await waitUntil('the key is asked for', () => kmip.asked.some(({ operation }) => operation === 'Create'));
    await broker.kill();
    kmip.silentOn.clear();
    kmip.clients.clear();
    await broker.start();
    const { status, error } = await ended(task);
    assert.deepEqual([status, error.error_type], ['FAILED', 'UNVERIFIED_PEER']);
    assert.match(error.messages[0].default_message, /^key provider kms: server one \(127\.0\.0\.1:\d+\)/);
    assert.equal((await broker.ask('GET', `/api/vcenter/vm/${vm}/storage/policy`)).body.vm_home, policies.default);
    assert.equal((await broker.ask('DELETE', `/api/vcenter/vm/${vm}`)).status, 204);
  });

  it('hears of the end of a host’s task that came while it was away, once', async () => {
    const vm = await aVm(broker);
    host.next.push('ignore');
    const asked = broker.ask('POST', `/api/vcenter/vm/${vm}/power?action=start`).catch(() => undefined);
    const command = await waitUntil('the host has it', () => {
      const last = host.received.at(-1);
      return last?.name === 'powerOnVm' && last.body.vmId === vm ? last : undefined;
    });
    await broker.kill();
    await asked;
    const id = randomUUID();
    await host.tell('vmPoweredOn', { taskId: command.id, vmId: vm, hostId: 'esx-1' }, id);
    await broker.start();
    assert.equal((await ended(command.id)).status, 'SUCCEEDED');
    assert.equal((await broker.ask('GET', `/api/vcenter/vm/${vm}/power`)).body.state, 'POWERED_ON');
    assert.equal((await broker.database.query('SELECT 1 FROM handled_events WHERE id = $1', [id])).length, 1);
  });

  it('does not let a late copy of an event undo what came after it', async () => {
    const vm = await aVm(broker);
    const power = `/api/vcenter/vm/${vm}/power`;
    assert.equal((await broker.ask('POST', `${power}?action=start`)).status, 204);
    const on = host.received.at(-1);
    assert.equal((await broker.ask('POST', `${power}?action=stop`)).status, 204);
    await host.tell('vmPoweredOn', { taskId: on?.id ?? '', vmId: vm, hostId: 'esx-1' });
    await host.tell('hostStarted', { hostId: 'esx-1', startedAt: new Date(0).toISOString(), poweredOn: [vm] });
    // Events are worked on in the order in which they came, or nearly: a task that follows ends after both.
    await aVm(broker);
    assert.equal((await broker.ask('GET', power)).body.state, 'POWERED_OFF');
  });

  it('sends a command again that JetStream lost', async () => {
    const vm = await aVm(broker);
    await host.close();
    const asked = broker.ask('POST', `/api/vcenter/vm/${vm}/power?action=start`);
    await waitUntil('the command is published', async () => {
      const rows = await broker.database.query(`SELECT 1 FROM outbox WHERE NOT settled AND sent_at IS NOT NULL`);
      return rows.length === 1;
    });
    await broker.nats.kill();
    await rm(broker.nats.storeDirectory, { recursive: true, force: true });
    await broker.nats.start();
    const steward = await connectAs(broker.nats, 'steward');
    await provisionStreams(await jetstreamManager(steward.connection, { checkAPI: false }), hosts);
    await steward.close();
    host = await startHost(broker.nats, 'esx-1');
    assert.equal((await asked).status, 204);
    assert.ok(host.received.some(({ name, body }) => name === 'powerOnVm' && body.vmId === vm));
    assert.deepEqual(await broker.database.query('SELECT id FROM outbox WHERE NOT settled'), []);
  });
});
