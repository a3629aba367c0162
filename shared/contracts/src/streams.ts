const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const dayMs = 24 * 60 * minuteMs;

/** JetStream's streams and their durable consumers. NATS is never the record: each may be wiped without loss. */
export const streams = {
  HOSTCMD: {
    subjects: ['kagibako.cmd.host.v1.>'],
    retention: 'workqueue',
    storage: 'file',
    maxAgeMs: dayMs,
    messagesMax: 100_000,
    discard: 'new',
    duplicateWindowMs: 15 * minuteMs,
  },
  EVT: {
    subjects: ['kagibako.evt.>'],
    retention: 'limits',
    storage: 'file',
    maxAgeMs: 7 * dayMs,
    messagesMax: 1_000_000,
    discard: 'old',
    duplicateWindowMs: 15 * minuteMs,
  },
  PROGRESS: {
    subjects: ['kagibako.prog.>'],
    retention: 'limits',
    storage: 'memory',
    maxAgeMs: 60 * minuteMs,
    messagesMax: 10_000,
    messagesPerSubjectMax: 1,
    discard: 'old',
    duplicateWindowMs: minuteMs,
  },
  ADV: {
    subjects: ['$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>'],
    retention: 'limits',
    storage: 'file',
    maxAgeMs: 7 * dayMs,
    messagesMax: 100_000,
    discard: 'old',
    duplicateWindowMs: minuteMs,
  },
  DLQ: {
    subjects: ['kagibako.dlq.>'],
    retention: 'limits',
    storage: 'file',
    maxAgeMs: 30 * dayMs,
    messagesMax: 100_000,
    discard: 'old',
    duplicateWindowMs: 15 * minuteMs,
  },
} as const;

export type StreamName = keyof typeof streams;

/** Delivery rules of every durable consumer: a long task keeps its lease by saying it works. */
export const delivery = {
  ackWaitMs: 30 * secondMs,
  workingEveryMs: 10 * secondMs,
  deliveriesMax: 5,
  redeliverAfterMs: [1 * secondMs, 3 * secondMs, 10 * secondMs, 30 * secondMs],
  hostCommandsInFlightMax: 4,
  eventsInFlightMax: 64,
  /** Rows of an outbox are published again after JetStream lost what it held; consumers are idempotent for longer. */
  outboxReplayWindowMs: 15 * minuteMs,
} as const;

/** Durable consumers that exist besides one per host on HOSTCMD (named by the host's id). */
export const durables = {
  brokerEvents: { stream: 'EVT', name: 'vcenter-broker', filter: 'kagibako.evt.esxi-agent.v1.>' },
  stewardAdvisories: { stream: 'ADV', name: 'steward', filter: '$JS.EVENT.ADVISORY.CONSUMER.>' },
} as const satisfies Record<string, { stream: StreamName; name: string; filter: string }>;
