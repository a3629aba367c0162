import type { Sql } from './sql.ts';

export type PowerState = 'POWERED_ON' | 'POWERED_OFF';

export interface VmDisk {
  disk: string;
  capacityBytes: number;
  fileName: string;
}

export interface Vm {
  id: string;
  name: string;
  hostId: string;
  /** Its `.vmx`, e.g. `[esx-1] web/web.vmx`. */
  path: string;
  guestOs: string;
  cpuCount: number;
  memoryMiB: number;
  powerState: PowerState;
  policyId: string;
  /** The KEK, when it is encrypted. */
  key: { providerId: string; keyId: string } | undefined;
  disks: VmDisk[];
}

/** As many as vSphere lists at most. */
export const vmsListedMax = 4_000;

interface VmRow extends Record<string, unknown> {
  id: string;
  name: string;
  host_id: string;
  path: string;
  guest_os: string;
  cpu_count: number;
  memory_mib: number;
  power_state: PowerState;
  policy_id: string;
  key_provider: string | null;
  key_id: string | null;
  disks: VmDisk[];
}

const selectVms = `SELECT id, name, host_id, path, guest_os, cpu_count, memory_mib, power_state, policy_id,
  key_provider, key_id,
  coalesce((SELECT jsonb_agg(jsonb_build_object(
      'disk', disk, 'capacityBytes', capacity_bytes, 'fileName', file_name) ORDER BY disk)
    FROM vm_disks WHERE vm_id = vms.id), '[]') AS disks
  FROM vms WHERE present`;

/** VMs whose files exist; each filter that is given must hold. */
export async function listVms(
  sql: Sql,
  filter: { vms?: string[] | undefined; names?: string[] | undefined; hosts?: string[] | undefined },
): Promise<Vm[]> {
  const { rows } = await sql.query<VmRow>(
    `${selectVms} AND ($1::text[] IS NULL OR id = ANY($1)) AND ($2::text[] IS NULL OR name = ANY($2))
     AND ($3::text[] IS NULL OR host_id = ANY($3)) ORDER BY created_at, id LIMIT ${vmsListedMax + 1}`,
    [filter.vms ?? null, filter.names ?? null, filter.hosts ?? null],
  );
  return rows.map(readRow);
}

export async function findVm(sql: Sql, id: string): Promise<Vm | undefined> {
  const [row] = (await sql.query<VmRow>(`${selectVms} AND id = $1`, [id])).rows;
  return row === undefined ? undefined : readRow(row);
}

export async function nextVmId(sql: Sql): Promise<string> {
  const { rows } = await sql.query<{ id: string }>(`SELECT 'vm-' || nextval('vm_numbers') AS id`);
  const [row] = rows;
  if (row === undefined) throw new Error('a sequence without a value');
  return row.id;
}

const readRow = (row: VmRow): Vm => ({
  id: row.id,
  name: row.name,
  hostId: row.host_id,
  path: row.path,
  guestOs: row.guest_os,
  cpuCount: row.cpu_count,
  memoryMiB: row.memory_mib,
  powerState: row.power_state,
  policyId: row.policy_id,
  key:
    row.key_provider === null || row.key_id === null ? undefined : { providerId: row.key_provider, keyId: row.key_id },
  disks: row.disks,
});
