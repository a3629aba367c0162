// First: it prepares pg and fastify before anything loads them.
import './tracing.ts';
import { createPrivateKey } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { connectBus } from '@kagibako/bus/bus';
import { factOfRow, publishFact } from '@kagibako/bus/facts';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { readConfig } from '@kagibako/runtime/config';
import { openDatabase } from '@kagibako/runtime/database';
import { startOpsServer } from '@kagibako/runtime/health';
import { runService } from '@kagibako/runtime/lifecycle';
import { startOutboxRelay } from '@kagibako/runtime/outbox';
import { readBusIdentity } from '@kagibako/sealed-bus/identity';
import { createSealedCaller } from '@kagibako/sealed-bus/sealed-caller';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import { startChores } from './chores.ts';
import { settings } from './config.ts';
import { createKmipSessions } from './key-providers/kmip-sessions.ts';
import { createKeyProviders } from './key-providers.ts';
import { readinessChecks } from './readiness.ts';
import { serveRequests } from './requests.ts';
import { createRestApi } from './routes.ts';
import { followEvents } from './subscriptions.ts';
import { createTaskNews } from './tasks.ts';
import { tracing } from './tracing.ts';

const config = readConfig(settings, process.env);
const logger = createLogger('vcenter-broker', config.logLevel);

await runService(logger, async ({ onStop }) => {
  onStop('tracing', tracing.shutdown);
  const metrics = createMetrics('vcenter-broker');
  const storageKey = KeyMaterial.take(config.storageKey);
  onStop('storage key', () => storageKey.destroy());
  const database = openDatabase(config.databaseUrl, config.databasePassword, (error) =>
    logger.warn({ err: error }, 'database connection lost'),
  );
  onStop('database', () => database.end());
  const bus = await connectBus({ name: 'vcenter-broker', settings: config, logger, metrics });
  const identity = readBusIdentity(config);
  const kms = createSealedCaller(bus, identity);
  onStop('bus', async () => {
    await bus.close();
    kms.close();
  });
  const sessions = createKmipSessions();
  const providers = createKeyProviders({ storageKey, sessions, metrics, logger }, kms, identity.certificate);
  onStop('key providers', providers.close);
  const relay = startOutboxRelay({
    database,
    logger,
    metrics,
    publish: (row) => publishFact(bus, factOfRow(row, 'vcenter-broker')),
  });
  onStop('outbox', relay.stop);
  const service = {
    database,
    bus,
    providers,
    news: createTaskNews(),
    signingKey: createPrivateKey(config.signingKey),
    logger,
    metrics,
    changed: relay.kick,
    replay: relay.replay,
    resolve: (hostname: string) => lookup(hostname, { all: true }).catch(() => []),
  };
  bus.onReconnect(
    () => void relay.replay().catch((error: unknown) => logger.warn({ err: error }, 'outbox not replayed')),
  );

  serveRequests(service);
  const events = followEvents(service);
  onStop('events', events.stop);
  onStop('chores', startChores(service));
  const rest = await createRestApi(service, { certFile: config.tlsCertFile, keyFile: config.tlsKeyFile });
  onStop('rest', () => rest.close());
  await rest.listen({ host: config.httpHost, port: config.httpPort });
  const ops = await startOpsServer({
    host: config.opsHost,
    port: config.opsPort,
    metrics,
    checks: readinessChecks(service),
  });
  onStop('ops', ops.close);
});
