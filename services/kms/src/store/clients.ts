import type { StoredRootKeyVersion } from '../key-hierarchy.ts';
import type { Sql } from './sql.ts';

/** Key Protect's states of a root key. */
export const crkStates = { active: 1, suspended: 2, deactivated: 3, destroyed: 5 } as const;

/** Who a certificate is: one adapter's client, with the root key under which that adapter's objects lie. */
export interface Client {
  certificateId: string;
  adapterId: string;
  instanceId: string;
  rootKeyState: number;
  /** The version that wraps new objects. */
  rootKey: StoredRootKeyVersion;
}

interface ClientRow extends RootKeyRow {
  certificate_id: string;
  adapter_id: string;
  state: number;
}

/** Looked up for every message and never kept, so that registering and removing take effect at the next one. */
export async function findClient(sql: Sql, fingerprint: string): Promise<Client | undefined> {
  const { rows } = await sql.query<ClientRow>(
    `SELECT certificate.id AS certificate_id, adapter.id AS adapter_id, crk.state, ${rootKeyColumns}
     FROM client_certificates certificate
     JOIN kmip_adapters adapter ON adapter.id = certificate.adapter_id
     JOIN crks crk ON crk.id = adapter.crk_id
     JOIN crk_versions version ON version.crk_id = crk.id AND version.version = crk.current_version
     JOIN instance_keys instance_key
       ON instance_key.instance_id = crk.instance_id AND instance_key.version = version.instance_key_version
     WHERE certificate.fingerprint = $1`,
    [fingerprint],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    certificateId: row.certificate_id,
    adapterId: row.adapter_id,
    instanceId: row.instance_id,
    rootKeyState: row.state,
    rootKey: readRootKey(row),
  };
}

/** A root key version and the instance key that wrapped it, of the tables `version`, `crk` and `instance_key`. */
export const rootKeyColumns = `crk.instance_id, crk.id AS crk_id, version.version AS crk_version,
  version.wrapped AS crk_wrapped, instance_key.version AS instance_key_version,
  instance_key.wrapped AS instance_key_wrapped, instance_key.master_key_version`;

export interface RootKeyRow extends Record<string, unknown> {
  instance_id: string;
  crk_id: string;
  crk_version: number;
  crk_wrapped: Buffer;
  instance_key_version: number;
  instance_key_wrapped: Buffer;
  master_key_version: number;
}

export const readRootKey = (row: RootKeyRow): StoredRootKeyVersion => ({
  crkId: row.crk_id,
  version: row.crk_version,
  wrapped: row.crk_wrapped,
  instanceKey: {
    instanceId: row.instance_id,
    version: row.instance_key_version,
    wrapped: row.instance_key_wrapped,
    masterKeyVersion: row.master_key_version,
  },
});
