import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the clone. */
export const repository = resolve(fileURLToPath(new URL('../../../', import.meta.url)));

/** Where Node keeps what it compiled, for the next start of any process: it halves the time that a service needs. */
export const compileCache = join(repository, '.lab/cache');

/** The hosts of the lab, by their ids. */
export const hostIds = ['esx-1', 'esx-2'] as const;

const otlpUrlDefault = 'http://127.0.0.1:4318';

/** What the environment says about a lab. */
export interface Settings {
  /** KAGIBAKO_LAB_DIRECTORY: where all state of the lab lies; `.lab` in the clone. */
  readonly stateDirectory: string;
  /** DATABASE_URL: the administrator's connection to a PostgreSQL to use instead of one of the lab's own. */
  readonly databaseUrl: string | undefined;
  /** NATS_URL: a NATS server to use instead of one of the lab's own; it must run with the lab's `nats/nats.conf`. */
  readonly natsUrl: string | undefined;
  /** OTEL_EXPORTER_OTLP_ENDPOINT: where the services send traces. */
  readonly otlpUrl: string;
  /** KAGIBAKO_LOG_LEVEL of every service. */
  readonly logLevel: string;
}

export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return {
    stateDirectory: resolve(environment['KAGIBAKO_LAB_DIRECTORY'] ?? join(repository, '.lab')),
    databaseUrl: environment['DATABASE_URL'] || undefined,
    natsUrl: environment['NATS_URL'] || undefined,
    otlpUrl: environment['OTEL_EXPORTER_OTLP_ENDPOINT'] || otlpUrlDefault,
    logLevel: environment['KAGIBAKO_LOG_LEVEL'] || 'info',
  };
}

/** The folders of a lab's state. */
export function labFolders(stateDirectory: string) {
  const folder = (name: string): string => join(stateDirectory, name);
  return {
    logs: folder('logs'),
    run: folder('run'),
    pki: folder('pki'),
    secrets: folder('secrets'),
    nats: folder('nats'),
    kms: folder('kms'),
    host: (hostId: string) => ({
      datastore: join(folder('hosts'), hostId, 'datastore'),
      state: join(folder('hosts'), hostId, 'state'),
    }),
  };
}
