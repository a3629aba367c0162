import { makeChange, type Recorded } from './recorded-change.ts';
import type { Sql } from './sql.ts';

export interface Host {
  id: string;
  datastore: string;
  /** SPKI in PEM; absent when the host was revoked. */
  publicKey: string | undefined;
  enrolledAt: Date;
  startedAt: Date | undefined;
}

/** Also enrols a host anew that was revoked. False when the host is enrolled. */
export async function enrolHost(
  sql: Sql,
  recorded: Recorded,
  host: Pick<Host, 'id' | 'datastore' | 'publicKey'>,
): Promise<boolean> {
  const rows = await makeChange(
    sql,
    recorded,
    `changed AS (
      INSERT INTO hosts (id, datastore, public_key) VALUES ($3, $4, $5)
      ON CONFLICT (id) DO UPDATE
        SET datastore = excluded.datastore, public_key = excluded.public_key, enrolled_at = now()
        WHERE hosts.public_key IS NULL
      RETURNING id)`,
    [host.id, host.datastore, host.publicKey],
  );
  return rows.length > 0;
}

/** From its next request on the host gets no key. Its VMs stay. False when it is not enrolled. */
export async function revokeHost(sql: Sql, recorded: Recorded, id: string): Promise<boolean> {
  const rows = await makeChange(
    sql,
    recorded,
    'changed AS (UPDATE hosts SET public_key = NULL WHERE id = $3 AND public_key IS NOT NULL RETURNING id)',
    [id],
  );
  return rows.length > 0;
}

interface HostRow extends Record<string, unknown> {
  id: string;
  datastore: string;
  public_key: string | null;
  enrolled_at: Date;
  started_at: Date | null;
}

const selectHosts = 'SELECT id, datastore, public_key, enrolled_at, started_at FROM hosts';

export async function listHosts(sql: Sql): Promise<Host[]> {
  return (await sql.query<HostRow>(`${selectHosts} ORDER BY id`)).rows.map(readRow);
}

export async function findHost(sql: Sql, id: string): Promise<Host | undefined> {
  const [row] = (await sql.query<HostRow>(`${selectHosts} WHERE id = $1`, [id])).rows;
  return row === undefined ? undefined : readRow(row);
}

const readRow = (row: HostRow): Host => ({
  id: row.id,
  datastore: row.datastore,
  publicKey: row.public_key ?? undefined,
  enrolledAt: row.enrolled_at,
  startedAt: row.started_at ?? undefined,
});
