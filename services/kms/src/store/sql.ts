import { Failure } from '@kagibako/contracts/failures';
import pg from 'pg';

/** What a statement runs on: the pool, or one transaction of it. */
export interface Sql {
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<R>>;
}

/** Somebody else changed the same object between reading and writing; nothing was written, and it may be tried again. */
export class ChangedMeanwhile extends Error {
  override name = 'ChangedMeanwhile';
}

const uniqueViolation = '23505';

/** Says what a constraint of ours means when a statement runs into it. */
const conflicts: Readonly<Record<string, () => Error>> = {
  kms_requests_pkey: () => new Failure('RequestReplayed', 'this request has been executed before'),
  attributes_pkey: () => new ChangedMeanwhile('another instance of the attribute came first'),
  attributes_unique_name: () => new Failure('AlreadyExists', 'another object has this Name'),
  client_certificates_fingerprint: () => new Failure('AlreadyExists', 'the certificate is registered already'),
  client_certificates_adapter_id_name_key: () => new Failure('AlreadyExists', 'another certificate has this name'),
  kmip_adapters_instance_id_name_key: () => new Failure('AlreadyExists', 'another KMIP adapter has this name'),
};

export function explainConflict(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || error.code !== uniqueViolation) return error;
  return conflicts[error.constraint ?? '']?.() ?? error;
}
