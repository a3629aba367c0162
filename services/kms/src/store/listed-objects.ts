import type { ObjectTypeName, StateName } from '../managed-object.ts';
import type { Sql } from './sql.ts';

/** A KMIP object as the administrator of its adapter sees it. */
export interface ListedObject {
  id: string;
  objectType: ObjectTypeName;
  state: StateName;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  destroyedBy: string | undefined;
  destroyedAt: Date | undefined;
}

interface ListedRow extends Record<string, unknown> {
  id: string;
  object_type: ObjectTypeName;
  state: StateName;
  created_by: string;
  initial_date: Date;
  last_change_date: Date;
  destroyed_by: string | null;
  destroy_date: Date | null;
}

const selectObjects = `SELECT id, object_type, state, created_by, initial_date, last_change_date, destroyed_by, destroy_date
  FROM managed_objects WHERE adapter_id = $1`;

export async function listObjects(
  sql: Sql,
  adapterId: string,
  page: { states: readonly StateName[]; limit: number; offset: number },
): Promise<{ objects: ListedObject[]; total: number }> {
  const filter = `${selectObjects} AND state = ANY($2::text[])`;
  const { rows } = await sql.query<ListedRow>(`${filter} ORDER BY seq DESC LIMIT $3 OFFSET $4`, [
    adapterId,
    page.states,
    page.limit,
    page.offset,
  ]);
  const total = await sql.query<{ count: number }>(`SELECT count(*)::integer AS count FROM (${filter}) filtered`, [
    adapterId,
    page.states,
  ]);
  return { objects: rows.map(readRow), total: total.rows[0]?.count ?? 0 };
}

export async function findListedObject(sql: Sql, adapterId: string, id: string): Promise<ListedObject | undefined> {
  const { rows } = await sql.query<ListedRow>(`${selectObjects} AND id::text = $2`, [adapterId, id]);
  return rows[0] === undefined ? undefined : readRow(rows[0]);
}

const readRow = (row: ListedRow): ListedObject => ({
  id: row.id,
  objectType: row.object_type,
  state: row.state,
  createdBy: row.created_by,
  createdAt: row.initial_date,
  updatedAt: row.last_change_date,
  destroyedBy: row.destroyed_by ?? undefined,
  destroyedAt: row.destroy_date ?? undefined,
});
