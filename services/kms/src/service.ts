import type { Database } from '@kagibako/runtime/database';
import type { Logger } from '@kagibako/telemetry/logger';
import type { Metrics } from '@kagibako/telemetry/metrics';
import type { Root } from './key-hierarchy.ts';

/** What the edges of this process work with. */
export interface Service {
  database: Database;
  root: Root;
  region: string;
  /** How far the Time Stamp of a KMIP request may be from now. */
  timeStampWindowSeconds: number;
  logger: Logger;
  metrics: Metrics;
  /** Something was written to the outbox. */
  changed(): void;
}
