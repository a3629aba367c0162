import type { KeyObject } from 'node:crypto';
import type { Bus } from '@kagibako/bus/bus';
import type { Database } from '@kagibako/runtime/database';
import type { Logger } from '@kagibako/telemetry/logger';
import type { Metrics } from '@kagibako/telemetry/metrics';
import type { KeyProviders } from './key-providers.ts';
import type { TaskNews } from './tasks.ts';

/** What the edges of this process work with. */
export interface Service {
  database: Database;
  bus: Bus;
  providers: KeyProviders;
  news: TaskNews;
  /** Ed25519: signs what hosts are answered. */
  signingKey: KeyObject;
  logger: Logger;
  metrics: Metrics;
  /** Something was written to the outbox. */
  changed(): void;
  /** Sends again what JetStream may have lost. */
  replay(): Promise<void>;
  /** Finds the addresses of a host name; none when there are none. */
  resolve(hostname: string): Promise<{ family: number }[]>;
}
