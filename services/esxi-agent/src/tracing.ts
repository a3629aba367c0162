import { startTracing } from '@kagibako/telemetry/start';

export const tracing = startTracing('esxi-agent');
