// First: it prepares pg and fastify before anything loads them.
import './tracing.ts';
import { connectBus } from '@kagibako/bus/bus';
import { factOfRow, publishFact } from '@kagibako/bus/facts';
import { readConfig } from '@kagibako/runtime/config';
import { openDatabase } from '@kagibako/runtime/database';
import { startOpsServer } from '@kagibako/runtime/health';
import { runService } from '@kagibako/runtime/lifecycle';
import { startOutboxRelay } from '@kagibako/runtime/outbox';
import { readBusIdentity } from '@kagibako/sealed-bus/identity';
import { createSealedServer } from '@kagibako/sealed-bus/sealed-server';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import { settings } from './config.ts';
import { readinessChecks } from './readiness.ts';
import { serveRequests } from './requests.ts';
import { createRestApi } from './routes.ts';
import { openSoftwareRoot } from './software-root.ts';
import { forgetOldRequests } from './store/old-requests.ts';
import { tracing } from './tracing.ts';

const forgetRequestsEveryMs = 10 * 60 * 1_000;

const config = readConfig(settings, process.env);
const logger = createLogger('kms', config.logLevel);

await runService(logger, async ({ onStop }) => {
  onStop('tracing', tracing.shutdown);
  const metrics = createMetrics('kms');
  const root = await openSoftwareRoot(config.rootFile, config.rootPassphrase);
  onStop('root', root.close);
  const database = openDatabase(config.databaseUrl, config.databasePassword, (error) =>
    logger.warn({ err: error }, 'database connection lost'),
  );
  onStop('database', () => database.end());
  const bus = await connectBus({ name: 'kms', settings: config, logger, metrics });
  const sealed = await createSealedServer(bus, readBusIdentity(config));
  onStop('bus', async () => {
    await bus.close();
    sealed.close();
  });
  const relay = startOutboxRelay({
    database,
    logger,
    metrics,
    publish: (row) => publishFact(bus, factOfRow(row, 'kms')),
  });
  onStop('outbox', relay.stop);
  const { region, timeStampWindowSeconds } = config;
  const service = { database, root, region, timeStampWindowSeconds, logger, metrics, changed: relay.kick };
  const forgetting = setInterval(
    () => void forgetOldRequests(database).catch((error: unknown) => logger.warn({ err: error }, 'old requests stay')),
    forgetRequestsEveryMs,
  );
  onStop('forgetting', () => clearInterval(forgetting));
  const replay = (): void =>
    void relay.replay().catch((error: unknown) => logger.warn({ err: error }, 'outbox not replayed'));
  bus.onReconnect(replay);
  replay();

  serveRequests(sealed, service);
  const rest = await createRestApi(service, { certFile: config.tlsCertFile, keyFile: config.tlsKeyFile });
  onStop('rest', () => rest.close());
  await rest.listen({ host: config.httpHost, port: config.httpPort });
  const checks = readinessChecks(service, bus);
  const ops = await startOpsServer({ host: config.opsHost, port: config.opsPort, metrics, checks });
  onStop('ops', ops.close);
});
