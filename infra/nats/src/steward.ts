import { connectBus } from '@kagibako/bus/bus';
import { readConfig } from '@kagibako/runtime/config';
import { startOpsServer } from '@kagibako/runtime/health';
import { runService } from '@kagibako/runtime/lifecycle';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import { settings } from './config.ts';
import { followAdvisories, keepStreams } from './stewardship.ts';
import { tracing } from './tracing.ts';

/** Keeps JetStream's streams and consumers in place, whatever happens to its folder, and works dead letters. */
const config = readConfig(settings, process.env);
const logger = createLogger('steward', config.logLevel);

await runService(logger, async ({ onStop }) => {
  onStop('tracing', tracing.shutdown);
  const metrics = createMetrics('steward');
  const bus = await connectBus({ name: 'steward', settings: config, logger, metrics });
  onStop('bus', bus.close);
  const keeper = keepStreams(bus, config.hostIds);
  onStop('streams', keeper.stop);
  const follower = followAdvisories(bus);
  onStop('advisories', follower.stop);
  const ops = await startOpsServer({
    host: config.opsHost,
    port: config.opsPort,
    metrics,
    checks: { streams: keeper.ready },
  });
  onStop('ops', ops.close);
});
