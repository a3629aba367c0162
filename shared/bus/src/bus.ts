import { readFileSync } from 'node:fs';
import type { Logger } from '@kagibako/telemetry/logger';
import type { Metrics } from '@kagibako/telemetry/metrics';
import { type JetStreamClient, jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

export interface BusSettings {
  natsUrl: string;
  natsCaFile: string;
  natsCertFile: string;
  natsKeyFile: string;
}

/** One process's connection: known to NATS by its certificate, with an inbox of its own and nothing else. */
export interface Bus {
  /** The process's name: `kms`, `esxi-agent-esx-1` … It is also the inbox prefix that its permissions pin. */
  name: string;
  connection: NatsConnection;
  jetstream: JetStreamClient;
  logger: Logger;
  metrics: Metrics;
  /** Calls back after each reconnect: JetStream may have lost what it held. */
  onReconnect(callback: () => void): void;
  close(): Promise<void>;
}

const reconnectWaitMs = 250;
const jetstreamTimeoutMs = 5_000;

export const inboxPrefix = (name: string): string => `_INBOX_${name}`;

/** Connects, and keeps connecting for ever: a bus that is down is waited for, never given up. */
export async function connectBus(options: {
  name: string;
  settings: BusSettings;
  logger: Logger;
  metrics: Metrics;
}): Promise<Bus> {
  const { name, settings, logger, metrics } = options;
  const connection = await connect({
    servers: settings.natsUrl,
    name,
    inboxPrefix: inboxPrefix(name),
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectWaitMs,
    waitOnFirstConnect: true,
    ignoreAuthErrorAbort: true,
    tls: {
      ca: readFileSync(settings.natsCaFile, 'utf8'),
      cert: readFileSync(settings.natsCertFile, 'utf8'),
      key: readFileSync(settings.natsKeyFile, 'utf8'),
    },
  });
  const callbacks: (() => void)[] = [];
  const bus: Bus = {
    name,
    connection,
    jetstream: jetstream(connection, { timeout: jetstreamTimeoutMs }),
    logger,
    metrics,
    onReconnect: (callback) => callbacks.push(callback),
    close: async () => {
      if (!connection.isClosed()) await connection.drain();
    },
  };
  void watchStatus(bus, callbacks);
  return bus;
}

async function watchStatus(bus: Bus, callbacks: (() => void)[]): Promise<void> {
  for await (const status of bus.connection.status()) {
    if (status.type === 'error') {
      bus.metrics.count('busDenied', { operation: status.error.name });
      bus.logger.warn({ err: status.error }, 'bus error');
    } else if (status.type !== 'ping') bus.logger.info({ status: status.type }, 'bus status');
    if (status.type === 'reconnect') for (const callback of callbacks) callback();
  }
}
