import { databasePasswords } from './create-databases.ts';
import { databaseTable, roleUrl } from './databases.ts';
import { kmsFiles, type Plan } from './plan.ts';
import type { PortName } from './ports.ts';
import { compileCache } from './settings.ts';

/** All servers of the native lab listen here and nowhere else. */
export const host = '127.0.0.1';
const region = 'lab';

export type DatabaseService = keyof typeof databaseTable;

export function commonSettings(plan: Plan): Record<string, string> {
  return {
    KAGIBAKO_LOG_LEVEL: plan.settings.logLevel,
    OTEL_EXPORTER_OTLP_ENDPOINT: plan.settings.otlpUrl,
    NODE_COMPILE_CACHE: compileCache,
  };
}

export function httpsSettings(plan: Plan, owner: string, port: PortName): Record<string, string> {
  const { certFile, keyFile } = plan.certificate(owner, 'https');
  return {
    KAGIBAKO_HTTP_HOST: host,
    KAGIBAKO_HTTP_PORT: String(plan.ports[port]),
    KAGIBAKO_TLS_CERT_FILE: certFile,
    KAGIBAKO_TLS_KEY_FILE: keyFile,
  };
}

export function databaseSettings(
  plan: Plan,
  service: DatabaseService,
  as: 'owner' | 'runtime',
): Record<string, string> {
  const { database, ownerRole, runtimeRole } = databaseTable[service];
  return {
    KAGIBAKO_DATABASE_URL: roleUrl(plan.database.adminUrl, database, as === 'owner' ? ownerRole : runtimeRole),
    KAGIBAKO_DATABASE_PASSWORD_FILE: plan.secrets[databasePasswords[service][as]],
  };
}

export function kmsSettings(plan: Plan): Record<string, string> {
  return {
    ...databaseSettings(plan, 'kms', 'runtime'),
    KAGIBAKO_ROOT_FILE: kmsFiles(plan.settings.stateDirectory).rootFile,
    KAGIBAKO_ROOT_PASSPHRASE_FILE: plan.secrets.kmsRootPassphrase,
    KAGIBAKO_REGION: region,
  };
}

export function brokerSettings(plan: Plan): Record<string, string> {
  return {
    ...databaseSettings(plan, 'vcenter-broker', 'runtime'),
    KAGIBAKO_STORAGE_KEY_FILE: plan.secrets.brokerStorageKey,
    KAGIBAKO_SIGNING_KEY_FILE: plan.signing.keyFile,
  };
}
