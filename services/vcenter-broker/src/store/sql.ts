import { Failure } from '@kagibako/contracts/failures';
import pg from 'pg';

/** What a statement runs on: the pool, or one transaction of it. */
export interface Sql {
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<R>>;
}

/** Says what a constraint of ours means when a statement runs into it. */
const conflicts: Readonly<Record<string, () => Failure>> = {
  hosts_pkey: () => new Failure('AlreadyExists', 'this host is enrolled already'),
  key_providers_pkey: () => new Failure('AlreadyExists', 'another key provider has this name'),
  key_provider_servers_provider_name_key: () =>
    new Failure('InvalidArgument', 'two servers of a key provider have the same name'),
  vms_name: () => new Failure('AlreadyExists', 'another VM on this host has this name'),
  vms_key_provider: () => new Failure('ResourceInUse', 'a VM is encrypted with a key of this key provider'),
  key_grants_key_provider: () => new Failure('ResourceInUse', 'a VM is encrypted with a key of this key provider'),
  tasks_one_per_vm: () => new Failure('ResourceInUse', 'another task of this VM is under way'),
};

const conflictStates = new Set(['23503', '23505']);

export function explainConflict(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || !conflictStates.has(error.code ?? '')) return error;
  return conflicts[error.constraint ?? '']?.() ?? error;
}
