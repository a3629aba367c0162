import type { Fact } from '@kagibako/bus/facts';
import type { AuditEntry } from '../audit.ts';
import { explainConflict, type Sql } from './sql.ts';

/** What is written in the same statement as a change: who did it, and the events and commands that follow from it. */
export interface Recorded {
  audit: AuditEntry;
  facts?: readonly Fact[];
  /** Sent again after JetStream lost it, however old it is, until its task has ended. */
  command?: Fact | undefined;
}

const auditColumns = 'actor, action, object_id, outcome, reason, peer_address, trace_id';
const auditTypes =
  'actor text, action text, object_id text, outcome text, reason text, peer_address text, trace_id text';

const insertAudit = `INSERT INTO audit (${auditColumns})
  SELECT ${auditColumns} FROM jsonb_to_record($1::jsonb) AS entry(${auditTypes})`;

/** CTEs that follow the one named `changed`: they write if it has a row, and not at all if it has none. */
const recording = `
  logged AS (${insertAudit} WHERE EXISTS (SELECT FROM changed)),
  told AS (
    INSERT INTO outbox (id, subject, template, type, data, traceparent, settled)
    SELECT id, subject, template, type, data, traceparent, settled
    FROM jsonb_to_recordset($2::jsonb)
      AS fact(id text, subject text, template text, type text, data jsonb, traceparent text, settled boolean)
    WHERE EXISTS (SELECT FROM changed))`;

/**
 * Runs one change as one statement. `changed` is its CTEs, one of which is named `changed` and returns a row when there
 * is something to change; parameters begin at $3. Answers the rows of `changed`.
 */
export async function makeChange<R extends Record<string, unknown>>(
  sql: Sql,
  { audit, facts = [], command }: Recorded,
  changed: string,
  parameters: readonly unknown[],
): Promise<R[]> {
  const rows = [...facts.map((fact) => outboxRow(fact, true)), ...(command ? [outboxRow(command, false)] : [])];
  const text = `WITH ${changed}, ${recording} SELECT * FROM changed`;
  try {
    const values = [JSON.stringify(auditRow(audit)), JSON.stringify(rows), ...parameters];
    return (await sql.query<R>(text, values)).rows;
  } catch (error) {
    throw explainConflict(error);
  }
}

/** An entry by itself: a request that was refused, or that changed nothing here. */
export async function writeAudit(sql: Sql, audit: AuditEntry): Promise<void> {
  await sql.query(insertAudit, [JSON.stringify(auditRow(audit))]);
}

function auditRow(entry: AuditEntry): Record<string, string | undefined> {
  return {
    actor: entry.actor,
    action: entry.action,
    object_id: entry.objectId,
    outcome: entry.outcome,
    reason: entry.reason,
    peer_address: entry.peerAddress,
    trace_id: entry.traceId,
  };
}

function outboxRow(fact: Fact, settled: boolean): Record<string, unknown> {
  const { id, subject, template, type, data, traceparent } = fact;
  return { id, subject, template, type, data, traceparent, settled };
}
