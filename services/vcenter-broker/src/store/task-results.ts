import { makeChange, type Recorded } from './recorded-change.ts';
import type { Sql } from './sql.ts';

/** Which event says it, and of which task; a host tells of its own tasks alone. */
export interface Told {
  eventId: string;
  taskId: string;
  hostId: string;
}

/**
 * CTEs of an event that ends a task: `changed` has the task's row the first time the event is seen while the task runs,
 * and the task's command need not be sent again. $3 event, $4 task, $5 host; `ending` sets the task's columns.
 */
const taskEnd = (ending: string): string => `
  running AS (SELECT id FROM tasks WHERE id = $4 AND host_id = $5 AND status = 'RUNNING'),
  seen AS (INSERT INTO handled_events (id) SELECT $3 FROM running ON CONFLICT DO NOTHING RETURNING id),
  changed AS (
    UPDATE tasks SET phase = 'ended', ended_at = now(), ${ending}
    WHERE id IN (SELECT id FROM running) AND EXISTS (SELECT FROM seen) RETURNING id, vm_id, host_id, operation),
  settled AS (UPDATE outbox SET settled = true WHERE id IN (SELECT id FROM changed))`;

const succeeded = taskEnd(`status = 'SUCCEEDED'`);
const parametersOf = ({ eventId, taskId, hostId }: Told): unknown[] => [eventId, taskId, hostId];

async function end(
  sql: Sql,
  recorded: Recorded,
  told: Told,
  statement: string,
  parameters: readonly unknown[] = [],
): Promise<boolean> {
  return (await makeChange(sql, recorded, statement, [...parametersOf(told), ...parameters])).length > 0;
}

/** Each of these answers whether the event was news. */
export const endCreation = (
  sql: Sql,
  recorded: Recorded,
  told: Told,
  disks: readonly { disk: string; capacityBytes: number; fileName: string }[],
): Promise<boolean> =>
  end(
    sql,
    recorded,
    told,
    `${succeeded},
    there AS (UPDATE vms SET present = true FROM changed WHERE vms.id = changed.vm_id),
    disks AS (
      INSERT INTO vm_disks (vm_id, disk, capacity_bytes, file_name)
      SELECT changed.vm_id, made.disk, made."capacityBytes", made."fileName"
      FROM changed, jsonb_to_recordset($6::jsonb) AS made(disk text, "capacityBytes" bigint, "fileName" text))`,
    [JSON.stringify(disks)],
  );

export const endDeletion = (sql: Sql, recorded: Recorded, told: Told): Promise<boolean> =>
  end(sql, recorded, told, `${succeeded}, gone AS (DELETE FROM vms USING changed WHERE vms.id = changed.vm_id)`);

export const endPowerChange = (sql: Sql, recorded: Recorded, told: Told, state: string): Promise<boolean> =>
  end(
    sql,
    recorded,
    told,
    `${succeeded},
    switched AS (
      UPDATE vms SET power_state = $6, power_changed_at = now() FROM changed WHERE vms.id = changed.vm_id)`,
    [state],
  );

export const endEncryption = (
  sql: Sql,
  recorded: Recorded,
  told: Told,
  { providerId, keyId, policyId }: { providerId: string; keyId: string; policyId: string },
): Promise<boolean> =>
  end(
    sql,
    recorded,
    told,
    `${succeeded},
    encrypted AS (
      UPDATE vms SET key_provider = $6, key_id = $7, policy_id = $8 FROM changed WHERE vms.id = changed.vm_id)`,
    [providerId, keyId, policyId],
  );

/** The host needs the VM's keys no more. */
export const endDecryption = (sql: Sql, recorded: Recorded, told: Told, policyId: string): Promise<boolean> =>
  end(
    sql,
    recorded,
    told,
    `${succeeded},
    decrypted AS (
      UPDATE vms SET key_provider = NULL, key_id = NULL, policy_id = $6 FROM changed WHERE vms.id = changed.vm_id),
    forgotten AS (DELETE FROM key_grants USING changed WHERE key_grants.vm_id = changed.vm_id)`,
    [policyId],
  );

/** The VM is as it was: a new one is not there, and a key it was to be encrypted with is granted no more. */
export const endInFailure = (
  sql: Sql,
  recorded: Recorded,
  told: Told,
  { code, message }: { code: string; message: string },
): Promise<boolean> =>
  end(
    sql,
    recorded,
    told,
    `${taskEnd(`status = 'FAILED', error_code = $6, error_message = $7`)},
    gone AS (DELETE FROM vms USING changed WHERE vms.id = changed.vm_id AND NOT vms.present),
    forgotten AS (
      DELETE FROM key_grants USING changed WHERE key_grants.vm_id = changed.vm_id AND changed.operation = 'encrypt')`,
    [code, message],
  );

/** VMs that run no more since the host started. An older start than the last known says nothing. */
export async function noteHostStart(
  sql: Sql,
  recorded: Recorded,
  start: { eventId: string; hostId: string; startedAt: string; poweredOn: readonly string[] },
): Promise<boolean> {
  const rows = await makeChange(
    sql,
    recorded,
    `seen AS (
      INSERT INTO handled_events (id) SELECT $3 FROM hosts WHERE id = $4 ON CONFLICT DO NOTHING RETURNING id),
    changed AS (
      UPDATE hosts SET started_at = $5
      WHERE id = $4 AND EXISTS (SELECT FROM seen) AND (started_at IS NULL OR started_at < $5) RETURNING id),
    off AS (
      UPDATE vms SET power_state = 'POWERED_OFF', power_changed_at = now() FROM changed
      WHERE vms.host_id = changed.id AND power_state = 'POWERED_ON' AND NOT vms.id = ANY($6::text[])
        AND power_changed_at < $5)`,
    [start.eventId, start.hostId, start.startedAt, start.poweredOn],
  );
  return rows.length > 0;
}

/** Longer than the stream keeps an event that could come again. */
const eventsKeptMs = 8 * 24 * 60 * 60 * 1_000;

export async function forgetOldEvents(sql: Sql): Promise<void> {
  await sql.query('DELETE FROM handled_events WHERE at < now() - make_interval(secs => $1::double precision / 1000)', [
    eventsKeptMs,
  ]);
}
