import type { Bus } from '@kagibako/bus/bus';
import type { ReadinessChecks } from '@kagibako/runtime/health';
import { openInstanceKey } from './key-hierarchy.ts';
import type { Service } from './service.ts';
import { newestInstanceKey } from './store/instances.ts';

/** Ready means: the database answers, the bus does, and the root really opens a key that it wrapped. */
export const readinessChecks = ({ database, root }: Service, bus: Bus): ReadinessChecks => ({
  database: () => database.query('SELECT 1'),
  bus: () => bus.connection.flush(),
  root: async () => {
    const stored = await newestInstanceKey(database);
    if (stored === undefined) throw new Error('no instance: run provision');
    (await openInstanceKey(root, stored)).destroy();
  },
});
