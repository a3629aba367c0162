import type { Service } from '@kagibako/contracts/subjects';
import { inSpan, SpanKind } from '@kagibako/telemetry/span';
import { contextOf } from '@kagibako/telemetry/trace-context';
import type { PubAck } from '@nats-io/jetstream';
import type { Bus } from './bus.ts';
import { messagingAttributes } from './request-reply.ts';
import { headersWithTrace } from './trace-headers.ts';

/** What goes into JetStream: an event, or a command. It is made once, in the outbox or journal, and may be sent often. */
export interface Fact {
  /** Nats-Msg-Id and CloudEvents id. */
  id: string;
  subject: string;
  /** The subject with ids replaced, for span names. */
  template: string;
  /** CloudEvents type: `kagibako.<service>.<event>.v1`, or the command. */
  type: string;
  source: Service;
  data: unknown;
  time: string;
  traceparent?: string | undefined;
}

/** A fact as its row in an outbox kept it. */
export function factOfRow(
  row: Omit<Fact, 'source' | 'time' | 'traceparent'> & { traceparent: string | null; created_at: Date },
  source: Service,
): Fact {
  const { id, subject, template, type, data, traceparent, created_at } = row;
  return {
    id,
    subject,
    template,
    type,
    data,
    source,
    time: created_at.toISOString(),
    traceparent: traceparent ?? undefined,
  };
}

/** Publishes as a CloudEvent in binary mode (NATS protocol binding); resolves when JetStream has it. */
export async function publishFact(bus: Bus, fact: Fact): Promise<PubAck> {
  const attributes = { ...messagingAttributes(fact.template, 'publish', 'send'), 'messaging.message.id': fact.id };
  const options = { kind: SpanKind.PRODUCER, attributes, parent: contextOf(fact.traceparent) };
  return await inSpan(`publish ${fact.template}`, options, async (span) => {
    const acknowledgement = await bus.jetstream.publish(fact.subject, JSON.stringify(fact.data), {
      msgID: fact.id,
      headers: headersWithTrace(cloudEventFields(fact)),
    });
    span.setAttributes({
      'messaging.nats.stream': acknowledgement.stream,
      'messaging.nats.stream.sequence': acknowledgement.seq,
      'messaging.nats.duplicate': acknowledgement.duplicate,
    });
    return acknowledgement;
  });
}

function cloudEventFields(fact: Fact): Record<string, string | undefined> {
  return {
    'ce-specversion': '1.0',
    'ce-id': fact.id,
    'ce-type': fact.type,
    'ce-source': `/kagibako/${fact.source}`,
    'ce-time': fact.time,
    'ce-datacontenttype': 'application/json',
    'ce-traceparent': fact.traceparent,
  };
}
