import type { Bus } from '@kagibako/bus/bus';
import type { Logger } from '@kagibako/telemetry/logger';
import type { Metrics } from '@kagibako/telemetry/metrics';
import type { Datastore } from './datastore.ts';
import type { KeyCache } from './key-cache.ts';
import type { TaskJournal } from './task-journal.ts';

/** What everything on a host works with. */
export interface Host {
  hostId: string;
  datastore: Datastore;
  bus: Bus;
  keys: KeyCache;
  journal: TaskJournal;
  /** Ids of VMs that run. A host that starts has none. */
  poweredOn: Set<string>;
  /** One after another for each VM. */
  inTurn<T>(vmId: string, work: () => Promise<T>): Promise<T>;
  logger: Logger;
  metrics: Metrics;
}
