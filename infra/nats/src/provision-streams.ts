import { delivery, durables, type StreamName, streams } from '@kagibako/contracts/streams';
import {
  AckPolicy,
  type ConsumerConfig,
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

/** Makes every stream and consumer of the table that is not there; leaves those that are. Answers what it made. */
export async function provisionStreams(manager: JetStreamManager, hostIds: readonly string[]): Promise<string[]> {
  const made: string[] = [];
  const existing = new Set(await manager.streams.names().next());
  for (const name of Object.keys(streams) as StreamName[]) {
    if (existing.has(name)) continue;
    await manager.streams.add({ name, ...streamConfig(name) });
    made.push(name);
  }
  for (const { stream, config } of wantedConsumers(hostIds))
    if (await ensureConsumer(manager, stream, config)) made.push(`${stream}/${config.durable_name}`);
  return made;
}

function streamConfig(name: StreamName): Partial<StreamConfig> {
  const row: (typeof streams)[StreamName] & { messagesPerSubjectMax?: number } = streams[name];
  return {
    subjects: [...row.subjects],
    retention: row.retention === 'workqueue' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: row.storage === 'memory' ? StorageType.Memory : StorageType.File,
    discard: row.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old,
    max_age: nanos(row.maxAgeMs),
    max_msgs: row.messagesMax,
    max_msgs_per_subject: row.messagesPerSubjectMax ?? -1,
    duplicate_window: nanos(row.duplicateWindowMs),
  };
}

function wantedConsumers(
  hostIds: readonly string[],
): { stream: StreamName; config: Partial<ConsumerConfig> & { durable_name: string } }[] {
  const shared = Object.values(durables).map(({ stream, name, filter }) => ({
    stream,
    config: durable(name, filter, delivery.eventsInFlightMax),
  }));
  const hosts = hostIds.map((hostId) => ({
    stream: 'HOSTCMD' as const,
    config: durable(hostId, `kagibako.cmd.host.v1.${hostId}.>`, delivery.hostCommandsInFlightMax),
  }));
  return [...shared, ...hosts];
}

const durable = (name: string, filter: string, inFlightMax: number) => ({
  durable_name: name,
  filter_subject: filter,
  ack_policy: AckPolicy.Explicit,
  ack_wait: nanos(delivery.ackWaitMs),
  max_deliver: delivery.deliveriesMax,
  max_ack_pending: inFlightMax,
});

async function ensureConsumer(
  manager: JetStreamManager,
  stream: StreamName,
  config: Partial<ConsumerConfig> & { durable_name: string },
): Promise<boolean> {
  const names = (await manager.consumers.list(stream).next()).map((consumer) => consumer.name);
  if (names.includes(config.durable_name)) return false;
  await manager.consumers.add(stream, config);
  return true;
}
