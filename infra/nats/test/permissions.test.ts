import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Bus } from '@kagibako/bus/bus';
import { consume } from '@kagibako/bus/consume';
import { commandFact, eventFact } from '@kagibako/bus/event-facts';
import { publishFact } from '@kagibako/bus/facts';
import { commands } from '@kagibako/contracts/commands';
import { durables } from '@kagibako/contracts/streams';
import { provisionStreams } from '@kagibako/nats/provision-streams';
import { connectAs } from '@kagibako/testing/bus';
import { startNats, type TestNats } from '@kagibako/testing/nats';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const refused = /permissions violation|authorization violation/i;
const quick = { timeout: 1_000 };

describe('what the bus lets each process do', () => {
  let nats: TestNats;
  const bus: Record<'steward' | 'kms' | 'gateway' | 'broker' | 'esx1' | 'esx2' | 'observer', Bus> = {} as never;

  before(async () => {
    nats = await startNats();
    bus.steward = await connectAs(nats, 'steward');
    await provisionStreams(await jetstreamManager(bus.steward.connection, { checkAPI: false }), ['esx-1', 'esx-2']);
    bus.kms = await connectAs(nats, 'kms');
    bus.gateway = await connectAs(nats, 'kmip-gateway');
    bus.broker = await connectAs(nats, 'vcenter-broker');
    bus.esx1 = await connectAs(nats, 'esxi-agent-esx-1');
    bus.esx2 = await connectAs(nats, 'esxi-agent-esx-2');
    bus.observer = await connectAs(nats, 'observer');
  });

  after(async () => {
    for (const connected of Object.values(bus)) await connected.close();
    await nats.stop();
  });

  /** A subscription that is refused says so on its callback. */
  const subscribe = (from: Bus, subject: string, queue?: string): Promise<void> =>
    new Promise((done, fail) => {
      from.connection.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        callback: (error) => {
          if (error !== null) fail(error);
        },
      });
      from.connection.flush().then(() => setTimeout(done, 150), fail);
    });

  const command = commandFact('powerOnVm', 'command-1', 'esx-1', {
    taskId: 't-1',
    vmId: 'vm-1',
    path: '[esx-1] a/a.vmx',
  });
  const eventOf = (hostId: string) =>
    eventFact('vmPoweredOn', `event-${hostId}`, { taskId: 't-1', vmId: 'vm-1', hostId });

  it('refuses a connection without a certificate', async () => {
    const settings = await nats.settingsFor('kms');
    const { readFileSync } = await import('node:fs');
    await assert.rejects(
      connect({
        servers: settings.natsUrl,
        tls: { ca: readFileSync(settings.natsCaFile, 'utf8') },
        maxReconnectAttempts: 0,
        timeout: 2_000,
      }),
    );
  });

  it('refuses a certificate of its own CA that names no user', async () => {
    const settings = await nats.settingsFor('stranger');
    await assert.rejects(
      connect({
        servers: settings.natsUrl,
        tls: { caFile: settings.natsCaFile, certFile: settings.natsCertFile, keyFile: settings.natsKeyFile },
        maxReconnectAttempts: 0,
      }),
      /authorization/i,
    );
  });

  it('lets the broker command a host and the host work on its own commands', async () => {
    await publishFact(bus.broker, command);
    const received: string[] = [];
    const done = Promise.withResolvers<void>();
    const consumer = consume(bus.esx1, {
      stream: 'HOSTCMD',
      durable: 'esx-1',
      concurrency: 1,
      subscriptions: [
        {
          name: commands.powerOnVm.command,
          template: 'test',
          schema: commands.powerOnVm.body,
          handle: async (_body, { id }) => {
            received.push(id);
            done.resolve();
          },
        },
      ],
    });
    await done.promise;
    await consumer.stop();
    assert.deepEqual(received, ['command-1']);
  });

  it('lets a host publish its own events and the broker consume them', async () => {
    const acknowledgement = await publishFact(bus.esx1, eventOf('esx-1'));
    assert.equal(acknowledgement.stream, 'EVT');
    const consumer = await bus.broker.jetstream.consumers.get(durables.brokerEvents.stream, durables.brokerEvents.name);
    const message = await consumer.next({ expires: 2_000 });
    message?.ack();
    assert.equal(message?.subject, 'kagibako.evt.esxi-agent.v1.esx-1.vm-powered-on');
  });

  const refusals: [string, () => Promise<unknown>][] = [
    ['a host publish an event of another', () => publishFact(bus.esx1, eventOf('esx-2'))],
    [
      'a host command another',
      () => publishFact(bus.esx1, { ...command, id: 'x', subject: 'kagibako.cmd.host.v1.esx-2.power-on-vm' }),
    ],
    ['a host use the consumer of another', () => bus.esx1.jetstream.consumers.get('HOSTCMD', 'esx-2')],
    [
      'a host ask for keys as another',
      () => bus.esx1.connection.request('kagibako.rpc.vcenter-broker.v1.host.esx-2.get-keys', '', quick),
    ],
    ['a host speak to kms', () => bus.esx1.connection.request('kagibako.rpc.kms.v1.get-key', '', quick)],
    [
      'a host listen to the requests of another',
      () => subscribe(bus.esx1, 'kagibako.rpc.esxi-agent.v1.host.esx-2.digest-block', 'esxi-agent'),
    ],
    ['a host read the inbox of another', () => subscribe(bus.esx1, '_INBOX_esxi-agent-esx-2.>')],
    ['the gateway command a host', () => publishFact(bus.gateway, { ...command, id: 'y' })],
    [
      'the gateway use the broker’s requests',
      () => bus.gateway.connection.request('kagibako.rpc.kms.v1.get-key', '', quick),
    ],
    ['the gateway answer for kms', () => subscribe(bus.gateway, 'kagibako.rpc.kms.v1.execute-kmip', 'kms')],
    ['kms listen outside its queue group', () => subscribe(bus.kms, 'kagibako.rpc.kms.v1.execute-kmip')],
    ['the broker listen to everything', () => subscribe(bus.broker, '>')],
    [
      'the broker listen to KMIP traffic',
      () => subscribe(bus.broker, 'kagibako.rpc.kms.v1.execute-kmip', 'vcenter-broker'),
    ],
    [
      'the broker make a consumer',
      async () => {
        const manager = await jetstreamManager(bus.broker.connection, { checkAPI: false, timeout: 1_000 });
        await manager.consumers.add('EVT', { durable_name: 'spy' });
      },
    ],
    [
      'the broker purge events',
      async () => {
        const manager = await jetstreamManager(bus.broker.connection, { checkAPI: false, timeout: 1_000 });
        await manager.streams.purge('EVT');
      },
    ],
    ['the observer publish anything', () => bus.observer.connection.request('kagibako.rpc.kms.v1.get-key', '', quick)],
    ['the steward ask for keys', () => bus.steward.connection.request('kagibako.rpc.kms.v1.get-key', '', quick)],
  ];
  for (const [what, attempt] of refusals) {
    it(`does not let ${what}`, () => assert.rejects(attempt, refused));
  }

  it('lets the observer see requests that others send', async () => {
    const seen = Promise.withResolvers<string>();
    bus.observer.connection.subscribe('kagibako.rpc.>', {
      callback: (_error, message) => seen.resolve(message.subject),
    });
    await bus.observer.connection.flush();
    await bus.gateway.connection.request('kagibako.rpc.kms.v1.execute-kmip', '', quick).catch(() => undefined);
    assert.equal(await seen.promise, 'kagibako.rpc.kms.v1.execute-kmip');
  });
});
