import { Failure } from '@kagibako/contracts/failures';
import type { Logger } from '@kagibako/telemetry/logger';
import { isDatabaseUnavailable } from './store/sql.ts';

/** What a caller is told when PostgreSQL is not there; any other error is passed on. */
export function databaseFailure(logger: Logger, error: unknown): unknown {
  if (!isDatabaseUnavailable(error)) return error;
  logger.warn({ err: error }, 'the database does not answer');
  return new Failure('ServiceUnavailable', 'the database does not answer', { cause: error });
}
