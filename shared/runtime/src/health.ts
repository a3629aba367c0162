import type { Metrics } from '@kagibako/telemetry/metrics';
import Fastify from 'fastify';

const checkTimeoutMs = 2_000;

/** What must hold for a service to be ready; each check throws when it does not. */
export type ReadinessChecks = Record<string, () => Promise<unknown>>;

/** `/healthz` (the process runs), `/readyz` (every check holds) and `/metrics`, on a port of their own. */
export async function startOpsServer(options: {
  host: string;
  port: number;
  checks: ReadinessChecks;
  metrics: Metrics;
}): Promise<{ port: number; close(): Promise<void> }> {
  const server = Fastify();
  server.get('/healthz', () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const checks = Object.fromEntries(await Promise.all(Object.entries(options.checks).map(runCheck)));
    const ready = Object.values(checks).every((result) => result === 'ok');
    return await reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable', checks });
  });
  server.get('/metrics', async (_request, reply) =>
    reply.type(options.metrics.contentType).send(await options.metrics.text()),
  );
  await server.listen({ host: options.host, port: options.port });
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { port, close: () => server.close() };
}

async function runCheck([name, check]: [string, () => Promise<unknown>]): Promise<[string, 'ok' | 'failed']> {
  const late = new Promise((_, reject) => setTimeout(reject, checkTimeoutMs, new Error('late')).unref());
  return await Promise.race([check(), late]).then(
    () => [name, 'ok'],
    () => [name, 'failed'],
  );
}
