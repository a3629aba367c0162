import { makeChange, type Recorded } from './recorded-change.ts';
import type { Sql } from './sql.ts';

/** A session that nobody used for so long has ended. */
export const sessionIdleMs = 30 * 60 * 1_000;

export interface Session {
  user: string;
  role: string;
  createdAt: Date;
  lastAccessedAt: Date;
}

const alive = `last_accessed_at > now() - make_interval(secs => ${sessionIdleMs}::double precision / 1000)`;

/** Sessions that have ended go at the same time. */
export async function createSession(sql: Sql, recorded: Recorded, idHash: Uint8Array, user: string): Promise<void> {
  await makeChange(
    sql,
    recorded,
    `forgotten AS (DELETE FROM sessions WHERE NOT ${alive}),
    changed AS (INSERT INTO sessions (id_hash, user_name) VALUES ($3, $4) RETURNING user_name)`,
    [idHash, user],
  );
}

/** The session, and notes that it was used; `lastAccessedAt` is when it was used before. */
export async function useSession(sql: Sql, idHash: Uint8Array): Promise<Session | undefined> {
  const { rows } = await sql.query<{ name: string; role: string; created_at: Date; last_accessed_at: Date }>(
    `WITH used AS (
      UPDATE sessions SET last_accessed_at = now() WHERE id_hash = $1 AND ${alive} RETURNING id_hash)
    SELECT users.name, users.role, sessions.created_at, sessions.last_accessed_at
    FROM used JOIN sessions USING (id_hash) JOIN users ON users.name = sessions.user_name`,
    [idHash],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return { user: row.name, role: row.role, createdAt: row.created_at, lastAccessedAt: row.last_accessed_at };
}

export async function deleteSession(sql: Sql, recorded: Recorded, idHash: Uint8Array): Promise<void> {
  await makeChange(sql, recorded, 'changed AS (DELETE FROM sessions WHERE id_hash = $3 RETURNING user_name)', [idHash]);
}
