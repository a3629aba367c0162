import type { Bus } from '@kagibako/bus/bus';
import { durables, streams } from '@kagibako/contracts/streams';
import type { JetStreamManager } from '@nats-io/jetstream';
import { type MsgHdrs, headers as newHeaders } from '@nats-io/transport-node';

/** The part of JetStream's max-deliveries advisory that names the message. */
interface Advisory {
  stream: string;
  consumer: string;
  stream_seq: number;
}

/**
 * Parks in DLQ what a consumer gave up on. In a work-queue stream such a message would stay for ever without ever being
 * delivered again, so the original is removed once the copy is safe.
 */
export async function parkDeadLetter(bus: Bus, manager: JetStreamManager, advisory: Advisory): Promise<void> {
  const message = await manager.streams.getMessage(advisory.stream, { seq: advisory.stream_seq });
  if (message === null) return;
  await bus.jetstream.publish(`kagibako.dlq.${advisory.stream}.${advisory.consumer}`, message.data, {
    msgID: `dlq-${advisory.stream}-${advisory.stream_seq}`,
    headers: withOrigin(message.header, message.subject),
  });
  if (isWorkQueue(advisory.stream)) await manager.streams.deleteMessage(advisory.stream, advisory.stream_seq);
  bus.metrics.count('deadLetters', { stream: advisory.stream, consumer: advisory.consumer });
  bus.logger.warn({ ...advisory, subject: message.subject }, 'message parked as a dead letter');
}

export const advisoryConsumer = durables.stewardAdvisories;

function withOrigin(original: MsgHdrs | undefined, subject: string): MsgHdrs {
  const copy = newHeaders();
  for (const [name, values] of original ?? [])
    for (const value of values) if (!name.startsWith('Nats-')) copy.append(name, value);
  copy.set('Kagibako-Origin-Subject', subject);
  return copy;
}

const isWorkQueue = (stream: string): boolean =>
  Object.entries(streams).some(([name, row]) => name === stream && row.retention === 'workqueue');
