import type { Sql } from './sql.ts';

export interface RequestedKey {
  providerId: string;
  keyId: string;
}

/** Longer than a request can be fresh. */
export const keyRequestsKeptMs = 10 * 60 * 1_000;

/** Whether every one of the keys is granted to the host. */
export async function areGranted(sql: Sql, hostId: string, keys: readonly RequestedKey[]): Promise<boolean> {
  const { rows } = await sql.query<{ missing: boolean }>(
    `SELECT EXISTS (
      SELECT FROM jsonb_to_recordset($2::jsonb) AS asked("providerId" text, "keyId" text)
      WHERE NOT EXISTS (
        SELECT FROM key_grants WHERE host_id = $1 AND key_provider = asked."providerId" AND key_id = asked."keyId")
    ) AS missing`,
    [hostId, JSON.stringify(keys)],
  );
  return rows[0]?.missing === false;
}

/** False when the request was accepted before. */
export async function acceptOnce(sql: Sql, hash: Uint8Array): Promise<boolean> {
  const { rowCount } = await sql.query('INSERT INTO host_key_requests (hash) VALUES ($1) ON CONFLICT DO NOTHING', [
    hash,
  ]);
  return rowCount === 1;
}

export async function forgetOldKeyRequests(sql: Sql): Promise<void> {
  await sql.query(
    'DELETE FROM host_key_requests WHERE at < now() - make_interval(secs => $1::double precision / 1000)',
    [keyRequestsKeptMs],
  );
}
