import { makeChange, type Recorded } from './recorded-change.ts';
import type { Sql } from './sql.ts';

export interface Adapter {
  id: string;
  name: string;
  description: string | undefined;
  profile: string;
  crkId: string;
  createdBy: string;
  createdAt: Date;
}

export const adapterLimits = { perInstanceMax: 200, certificatesPerAdapterMax: 200 } as const;

/** False when the instance has all the adapters it may have. */
export async function createAdapter(
  sql: Sql,
  recorded: Recorded,
  made: Omit<Adapter, 'createdAt'> & { instanceId: string },
): Promise<boolean> {
  return await makeChange(
    sql,
    recorded,
    `changed AS (
      INSERT INTO kmip_adapters (id, instance_id, crk_id, name, description, profile, created_by)
      SELECT $4, $5, $6, $7, $8, $9, $10
      WHERE (SELECT count(*) FROM kmip_adapters WHERE instance_id = $5) < ${adapterLimits.perInstanceMax}
      RETURNING id)`,
    [made.id, made.instanceId, made.crkId, made.name, made.description ?? null, made.profile, made.createdBy],
  );
}

interface AdapterRow extends Record<string, unknown> {
  id: string;
  name: string;
  description: string | null;
  profile: string;
  crk_id: string;
  created_by: string;
  created_at: Date;
}

const selectAdapters =
  'SELECT id, name, description, profile, crk_id, created_by, created_at FROM kmip_adapters WHERE instance_id = $1';

export async function findAdapter(sql: Sql, instanceId: string, idOrName: string): Promise<Adapter | undefined> {
  const { rows } = await sql.query<AdapterRow>(`${selectAdapters} AND (id::text = $2 OR name = $2)`, [
    instanceId,
    idOrName,
  ]);
  return rows[0] === undefined ? undefined : readRow(rows[0]);
}

export async function listAdapters(
  sql: Sql,
  instanceId: string,
  page: { crkId: string | undefined; limit: number; offset: number },
): Promise<{ adapters: Adapter[]; total: number }> {
  const filter = `${selectAdapters} AND ($2::text IS NULL OR crk_id::text = $2)`;
  const { rows } = await sql.query<AdapterRow>(`${filter} ORDER BY created_at DESC, id LIMIT $3 OFFSET $4`, [
    instanceId,
    page.crkId ?? null,
    page.limit,
    page.offset,
  ]);
  const total = await sql.query<{ count: number }>(`SELECT count(*)::integer AS count FROM (${filter}) filtered`, [
    instanceId,
    page.crkId ?? null,
  ]);
  return { adapters: rows.map(readRow), total: total.rows[0]?.count ?? 0 };
}

/** Its certificates go with it. False while it has KMIP objects. */
export async function deleteAdapter(sql: Sql, recorded: Recorded, id: string): Promise<boolean> {
  return await makeChange(
    sql,
    recorded,
    `changed AS (
      DELETE FROM kmip_adapters WHERE id = $4 AND NOT EXISTS (SELECT FROM managed_objects WHERE adapter_id = $4)
      RETURNING id),
    unregistered AS (DELETE FROM client_certificates WHERE adapter_id IN (SELECT id FROM changed))`,
    [id],
  );
}

const readRow = (row: AdapterRow): Adapter => ({
  id: row.id,
  name: row.name,
  description: row.description ?? undefined,
  profile: row.profile,
  crkId: row.crk_id,
  createdBy: row.created_by,
  createdAt: row.created_at,
});
