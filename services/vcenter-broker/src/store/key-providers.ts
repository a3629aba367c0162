import { makeChange, type Recorded } from './recorded-change.ts';
import type { Sql } from './sql.ts';

export interface KeyProviderServer {
  name: string;
  hostname: string;
  port: number;
}

/** A key provider as it is stored; its name is the provider id in key ids. */
export interface StoredKeyProvider {
  name: string;
  kind: 'KMIP' | 'BUS';
  isDefault: boolean;
  servers: KeyProviderServer[];
  /** PEM: of the servers, or of CAs above them. */
  trustedCertificates: string[];
  client: { certificate: string; wrappedKey: Uint8Array } | undefined;
}

/** The first one is the default. */
export async function createKeyProvider(
  sql: Sql,
  recorded: Recorded,
  provider: Pick<StoredKeyProvider, 'name' | 'kind' | 'servers'>,
): Promise<void> {
  await makeChange(
    sql,
    recorded,
    `changed AS (
      INSERT INTO key_providers (name, kind, is_default)
      SELECT $3, $4, NOT EXISTS (SELECT FROM key_providers WHERE is_default) RETURNING name),
    servers AS (
      INSERT INTO key_provider_servers (provider, position, name, hostname, port)
      SELECT changed.name, server.position, server.name, server.hostname, server.port
      FROM changed, jsonb_to_recordset($5::jsonb)
        AS server(position integer, name text, hostname text, port integer))`,
    [
      provider.name,
      provider.kind,
      JSON.stringify(provider.servers.map((server, position) => ({ ...server, position }))),
    ],
  );
}

interface ProviderRow extends Record<string, unknown> {
  name: string;
  kind: 'KMIP' | 'BUS';
  is_default: boolean;
  trusted_certificates: string[];
  client_certificate: string | null;
  client_key: Buffer | null;
  servers: KeyProviderServer[];
}

const selectProviders = `SELECT name, kind, is_default, trusted_certificates, client_certificate, client_key,
  coalesce((SELECT jsonb_agg(jsonb_build_object('name', s.name, 'hostname', s.hostname, 'port', s.port) ORDER BY position)
    FROM key_provider_servers s WHERE s.provider = key_providers.name), '[]') AS servers
  FROM key_providers`;

export async function listKeyProviders(sql: Sql): Promise<StoredKeyProvider[]> {
  return (await sql.query<ProviderRow>(`${selectProviders} ORDER BY created_at, name`)).rows.map(readRow);
}

export async function findKeyProvider(sql: Sql, name: string): Promise<StoredKeyProvider | undefined> {
  const [row] = (await sql.query<ProviderRow>(`${selectProviders} WHERE name = $1`, [name])).rows;
  return row === undefined ? undefined : readRow(row);
}

export async function findDefaultKeyProvider(sql: Sql): Promise<StoredKeyProvider | undefined> {
  const [row] = (await sql.query<ProviderRow>(`${selectProviders} WHERE is_default`)).rows;
  return row === undefined ? undefined : readRow(row);
}

/** False when there is none of this name. @throws Failure ResourceInUse while a VM is encrypted with a key of it */
export async function deleteKeyProvider(sql: Sql, recorded: Recorded, name: string): Promise<boolean> {
  const rows = await makeChange(
    sql,
    recorded,
    'changed AS (DELETE FROM key_providers WHERE name = $3 RETURNING name)',
    [name],
  );
  return rows.length > 0;
}

export async function setDefaultKeyProvider(sql: Sql, recorded: Recorded, name: string): Promise<boolean> {
  const rows = await makeChange(
    sql,
    recorded,
    `chosen AS (SELECT name FROM key_providers WHERE name = $3),
    changed AS (
      UPDATE key_providers SET is_default = (key_providers.name = $3) WHERE EXISTS (SELECT FROM chosen)
      RETURNING key_providers.name)`,
    [name],
  );
  return rows.length > 0;
}

/** Only these are trusted from now on. */
export async function trustServers(
  sql: Sql,
  recorded: Recorded,
  trusted: { name: string; certificates: readonly string[] },
): Promise<boolean> {
  const rows = await makeChange(
    sql,
    recorded,
    'changed AS (UPDATE key_providers SET trusted_certificates = $4 WHERE name = $3 RETURNING name)',
    [trusted.name, trusted.certificates],
  );
  return rows.length > 0;
}

/** In place of the one before, which the KMS may go on trusting. */
export async function setClientCertificate(
  sql: Sql,
  recorded: Recorded,
  made: { name: string; certificate: string; wrappedKey: Uint8Array },
): Promise<boolean> {
  const rows = await makeChange(
    sql,
    recorded,
    `changed AS (
      UPDATE key_providers SET client_certificate = $4, client_key = $5 WHERE name = $3 RETURNING name)`,
    [made.name, made.certificate, made.wrappedKey],
  );
  return rows.length > 0;
}

const readRow = (row: ProviderRow): StoredKeyProvider => ({
  name: row.name,
  kind: row.kind,
  isDefault: row.is_default,
  servers: row.servers,
  trustedCertificates: row.trusted_certificates,
  client:
    row.client_certificate === null || row.client_key === null
      ? undefined
      : { certificate: row.client_certificate, wrappedKey: new Uint8Array(row.client_key) },
});
