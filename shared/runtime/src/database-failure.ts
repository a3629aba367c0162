import { Failure } from '@kagibako/contracts/failures';
import type { Logger } from '@kagibako/telemetry/logger';
import pg from 'pg';

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

/** What a caller is told when PostgreSQL is not there; any other error is passed on. */
export function databaseFailure({ logger }: { logger: Logger }, error: unknown): unknown {
  if (!isDatabaseUnavailable(error)) return error;
  logger.warn({ err: error }, 'the database does not answer');
  return new Failure('ServiceUnavailable', 'the database does not answer', { cause: error });
}
