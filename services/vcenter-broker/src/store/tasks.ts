import type { FailureCode } from '@kagibako/contracts/failures';
import type { NewVm } from '../inventory.ts';
import type { TaskOperation } from '../tasks.ts';
import { makeChange, type Recorded } from './recorded-change.ts';
import type { Sql } from './sql.ts';
import type { PowerState } from './vms.ts';

export interface Task {
  id: string;
  operation: TaskOperation;
  vmId: string;
  hostId: string;
  user: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  phase: 'key' | 'host' | 'ended';
  keyProvider: string | undefined;
  error: { code: string; message: string } | undefined;
  traceparent: string | undefined;
  startedAt: Date;
  endedAt: Date | undefined;
}

export type NewTask = Pick<Task, 'id' | 'operation' | 'vmId' | 'hostId' | 'user' | 'keyProvider' | 'traceparent'>;

export const tasksListedMax = 1_000;

const insertTask = `INSERT INTO tasks (id, operation, vm_id, host_id, user_name, status, phase, key_provider, traceparent)`;
const taskParameters = (task: NewTask): unknown[] => [
  task.id,
  task.operation,
  task.vmId,
  task.hostId,
  task.user,
  task.keyProvider ?? null,
  task.traceparent ?? null,
];

/** A VM that does not exist yet, and the task that makes it. @throws Failure AlreadyExists */
export async function startCreation(sql: Sql, recorded: Recorded, task: NewTask, vm: NewVm): Promise<void> {
  await makeChange(
    sql,
    recorded,
    `changed AS (${insertTask} VALUES ($3, $4, $5, $6, $7, 'RUNNING', 'host', $8, $9) RETURNING id),
    made AS (
      INSERT INTO vms (id, host_id, name, path, guest_os, cpu_count, memory_mib, policy_id)
      VALUES ($5, $6, $10, $11, $12, $13, $14, $15))`,
    [...taskParameters(task), vm.name, vm.path, vm.guestOs, vm.cpuCount, vm.memoryMiB, vm.policyId],
  );
}

/** What a VM must be for a task to start; whoever asked has been told already where it was not. */
export interface VmCondition {
  powerState: PowerState;
  /** Undefined: either. */
  encrypted: boolean | undefined;
}

/** False when the VM is no longer as it must be. @throws Failure ResourceInUse while another task works on it */
export async function startTask(
  sql: Sql,
  recorded: Recorded,
  task: NewTask,
  { phase, condition }: { phase: 'key' | 'host'; condition: VmCondition },
): Promise<boolean> {
  const rows = await makeChange(
    sql,
    recorded,
    `changed AS (
      ${insertTask}
      SELECT $3, $4, id, $6, $7, 'RUNNING', $10, $8, $9 FROM vms
      WHERE id = $5 AND host_id = $6 AND present AND power_state = $11
        AND ($12::boolean IS NULL OR (key_id IS NOT NULL) = $12)
      RETURNING id)`,
    [...taskParameters(task), phase, condition.powerState, condition.encrypted ?? null],
  );
  return rows.length > 0;
}

/** The key is there: grants it to the host and hands the task over. False when the task has ended meanwhile. */
export async function distributeKey(
  sql: Sql,
  recorded: Recorded,
  { taskId, providerId, keyId }: { taskId: string; providerId: string; keyId: string },
): Promise<boolean> {
  const rows = await makeChange(
    sql,
    recorded,
    `changed AS (
      UPDATE tasks SET phase = 'host' WHERE id = $3 AND phase = 'key' RETURNING host_id, vm_id),
    granted AS (
      INSERT INTO key_grants (host_id, key_provider, key_id, vm_id, reason)
      SELECT host_id, $4, $5, vm_id, 'encrypts a VM placed here' FROM changed)`,
    [taskId, providerId, keyId],
  );
  return rows.length > 0;
}

/** A task that never reached the host has failed. */
export async function failBeforeHost(
  sql: Sql,
  recorded: Recorded,
  { taskId, code, message }: { taskId: string; code: FailureCode; message: string },
): Promise<void> {
  await makeChange(
    sql,
    recorded,
    `changed AS (
      UPDATE tasks SET status = 'FAILED', phase = 'ended', error_code = $4, error_message = $5, ended_at = now()
      WHERE id = $3 AND phase = 'key' RETURNING id)`,
    [taskId, code, message],
  );
}

interface TaskRow extends Record<string, unknown> {
  id: string;
  operation: TaskOperation;
  vm_id: string;
  host_id: string;
  user_name: string;
  status: Task['status'];
  phase: Task['phase'];
  key_provider: string | null;
  error_code: string | null;
  error_message: string | null;
  traceparent: string | null;
  started_at: Date;
  ended_at: Date | null;
}

const selectTasks = `SELECT id, operation, vm_id, host_id, user_name, status, phase, key_provider, error_code,
  error_message, traceparent, started_at, ended_at FROM tasks`;

export async function findTask(sql: Sql, id: string): Promise<Task | undefined> {
  const [row] = (await sql.query<TaskRow>(`${selectTasks} WHERE id = $1`, [id])).rows;
  return row === undefined ? undefined : readRow(row);
}

/** Newest first. */
export async function listTasks(
  sql: Sql,
  filter: { tasks?: string[] | undefined; status?: string[] | undefined },
): Promise<Task[]> {
  const { rows } = await sql.query<TaskRow>(
    `${selectTasks} WHERE ($1::text[] IS NULL OR id = ANY($1)) AND ($2::text[] IS NULL OR status = ANY($2))
     ORDER BY started_at DESC LIMIT ${tasksListedMax}`,
    [filter.tasks ?? null, filter.status ?? null],
  );
  return rows.map(readRow);
}

export async function tasksWaitingForKey(sql: Sql): Promise<Task[]> {
  return (await sql.query<TaskRow>(`${selectTasks} WHERE phase = 'key' ORDER BY started_at`)).rows.map(readRow);
}

const readRow = (row: TaskRow): Task => ({
  id: row.id,
  operation: row.operation,
  vmId: row.vm_id,
  hostId: row.host_id,
  user: row.user_name,
  status: row.status,
  phase: row.phase,
  keyProvider: row.key_provider ?? undefined,
  error: row.error_code === null ? undefined : { code: row.error_code, message: row.error_message ?? '' },
  traceparent: row.traceparent ?? undefined,
  startedAt: row.started_at,
  endedAt: row.ended_at ?? undefined,
});
