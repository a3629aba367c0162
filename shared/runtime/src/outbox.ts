import { delivery } from '@kagibako/contracts/streams';
import type { Logger } from '@kagibako/telemetry/logger';
import type { Metrics } from '@kagibako/telemetry/metrics';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Database, Queryable } from './database.ts';

const pollEveryMs = 100;
/** Bus or database are away: no need to ask, and to log, ten times a second. */
const pollAfterFailureMs = 1_000;
const rowsPerRound = 200;
const forgetEveryMs = 10 * 60 * 1_000;
/** A sent row that is settled and older is of no use to anybody. */
const keepMs = 24 * 60 * 60 * 1_000;

/**
 * A row of the table `outbox`, written in the same SQL statement as the change it tells of. `settled` is false for a
 * command until its task has ended: it is sent again after JetStream lost what it held, however old it is.
 */
export interface OutboxRow {
  id: string;
  subject: string;
  template: string;
  type: string;
  data: unknown;
  traceparent: string | null;
  created_at: Date;
}

export interface OutboxRelay {
  /** Looks at once instead of at the next poll. */
  kick(): void;
  /** JetStream may have been wiped: sends again what is recent or unsettled. Consumers are idempotent by id. */
  replay(): Promise<void>;
  stop(): Promise<void>;
}

/** Publishes outbox rows in order, marks them sent, and keeps them for a replay. Several processes may run it. */
export function startOutboxRelay(options: {
  database: Database;
  logger: Logger;
  metrics: Metrics;
  publish: (row: OutboxRow) => Promise<unknown>;
}): OutboxRelay {
  let stopped = false;
  let wake: (() => void) | undefined;
  const pause = (ms: number): Promise<void> =>
    new Promise((done) => {
      const timer = setTimeout(done, ms);
      wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const sent = await publishRound(options).catch((error: unknown) => {
        options.logger.warn({ err: error }, 'outbox waits');
        options.metrics.count('outboxPublished', { result: 'failed' });
        return undefined;
      });
      if (sent === undefined) await pause(pollAfterFailureMs);
      else if (sent < rowsPerRound) await pause(pollEveryMs);
    }
  };
  const forgetting = setInterval(
    () =>
      void forget(options.database).catch((error: unknown) =>
        options.logger.warn({ err: error }, 'sent outbox rows stay'),
      ),
    forgetEveryMs,
  );
  // No span of its own: a poll every 100 ms says nothing; each publication continues its row's trace.
  const running = context.with(ROOT_CONTEXT, loop);
  return {
    kick: () => wake?.(),
    replay: () => replay(options.database),
    stop: async () => {
      stopped = true;
      clearInterval(forgetting);
      wake?.();
      await running;
    },
  };
}

/** `SKIP LOCKED` lets other processes pass; a crash before COMMIT sends the rows again, under the same ids. */
async function publishRound(options: {
  database: Database;
  metrics: Metrics;
  publish: (row: OutboxRow) => Promise<unknown>;
}): Promise<number> {
  const client = await options.database.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<OutboxRow & { seq: string }>(
      `SELECT seq, id, subject, template, type, data, traceparent, created_at FROM outbox
       WHERE sent_at IS NULL ORDER BY seq LIMIT ${rowsPerRound} FOR UPDATE SKIP LOCKED`,
    );
    if (rows.length > 0) {
      await Promise.all(rows.map(options.publish));
      await client.query('UPDATE outbox SET sent_at = now() WHERE seq = ANY($1::bigint[])', [
        rows.map((row) => row.seq),
      ]);
      options.metrics.count('outboxPublished', { result: 'ok' }, rows.length);
    }
    await client.query('COMMIT');
    return rows.length;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function replay(database: Queryable): Promise<void> {
  await database.query(
    `UPDATE outbox SET sent_at = NULL
     WHERE sent_at IS NOT NULL AND (NOT settled OR sent_at > now() - make_interval(secs => $1::double precision / 1000))`,
    [delivery.outboxReplayWindowMs],
  );
}

async function forget(database: Queryable): Promise<void> {
  await database.query(
    'DELETE FROM outbox WHERE settled AND sent_at < now() - make_interval(secs => $1::double precision / 1000)',
    [keepMs],
  );
}
