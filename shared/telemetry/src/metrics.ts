import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Every metric: one row gives its name, unit, help and labels to the code and to `/metrics`. */
export const metricTable = {
  kmipRequests: counter('kagibako_kmip_requests_total', 'KMIP batch items answered', ['operation', 'result']),
  kmipConnections: gauge('kagibako_kmip_connections', 'Open KMIP connections', []),
  kmipRefusedConnections: counter('kagibako_kmip_refused_connections_total', 'KMIP connections refused', ['reason']),
  busRequests: histogram('kagibako_bus_request_duration_seconds', 'Bus requests answered', ['operation', 'result']),
  busDeliveries: counter('kagibako_bus_deliveries_total', 'Commands and events worked on', ['subject', 'result']),
  busDenied: counter('kagibako_bus_denied_total', 'What the bus refused this service', ['operation']),
  deadLetters: counter('kagibako_dead_letters_total', 'Messages parked in the dead-letter stream', [
    'stream',
    'consumer',
  ]),
  outboxPublished: counter('kagibako_outbox_published_total', 'Outbox rows published', ['result']),
  keyUnwraps: counter('kagibako_key_unwraps_total', 'Keys unwrapped', ['kind', 'result']),
  providerRequests: histogram('kagibako_key_provider_request_duration_seconds', 'Requests to key providers', [
    'operation',
    'result',
  ]),
  hostKeyRequests: counter('kagibako_host_key_requests_total', 'Requests of hosts for keys', ['result']),
  tasks: counter('kagibako_tasks_total', 'Tasks ended', ['operation', 'result']),
  bytesEncrypted: counter('kagibako_disk_bytes_total', 'Disk bytes transformed', ['direction']),
} as const;

type Row = { kind: 'counter' | 'gauge' | 'histogram'; name: string; help: string; labels: readonly string[] };
export type MetricName = keyof typeof metricTable;
type Labels = Record<string, string>;

/** The metrics of one process. Names come from the table; a wrong name does not compile. */
export interface Metrics {
  count(metric: MetricName, labels?: Labels, by?: number): void;
  set(metric: MetricName, value: number, labels?: Labels): void;
  /** Seconds. */
  observe(metric: MetricName, seconds: number, labels?: Labels): void;
  text(): Promise<string>;
  contentType: string;
}

export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const made = new Map<MetricName, Counter | Gauge | Histogram>();
  const metric = (name: MetricName) => {
    const known = made.get(name) ?? make(metricTable[name], registry);
    made.set(name, known);
    return known;
  };
  return {
    count: (name, labels = {}, by = 1) => (metric(name) as Counter).inc(labels, by),
    set: (name, value, labels = {}) => (metric(name) as Gauge).set(labels, value),
    observe: (name, seconds, labels = {}) => (metric(name) as Histogram).observe(labels, seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function make(row: Row, registry: Registry): Counter | Gauge | Histogram {
  const options = { name: row.name, help: row.help, labelNames: [...row.labels], registers: [registry] };
  if (row.kind === 'counter') return new Counter(options);
  if (row.kind === 'gauge') return new Gauge(options);
  return new Histogram({ ...options, buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] });
}

function counter(name: string, help: string, labels: readonly string[]) {
  return { kind: 'counter', name, help, labels } as const;
}

function gauge(name: string, help: string, labels: readonly string[]) {
  return { kind: 'gauge', name, help, labels } as const;
}

function histogram(name: string, help: string, labels: readonly string[]) {
  return { kind: 'histogram', name, help, labels } as const;
}
