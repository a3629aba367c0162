import { Failure } from '@kagibako/contracts/failures';
import { delivery, type StreamName } from '@kagibako/contracts/streams';
import { inSpan, SpanKind } from '@kagibako/telemetry/span';
import { spanContextOf } from '@kagibako/telemetry/trace-context';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { TSchema } from 'typebox';
import type { Bus } from './bus.ts';
import { decodeDocument } from './documents.ts';
import { messagingAttributes } from './request-reply.ts';
import { contextFromHeaders } from './trace-headers.ts';

/** What a consumer does with one kind of message. The handler must be idempotent by `id`. */
export interface Subscription {
  /** Last token of the subject: the event or the command. */
  name: string;
  template: string;
  schema: TSchema;
  /** `subject` names who said it where the publisher's permissions pin a token of it. */
  handle(body: unknown, delivery: { id: string; attempt: number; subject: string }): Promise<void>;
}

const consumerMissingRetryMs = 1_000;

/**
 * Works on a durable consumer until stopped. A message is acknowledged after its work; a handler that throws has it
 * delivered again, later each time, until the dead-letter stream takes it; one that cannot be read goes there soon.
 */
export function consume(
  bus: Bus,
  options: { stream: StreamName; durable: string; concurrency: number; subscriptions: readonly Subscription[] },
): { stop(): Promise<void> } {
  let stopped = false;
  let messages: ConsumerMessages | undefined;
  const inFlight = new Set<Promise<void>>();
  const loop = async (): Promise<void> => {
    while (!stopped) {
      try {
        const consumer = await bus.jetstream.consumers.get(options.stream, options.durable);
        messages = await consumer.consume({ max_messages: options.concurrency });
        void endWhenConsumerIsGone(messages);
        for await (const message of messages) {
          const work = workOn(bus, options, message).finally(() => inFlight.delete(work));
          inFlight.add(work);
          if (inFlight.size >= options.concurrency) await Promise.race(inFlight);
        }
      } catch (error) {
        if (!stopped)
          bus.logger.warn({ err: error, ...options, subscriptions: undefined }, 'consumer not there, trying again');
      }
      if (!stopped) await new Promise((done) => setTimeout(done, consumerMissingRetryMs));
    }
  };
  const running = loop();
  return {
    stop: async () => {
      stopped = true;
      await messages?.close();
      await Promise.allSettled([...inFlight]);
      await Promise.race([running, new Promise((done) => setTimeout(done, consumerMissingRetryMs))]);
    },
  };
}

/** JetStream's folder may be deleted under us; the loop then waits for the steward to make the consumer again. */
async function endWhenConsumerIsGone(messages: ConsumerMessages): Promise<void> {
  for await (const status of messages.status()) {
    const type: string = status.type;
    if (['consumer_not_found', 'stream_not_found', 'consumer_deleted', 'no_responders'].includes(type)) {
      messages.stop();
      return;
    }
  }
}

async function workOn(
  bus: Bus,
  options: { stream: StreamName; durable: string; subscriptions: readonly Subscription[] },
  message: JsMsg,
): Promise<void> {
  const subscription = options.subscriptions.find(({ name }) => message.subject.endsWith(`.${name}`));
  if (subscription === undefined) return settle(bus, message, 'ignored', () => message.ack());
  const parent = contextFromHeaders(message.headers);
  const link = spanContextOf(parent);
  const id = message.headers?.get('Nats-Msg-Id') ?? '';
  const attributes = {
    ...messagingAttributes(subscription.template, 'process', 'process'),
    'messaging.consumer.group.name': options.durable,
    'messaging.message.id': id,
    'messaging.nats.delivery_count': message.info.deliveryCount,
  };
  const lease = setInterval(() => message.working(), delivery.workingEveryMs);
  try {
    await inSpan(
      `process ${subscription.template}`,
      { kind: SpanKind.CONSUMER, attributes, parent, links: link === undefined ? [] : [{ context: link }] },
      async () =>
        subscription.handle(readBody(subscription, message), {
          id,
          attempt: message.info.deliveryCount,
          subject: message.subject,
        }),
    );
    settle(bus, message, 'ok', () => message.ack());
  } catch (error) {
    redeliver(bus, message, error);
  } finally {
    clearInterval(lease);
  }
}

class UnreadableMessage extends Error {
  override name = 'UnreadableMessage';
}

function readBody(subscription: Subscription, message: JsMsg): unknown {
  try {
    return decodeDocument(subscription.schema, message.data);
  } catch (error) {
    throw new UnreadableMessage('message does not fit its contract', { cause: error });
  }
}

function redeliver(bus: Bus, message: JsMsg, error: unknown): void {
  // At once until its deliveries are used up: a work-queue stream removes what is terminated before it can be parked.
  if (error instanceof UnreadableMessage) {
    bus.logger.error({ err: error, subject: message.subject }, 'unreadable message');
    settle(bus, message, 'unreadable', () => message.nak());
    return;
  }
  const wait = delivery.redeliverAfterMs[message.info.deliveryCount - 1] ?? delivery.redeliverAfterMs.at(-1);
  if (!(error instanceof Failure)) bus.logger.error({ err: error, subject: message.subject }, 'bug in a subscription');
  settle(bus, message, 'retried', () => message.nak(wait));
}

function settle(bus: Bus, message: JsMsg, result: string, settlement: () => void): void {
  settlement();
  bus.metrics.count('busDeliveries', { subject: message.subject.split('.').at(-1) ?? '', result });
}
