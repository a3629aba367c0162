import { readFileSync } from 'node:fs';

/** One setting: its environment variable, how it is read, and what it is for. A row without a default is required. */
export interface Setting<T> {
  variable: string;
  help: string;
  read(text: string): T;
  fallback?: T;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type Config<S extends Settings> = { [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Reads every setting once, at start. All problems are told together, by name and never by value. */
export function readConfig<S extends Settings>(settings: S, environment: NodeJS.ProcessEnv): Config<S> {
  const problems: string[] = [];
  const entries = Object.entries(settings).map(([key, setting]) => [key, readOne(setting, environment, problems)]);
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return Object.fromEntries(entries) as Config<S>;
}

function readOne(setting: Setting<unknown>, environment: NodeJS.ProcessEnv, problems: string[]): unknown {
  const text = environment[setting.variable];
  if (text === undefined || text === '') {
    if ('fallback' in setting) return setting.fallback;
    problems.push(`${setting.variable} is missing: ${setting.help}`);
    return undefined;
  }
  try {
    return setting.read(text);
  } catch (error) {
    problems.push(`${setting.variable}: ${error instanceof Error ? error.message : 'not readable'}`);
    return undefined;
  }
}

type Optional<T> = { fallback?: T };
const row =
  <T>(read: (text: string) => T) =>
  (variable: string, help: string, optional: Optional<T> = {}): Setting<T> => ({ variable, help, read, ...optional });

export const text = row((value) => value);
export const list = row((value) => value.split(',').map((item) => item.trim()));
export const port = row((value) => integerBetween(value, 0, 65_535));
export const integer = row((value) => integerBetween(value, 0, Number.MAX_SAFE_INTEGER));
/** A path whose file is read when the service needs it. */
export const path = text;
/** The text of a file, less a final newline. */
export const fileText = row((value) => readFileSync(value, 'utf8').replace(/\r?\n$/, ''));
/** The bytes of a file, in memory of their own: whoever takes them wipes them. */
export const fileBytes = row((value) => new Uint8Array(readFileSync(value)));

/** A setting that may be absent. */
export const optional = <T>(setting: Setting<T>): Setting<T | undefined> => ({ ...setting, fallback: undefined });

function integerBetween(value: string, minimum: number, maximum: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < minimum || number > maximum)
    throw new Error(`must be a whole number from ${minimum} to ${maximum}`);
  return number;
}

/** Settings that every service has. */
export const commonSettings = {
  natsUrl: text('KAGIBAKO_NATS_URL', 'address of the NATS server, e.g. tls://127.0.0.1:4222'),
  natsCaFile: path('KAGIBAKO_NATS_CA_FILE', 'PEM of the CA that issues bus certificates'),
  natsCertFile: path('KAGIBAKO_NATS_CERT_FILE', 'PEM of this process’s bus certificate'),
  natsKeyFile: path('KAGIBAKO_NATS_KEY_FILE', 'PEM of its private key'),
  opsHost: text('KAGIBAKO_OPS_HOST', 'address of /healthz, /readyz and /metrics', { fallback: '127.0.0.1' }),
  opsPort: port('KAGIBAKO_OPS_PORT', 'port of /healthz, /readyz and /metrics'),
  logLevel: text('KAGIBAKO_LOG_LEVEL', 'debug, info, warn or error', { fallback: 'info' }),
} as const satisfies Settings;

export const databaseSettings = {
  databaseUrl: text(
    'KAGIBAKO_DATABASE_URL',
    'PostgreSQL, e.g. postgres://kms_runtime@127.0.0.1/kms, without a password',
  ),
  databasePassword: fileText('KAGIBAKO_DATABASE_PASSWORD_FILE', 'file with the password'),
} as const satisfies Settings;

export const httpsSettings = {
  httpHost: text('KAGIBAKO_HTTP_HOST', 'address of the REST API', { fallback: '127.0.0.1' }),
  httpPort: port('KAGIBAKO_HTTP_PORT', 'port of the REST API'),
  tlsCertFile: path('KAGIBAKO_TLS_CERT_FILE', 'PEM of the server’s certificate chain'),
  tlsKeyFile: path('KAGIBAKO_TLS_KEY_FILE', 'PEM of its private key'),
} as const satisfies Settings;
