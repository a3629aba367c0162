import { type Bus, connectBus } from '@kagibako/bus/bus';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import type { TestNats } from './nats.ts';

/** Connects as one process of the lab, with its certificate and its permissions. */
export async function connectAs(nats: TestNats, name: string): Promise<Bus> {
  return await connectBus({
    name,
    settings: await nats.settingsFor(name),
    logger: createLogger(name, 'silent'),
    metrics: createMetrics(name),
  });
}
