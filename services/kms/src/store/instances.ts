import type { AuditEntry } from '../audit.ts';
import type { StoredInstanceKey, StoredTokenKey } from '../key-hierarchy.ts';
import type { Role } from '../roles.ts';
import { makeChange } from './recorded-change.ts';
import type { Sql } from './sql.ts';

export async function findInstance(sql: Sql, name: string): Promise<string | undefined> {
  const { rows } = await sql.query<{ id: string }>('SELECT id FROM instances WHERE name = $1', [name]);
  return rows[0]?.id;
}

/** False when an instance of this name came first. */
export async function createInstance(
  sql: Sql,
  audit: AuditEntry,
  made: { name: string; region: string; key: StoredInstanceKey },
): Promise<boolean> {
  return await makeChange(
    sql,
    { audit, facts: [] },
    `changed AS (
      INSERT INTO instances (id, name, region) VALUES ($4, $5, $6) ON CONFLICT (name) DO NOTHING RETURNING id),
    keyed AS (
      INSERT INTO instance_keys (instance_id, version, master_key_version, wrapped)
      SELECT id, $7, $8, $9 FROM changed)`,
    [made.key.instanceId, made.name, made.region, made.key.version, made.key.masterKeyVersion, made.key.wrapped],
  );
}

interface InstanceKeyRow extends Record<string, unknown> {
  instance_id: string;
  version: number;
  master_key_version: number;
  wrapped: Buffer;
}

/** The newest key of an instance; without an id, of any: proof that the root opens what it wrapped. */
export async function newestInstanceKey(sql: Sql, instanceId?: string): Promise<StoredInstanceKey | undefined> {
  const { rows } = await sql.query<InstanceKeyRow>(
    `SELECT instance_id, version, master_key_version, wrapped FROM instance_keys
     WHERE $1::uuid IS NULL OR instance_id = $1 ORDER BY version DESC LIMIT 1`,
    [instanceId ?? null],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { instance_id, version, master_key_version, wrapped } = row;
  return { instanceId: instance_id, version, masterKeyVersion: master_key_version, wrapped };
}

/** Lets an API key into an instance, or changes its role there. */
export async function grantRole(
  sql: Sql,
  audit: AuditEntry,
  grant: { apiKeyId: string; hash: Uint8Array; instanceId: string; role: Role },
): Promise<void> {
  await makeChange(
    sql,
    { audit, facts: [] },
    `known AS (
      INSERT INTO api_keys (id, hash) VALUES ($4, $5) ON CONFLICT (hash) DO NOTHING RETURNING id),
    api_key AS (SELECT id FROM known UNION ALL SELECT id FROM api_keys WHERE hash = $5),
    changed AS (
      INSERT INTO api_key_roles AS held (api_key_id, instance_id, role) SELECT id, $6, $7 FROM api_key LIMIT 1
      ON CONFLICT (api_key_id, instance_id) DO UPDATE SET role = EXCLUDED.role WHERE held.role <> EXCLUDED.role
      RETURNING api_key_id)`,
    [grant.apiKeyId, grant.hash, grant.instanceId, grant.role],
  );
}

export async function findApiKey(sql: Sql, hash: Uint8Array): Promise<string | undefined> {
  const { rows } = await sql.query<{ id: string }>('SELECT id FROM api_keys WHERE hash = $1', [hash]);
  return rows[0]?.id;
}

interface TokenKeyRow extends Record<string, unknown> {
  id: string;
  master_key_version: number;
  wrapped: Buffer;
}

export async function newestTokenKey(sql: Sql): Promise<StoredTokenKey | undefined> {
  const { rows } = await sql.query<TokenKeyRow>(
    'SELECT id, master_key_version, wrapped FROM token_keys ORDER BY created_at DESC, id LIMIT 1',
  );
  return rows[0] === undefined ? undefined : readTokenKey(rows[0]);
}

export async function createFirstTokenKey(sql: Sql, key: StoredTokenKey): Promise<void> {
  await sql.query(
    `INSERT INTO token_keys (id, master_key_version, wrapped)
     SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM token_keys)`,
    [key.id, key.masterKeyVersion, key.wrapped],
  );
}

/** The key that a token names as its signer's, and the role of its subject in an instance as it is now. */
export async function findGrant(
  sql: Sql,
  asked: { tokenKeyId: string; apiKeyId: string; instanceId: string | undefined },
): Promise<{ tokenKey: StoredTokenKey; role: string | undefined } | undefined> {
  const { rows } = await sql.query<TokenKeyRow & { role: string | null }>(
    `SELECT token_key.id, token_key.master_key_version, token_key.wrapped, held.role
     FROM token_keys token_key LEFT JOIN api_key_roles held ON held.api_key_id = $2 AND held.instance_id = $3
     WHERE token_key.id = $1`,
    [asked.tokenKeyId, asked.apiKeyId, asked.instanceId ?? null],
  );
  const row = rows[0];
  return row === undefined ? undefined : { tokenKey: readTokenKey(row), role: row.role ?? undefined };
}

const readTokenKey = ({ id, master_key_version, wrapped }: TokenKeyRow): StoredTokenKey => ({
  id,
  masterKeyVersion: master_key_version,
  wrapped,
});
