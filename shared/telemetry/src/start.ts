import { FastifyOtelInstrumentation } from '@fastify/otel';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { allowListed } from './allow-list.ts';

/**
 * Starts tracing for one service. It must run before `pg`, `http` and `fastify` are loaded: import the service's
 * `tracing.ts` first in `main.ts`. Spans go to OTEL_EXPORTER_OTLP_ENDPOINT; without it they only give logs their ids.
 */
export function startTracing(service: string): { shutdown(): Promise<void> } {
  const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const to = endpoint === undefined || endpoint === '' ? undefined : new OTLPTraceExporter({ timeoutMillis: 2_000 });
  const sdk = new NodeSDK({
    serviceName: service,
    // It would add the command line, the owner and the host to what every export says.
    autoDetectResources: false,
    spanProcessors: [
      to === undefined ? exportsNothing : new BatchSpanProcessor({ exporter: allowListed(to), maxQueueSize: 8_192 }),
    ],
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [
      new HttpInstrumentation({ disableOutgoingRequestInstrumentation: true, ignoreIncomingRequestHook: isProbe }),
      new FastifyOtelInstrumentation({ registerOnInitialization: true }),
      new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true, enhancedDatabaseReporting: false }),
    ],
  });
  sdk.start();
  return { shutdown: () => sdk.shutdown() };
}

/** Without any processor the SDK makes no spans, and so no ids for logs, headers and the audit. */
const exportsNothing: SpanProcessor = {
  onStart: () => undefined,
  onEnd: () => undefined,
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/** Health probes and metrics scrapes say nothing that a trace should keep. */
const isProbe = (request: { url?: string | undefined }): boolean =>
  request.url === '/healthz' || request.url === '/readyz' || request.url === '/metrics';
