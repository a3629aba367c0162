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

/** SQLSTATE classes of a server that goes, comes or refuses connections, and Node's own words for it. */
const unavailableStates = /^(08|57P|53300)/;
const unavailableCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
const unavailableMessages =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|Query read timeout/i;

/** Whether an error says that PostgreSQL could not be asked, which is nobody's bug. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof pg.DatabaseError) return unavailableStates.test(code);
  return unavailableCodes.has(code) || unavailableMessages.test(error.message);
}
