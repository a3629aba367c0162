// First: it prepares what it traces before anything loads it.
import './tracing.ts';
import { createPublicKey, randomUUID } from 'node:crypto';
import { connectBus } from '@kagibako/bus/bus';
import { readConfig } from '@kagibako/runtime/config';
import { startOpsServer } from '@kagibako/runtime/health';
import { runService } from '@kagibako/runtime/lifecycle';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import { settings } from './config.ts';
import { makeDirectory } from './durable-file.ts';
import type { Host } from './host.ts';
import { ensureIdentity } from './host-identity.ts';
import { announceStart, restateAfterStart } from './host-start.ts';
import { createKeyCache } from './key-cache.ts';
import { createKeyClient } from './key-client.ts';
import { recoverDatastore } from './recovery.ts';
import { serveRequests } from './requests.ts';
import { followCommands } from './subscriptions.ts';
import { openTaskJournal } from './task-journal.ts';
import { tracing } from './tracing.ts';
import { createTurns } from './turns.ts';

const config = readConfig(settings, process.env);
const logger = createLogger('esxi-agent', config.logLevel).child({ host: config.hostId });

await runService(logger, async ({ onStop }) => {
  onStop('tracing', tracing.shutdown);
  const { hostId, stateDirectory } = config;
  const metrics = createMetrics('esxi-agent');
  const signingKey = await ensureIdentity(stateDirectory);
  const datastore = { name: hostId, directory: config.datastoreDirectory };
  await makeDirectory(datastore.directory);
  await recoverDatastore(datastore, logger);
  const bus = await connectBus({ name: `esxi-agent-${hostId}`, settings: config, logger, metrics });
  onStop('bus', bus.close);
  const keys = createKeyCache(
    createKeyClient({ bus, hostId, signingKey, brokerKey: createPublicKey(config.brokerKey) }),
  );
  onStop('keys', keys.clear);
  const host: Host = {
    hostId,
    datastore,
    bus,
    keys,
    journal: await openTaskJournal(stateDirectory, restateAfterStart),
    poweredOn: new Set(),
    inTurn: createTurns(),
    logger,
    metrics,
  };
  const start = announceStart(host, randomUUID());
  onStop('announcement', start.stop);
  serveRequests(host);
  const commands = followCommands(host);
  onStop('commands', commands.stop);
  const checks = { bus: () => bus.connection.flush() };
  const ops = await startOpsServer({ host: config.opsHost, port: config.opsPort, metrics, checks });
  onStop('ops', ops.close);
});
