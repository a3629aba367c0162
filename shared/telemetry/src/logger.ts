import { trace } from '@opentelemetry/api';
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Fields that are never printed, wherever they appear one or two levels deep. */
const secretFields = [
  'password',
  'authorization',
  'apikey',
  'token',
  'privateKey',
  'secret',
  'plaintext',
  'payload',
  'keyMaterial',
];

/** JSON lines on standard output; each line written inside a span carries its trace id. */
export function createLogger(service: string, level = 'info'): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
    mixin: traceIds,
  });
}

function traceIds(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}
