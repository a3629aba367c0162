// First: it prepares instrumented libraries before anything loads them.
import './tracing.ts';
import { connectBus } from '@kagibako/bus/bus';
import { readConfig } from '@kagibako/runtime/config';
import { startOpsServer } from '@kagibako/runtime/health';
import { runService } from '@kagibako/runtime/lifecycle';
import { readBusIdentity } from '@kagibako/sealed-bus/identity';
import { createSealedCaller } from '@kagibako/sealed-bus/sealed-caller';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import { settings } from './config.ts';
import { createKmsClient } from './kms-client.ts';
import { listen } from './listener.ts';
import { tracing } from './tracing.ts';

const config = readConfig(settings, process.env);
const logger = createLogger('kmip-gateway', config.logLevel);

await runService(logger, async ({ onStop }) => {
  onStop('tracing', tracing.shutdown);
  const metrics = createMetrics('kmip-gateway');
  const bus = await connectBus({ name: 'kmip-gateway', settings: config, logger, metrics });
  onStop('bus', bus.close);
  const caller = createSealedCaller(bus, readBusIdentity(config));
  onStop('session', caller.close);
  const listener = await listen({
    host: config.kmipHost,
    port: config.kmipPort,
    certFile: config.tlsCertFile,
    keyFile: config.tlsKeyFile,
    kms: createKmsClient(caller, logger),
    logger,
    metrics,
  });
  onStop('listener', listener.close);
  const ops = await startOpsServer({
    host: config.opsHost,
    port: config.opsPort,
    metrics,
    checks: { bus: () => bus.connection.flush() },
  });
  onStop('ops', ops.close);
});
