import type { Logger } from '@kagibako/telemetry/logger';

/** What has to be undone at the end, newest first. */
export interface Lifecycle {
  logger: Logger;
  onStop(name: string, stop: () => Promise<unknown> | unknown): void;
}

const stopTimeoutMs = 8_000;

/** Runs one service until SIGTERM or SIGINT, then stops its parts in reverse order, each within a limit. */
export async function runService(logger: Logger, start: (lifecycle: Lifecycle) => Promise<void>): Promise<void> {
  const stops: { name: string; stop: () => Promise<unknown> | unknown }[] = [];
  let stopping = false;
  const stopAll = (exitCode: number): void => {
    if (stopping) return;
    stopping = true;
    void stopInReverse(stops, logger).then(() => process.exit(exitCode));
  };
  process.once('SIGTERM', () => stopAll(0));
  process.once('SIGINT', () => stopAll(0));
  process.on('unhandledRejection', (error) => endWithBug(logger, error, stopAll));
  process.on('uncaughtException', (error) => endWithBug(logger, error, stopAll));
  try {
    await start({ logger, onStop: (name, stop) => stops.push({ name, stop }) });
    logger.info('ready');
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    stopAll(1);
  }
}

/** The process's state is unknown after a bug that reached nobody: end, and let the supervisor start a clean one. */
function endWithBug(logger: Logger, error: unknown, stopAll: (exitCode: number) => void): void {
  logger.fatal({ err: error }, 'uncaught error');
  stopAll(1);
}

async function stopInReverse(
  stops: { name: string; stop: () => Promise<unknown> | unknown }[],
  logger: Logger,
): Promise<void> {
  for (const { name, stop } of stops.reverse()) {
    const late = new Promise((_, reject) =>
      setTimeout(() => reject(new Error(`not within ${stopTimeoutMs} ms`)), stopTimeoutMs).unref(),
    );
    await Promise.race([Promise.resolve().then(stop), late]).catch((error: unknown) =>
      logger.warn({ err: error, part: name }, 'stop failed'),
    );
  }
}
