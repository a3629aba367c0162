import type { StoredRootKeyVersion } from '../key-hierarchy.ts';
import { makeChange, type Recorded } from './recorded-change.ts';
import type { Sql } from './sql.ts';

/** A customer root key as Key Protect's API shows it. */
export interface RootKey {
  id: string;
  name: string;
  description: string | undefined;
  state: number;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  version: { id: string; createdAt: Date };
}

export async function createRootKey(
  sql: Sql,
  recorded: Recorded,
  made: {
    versionId: string;
    name: string;
    description: string | undefined;
    createdBy: string;
    key: StoredRootKeyVersion;
  },
): Promise<void> {
  const { key } = made;
  await makeChange(
    sql,
    recorded,
    `changed AS (
      INSERT INTO crks (id, instance_id, name, description, current_version, created_by)
      VALUES ($4, $5, $6, $7, $8, $9) RETURNING id),
    versioned AS (
      INSERT INTO crk_versions (id, crk_id, version, instance_key_version, wrapped)
      SELECT $10, id, $8, $11, $12 FROM changed)`,
    [
      key.crkId,
      key.instanceKey.instanceId,
      made.name,
      made.description ?? null,
      key.version,
      made.createdBy,
      made.versionId,
      key.instanceKey.version,
      key.wrapped,
    ],
  );
}

interface RootKeyRow extends Record<string, unknown> {
  id: string;
  name: string;
  description: string | null;
  state: number;
  created_by: string;
  created_at: Date;
  updated_at: Date;
  version_id: string;
  version_created_at: Date;
}

const selectRootKeys = `SELECT crk.id, crk.name, crk.description, crk.state, crk.created_by, crk.created_at, crk.updated_at,
    version.id AS version_id, version.created_at AS version_created_at
  FROM crks crk JOIN crk_versions version ON version.crk_id = crk.id AND version.version = crk.current_version
  WHERE crk.instance_id = $1`;

export async function findRootKey(sql: Sql, instanceId: string, id: string): Promise<RootKey | undefined> {
  const { rows } = await sql.query<RootKeyRow>(`${selectRootKeys} AND crk.id::text = $2`, [instanceId, id]);
  return rows[0] === undefined ? undefined : readRow(rows[0]);
}

/** Newest first; those that are destroyed only when their state is asked for. */
export async function listRootKeys(
  sql: Sql,
  instanceId: string,
  page: { states: readonly number[]; limit: number; offset: number },
): Promise<RootKey[]> {
  const { rows } = await sql.query<RootKeyRow>(
    `${selectRootKeys} AND crk.state = ANY($2::smallint[]) ORDER BY crk.created_at DESC, crk.id LIMIT $3 OFFSET $4`,
    [instanceId, page.states, page.limit, page.offset],
  );
  return rows.map(readRow);
}

const readRow = (row: RootKeyRow): RootKey => ({
  id: row.id,
  name: row.name,
  description: row.description ?? undefined,
  state: row.state,
  createdBy: row.created_by,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  version: { id: row.version_id, createdAt: row.version_created_at },
});
