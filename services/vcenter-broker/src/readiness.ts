import type { ReadinessChecks } from '@kagibako/runtime/health';
import type { Service } from './service.ts';

/** Ready means: the database and the bus answer. Key providers are somebody else's, and have a status of their own. */
export const readinessChecks = ({ database, bus }: Service): ReadinessChecks => ({
  database: () => database.query('SELECT 1'),
  bus: () => bus.connection.flush(),
});
