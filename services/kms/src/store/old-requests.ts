import type { Sql } from './sql.ts';

/** Longer than a session between two processes lives: an older request cannot come again. */
export const requestsKeptMs = 2 * 60 * 60 * 1_000;

export async function forgetOldRequests(sql: Sql): Promise<void> {
  await sql.query('DELETE FROM kms_requests WHERE at < now() - make_interval(secs => $1::double precision / 1000)', [
    requestsKeptMs,
  ]);
}
