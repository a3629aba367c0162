import type { Fact } from '@kagibako/bus/facts';
import type { AuditEntry } from '../audit.ts';
import { explainConflict, type Sql } from './sql.ts';

/** What is written in the same statement as a change: who did it, the events that tell of it, and its request's id. */
export interface Recorded {
  audit: AuditEntry;
  facts: readonly Fact[];
  request?: { id: string; item: number } | undefined;
}

/** Parameters of `recording`, so a statement's own begin at $4. */
const recordingParameters = (recorded: Recorded): unknown[] => [
  JSON.stringify(auditRow(recorded.audit)),
  JSON.stringify(recorded.facts.map(outboxRow)),
  recorded.request === undefined ? '{}' : JSON.stringify(recorded.request),
];

const auditColumns =
  'instance_id, adapter_id, actor, action, operation, object_id, outcome, reason, peer_address, trace_id, request_id';
const auditTypes =
  'instance_id uuid, adapter_id uuid, actor text, action text, operation text, object_id text, outcome text, ' +
  'reason text, peer_address text, trace_id text, request_id text';

const insertAudit = `INSERT INTO audit (${auditColumns})
  SELECT ${auditColumns} FROM jsonb_to_record($1::jsonb) AS entry(${auditTypes})`;

/**
 * CTEs that follow the one named `changed`: they write if it has a row, and not at all if it has none. A request's id
 * that was written before makes the whole statement fail, and so the change happens once.
 */
const recording = `
  logged AS (${insertAudit} WHERE EXISTS (SELECT FROM changed)),
  told AS (
    INSERT INTO outbox (id, subject, template, type, data, traceparent)
    SELECT id, subject, template, type, data, traceparent
    FROM jsonb_to_recordset($2::jsonb)
      AS fact(id text, subject text, template text, type text, data jsonb, traceparent text)
    WHERE EXISTS (SELECT FROM changed)),
  once AS (
    INSERT INTO kms_requests (request_id, item)
    SELECT id, item FROM jsonb_to_record($3::jsonb) AS request(id text, item integer)
    WHERE id IS NOT NULL AND EXISTS (SELECT FROM changed))`;

/**
 * Runs one change as one statement. `changed` is its CTEs, the first of which is named `changed` and returns a row when
 * there is something to change; parameters begin at $4. Answers whether the change was made.
 */
export async function makeChange(
  sql: Sql,
  recorded: Recorded,
  changed: string,
  parameters: readonly unknown[],
): Promise<boolean> {
  const text = `WITH ${changed}, ${recording} SELECT count(*)::integer AS count FROM changed`;
  try {
    const { rows } = await sql.query<{ count: number }>(text, [...recordingParameters(recorded), ...parameters]);
    return (rows[0]?.count ?? 0) > 0;
  } catch (error) {
    throw explainConflict(error);
  }
}

/** Reads with an audit entry in the same statement, written if there is something to read. Parameters begin at $2. */
export async function readRecorded<R extends Record<string, unknown>>(
  sql: Sql,
  audit: AuditEntry,
  select: string,
  parameters: readonly unknown[],
): Promise<R | undefined> {
  const text = `WITH found AS (${select}), logged AS (${insertAudit} WHERE EXISTS (SELECT FROM found))
    SELECT * FROM found`;
  return (await sql.query<R>(text, [JSON.stringify(auditRow(audit)), ...parameters])).rows[0];
}

/** An entry by itself: a request that was refused, or that only read. */
export async function writeAudit(sql: Sql, audit: AuditEntry): Promise<void> {
  await sql.query(insertAudit, [JSON.stringify(auditRow(audit))]);
}

function auditRow(entry: AuditEntry): Record<string, string | undefined> {
  return {
    instance_id: entry.instanceId,
    adapter_id: entry.adapterId,
    actor: entry.actor,
    action: entry.action,
    operation: entry.operation,
    object_id: entry.objectId,
    outcome: entry.outcome,
    reason: entry.reason,
    peer_address: entry.peerAddress,
    trace_id: entry.traceId,
    request_id: entry.requestId,
  };
}

function outboxRow({ id, subject, template, type, data, traceparent }: Fact): Record<string, unknown> {
  return { id, subject, template, type, data, traceparent };
}
