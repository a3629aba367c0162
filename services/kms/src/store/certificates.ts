import { adapterLimits } from './adapters.ts';
import { makeChange, type Recorded } from './recorded-change.ts';
import type { Sql } from './sql.ts';

/** A client certificate of an adapter. */
export interface ClientCertificate {
  id: string;
  name: string;
  pem: string;
  createdBy: string;
  createdAt: Date;
}

/** False when the adapter has all the certificates it may have. */
export async function registerCertificate(
  sql: Sql,
  recorded: Recorded,
  made: Omit<ClientCertificate, 'createdAt'> & { adapterId: string; fingerprint: string },
): Promise<boolean> {
  return await makeChange(
    sql,
    recorded,
    `changed AS (
      INSERT INTO client_certificates (id, adapter_id, name, fingerprint, pem, created_by)
      SELECT $4, $5, $6, $7, $8, $9
      WHERE (SELECT count(*) FROM client_certificates WHERE adapter_id = $5)
        < ${adapterLimits.certificatesPerAdapterMax}
      RETURNING id)`,
    [made.id, made.adapterId, made.name, made.fingerprint, made.pem, made.createdBy],
  );
}

interface CertificateRow extends Record<string, unknown> {
  id: string;
  name: string;
  pem: string;
  created_by: string;
  created_at: Date;
}

const selectCertificates =
  'SELECT id, name, pem, created_by, created_at FROM client_certificates WHERE adapter_id = $1';

export async function findCertificate(
  sql: Sql,
  adapterId: string,
  idOrName: string,
): Promise<ClientCertificate | undefined> {
  const { rows } = await sql.query<CertificateRow>(`${selectCertificates} AND (id::text = $2 OR name = $2)`, [
    adapterId,
    idOrName,
  ]);
  return rows[0] === undefined ? undefined : readRow(rows[0]);
}

export async function listCertificates(
  sql: Sql,
  adapterId: string,
  page: { limit: number; offset: number },
): Promise<{ certificates: ClientCertificate[]; total: number }> {
  const { rows } = await sql.query<CertificateRow>(
    `${selectCertificates} ORDER BY created_at DESC, id LIMIT $2 OFFSET $3`,
    [adapterId, page.limit, page.offset],
  );
  const total = await sql.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM client_certificates WHERE adapter_id = $1',
    [adapterId],
  );
  return { certificates: rows.map(readRow), total: total.rows[0]?.count ?? 0 };
}

/** From its next message on, the client is unknown. False when it is gone already. */
export async function removeCertificate(sql: Sql, recorded: Recorded, id: string): Promise<boolean> {
  return await makeChange(sql, recorded, 'changed AS (DELETE FROM client_certificates WHERE id = $4 RETURNING id)', [
    id,
  ]);
}

const readRow = (row: CertificateRow): ClientCertificate => ({
  id: row.id,
  name: row.name,
  pem: row.pem,
  createdBy: row.created_by,
  createdAt: row.created_at,
});
