import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Bus } from '@kagibako/bus/bus';
import { consume } from '@kagibako/bus/consume';
import { commandFact, commandTemplate } from '@kagibako/bus/event-facts';
import { publishFact } from '@kagibako/bus/facts';
import { commands } from '@kagibako/contracts/commands';
import { Failure } from '@kagibako/contracts/failures';
import { commandSubject } from '@kagibako/contracts/subjects';
import { followAdvisories, keepStreams } from '@kagibako/nats/stewardship';
import { connectAs } from '@kagibako/testing/bus';
import { startNats, type TestNats } from '@kagibako/testing/nats';
import { waitUntil } from '@kagibako/testing/wait-until';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';

const hostId = 'esx-1';
const parkedWithinMs = 30_000;
const { command, body: schema } = commands.deleteVm;

describe('a command that a host cannot do', () => {
  let nats: TestNats;
  let steward: Bus;
  let broker: Bus;
  let host: Bus;
  let manager: JetStreamManager;
  const attempts: { id: string; attempt: number }[] = [];
  const stops: (() => unknown)[] = [];

  before(async () => {
    nats = await startNats();
    steward = await connectAs(nats, 'steward');
    broker = await connectAs(nats, 'vcenter-broker');
    host = await connectAs(nats, 'esxi-agent-esx-1');
    manager = await jetstreamManager(steward.connection, { checkAPI: false });
    const keeper = keepStreams(steward, [hostId]);
    await waitUntil('the streams are there', () =>
      keeper.ready().then(
        () => true,
        () => false,
      ),
    );
    const follower = followAdvisories(steward);
    const consumer = consume(host, {
      stream: 'HOSTCMD',
      durable: hostId,
      concurrency: 1,
      subscriptions: [
        {
          name: command,
          template: commandTemplate(command),
          schema,
          handle: async (_body, delivered) => {
            attempts.push({ id: delivered.id, attempt: delivered.attempt });
            if (delivered.attempt === 1) throw new Failure('ServiceUnavailable', 'not now');
          },
        },
      ],
    });
    stops.push(() => consumer.stop(), follower.stop, keeper.stop);
  });

  after(async () => {
    for (const stop of stops) await stop();
    for (const bus of [host, broker, steward]) await bus.close();
    await nats.stop();
  });

  const left = async (stream: string): Promise<number> => (await manager.streams.info(stream)).state.messages;

  it('comes again, and is gone once it is done', async () => {
    const id = randomUUID();
    await publishFact(
      broker,
      commandFact('deleteVm', id, hostId, { taskId: 't', vmId: 'vm-1', path: '[esx-1] a/a.vmx' }),
    );
    await waitUntil('the command is done', async () => (await left('HOSTCMD')) === 0);
    assert.deepEqual(attempts, [
      { id, attempt: 1 },
      { id, attempt: 2 },
    ]);
  });

  it('is parked as a dead letter when it cannot be read, and blocks nobody', async () => {
    const known = attempts.length;
    await broker.jetstream.publish(commandSubject(hostId, command), '{"not":"a command"}');
    await waitUntil(
      'it is parked',
      async () => (await left('DLQ')) === 1 && (await left('HOSTCMD')) === 0,
      parkedWithinMs,
    );
    const parked = await manager.streams.getMessage('DLQ', { last_by_subj: `kagibako.dlq.HOSTCMD.${hostId}` });
    assert.equal(parked?.string(), '{"not":"a command"}');
    assert.equal(parked.header.get('Kagibako-Origin-Subject'), commandSubject(hostId, command));
    assert.equal(attempts.length, known);
  });
});
