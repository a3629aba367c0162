// A service in small: one span with attributes, an error and a log line, then the end.
import { createLogger } from '../src/logger.ts';
import { inSpan } from '../src/span.ts';
import { startTracing } from '../src/start.ts';

const secret = process.argv[2] ?? '';
const tracing = startTracing('traced-program');
const logger = createLogger('traced-program');
const attributes = { 'kagibako.vm.id': 'vm-1', 'http.request.body': secret };
await inSpan('work', { attributes }, async (span) => {
  span.recordException(new Error(secret));
  span.addEvent(secret);
  logger.info({ password: secret, request: { authorization: secret, body: { token: secret } } }, 'worked');
  throw new TypeError(secret);
}).catch(() => undefined);
await tracing.shutdown().catch(() => undefined);
