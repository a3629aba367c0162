// A command for a container that prepares PostgreSQL once: KAGIBAKO_ADMIN_DATABASE_URL (no password inside),
// KAGIBAKO_ADMIN_PASSWORD_FILE and KAGIBAKO_SECRETS_DIRECTORY, the folder that ensureSecrets filled.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { closeMaintenanceDatabases, databaseTable, ensureDatabase } from './databases.ts';
import { type SecretName, secretFile, secrets } from './secrets.ts';

/** Which secret is the password of which role. */
export const databasePasswords = {
  kms: { owner: 'kmsDatabaseOwner', runtime: 'kmsDatabaseRuntime' },
  'vcenter-broker': { owner: 'brokerDatabaseOwner', runtime: 'brokerDatabaseRuntime' },
} as const satisfies Record<keyof typeof databaseTable, { owner: SecretName; runtime: SecretName }>;

export interface DatabaseServer {
  /** Address of the administrator's connection, its password inside. */
  readonly adminUrl: string;
  /** True if the server serves this deployment alone. */
  readonly isOwn: boolean;
}

/** Makes the databases and roles of every service, with the passwords in the folder of secrets. */
export async function createDatabases(server: DatabaseServer, secretsDirectory: string): Promise<void> {
  const read = (name: SecretName): Promise<string> => readFile(secretFile(secretsDirectory, secrets[name]), 'utf8');
  if (server.isOwn) await closeMaintenanceDatabases(server.adminUrl);
  for (const service of ['kms', 'vcenter-broker'] as const) {
    await ensureDatabase(server.adminUrl, databaseTable[service], {
      ownerPassword: await read(databasePasswords[service].owner),
      runtimePassword: await read(databasePasswords[service].runtime),
    });
  }
}

async function main(environment: NodeJS.ProcessEnv): Promise<void> {
  const setting = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  };
  const url = new URL(setting('KAGIBAKO_ADMIN_DATABASE_URL'));
  url.password = encodeURIComponent((await readFile(setting('KAGIBAKO_ADMIN_PASSWORD_FILE'), 'utf8')).trim());
  await createDatabases({ adminUrl: url.href, isOwn: true }, setting('KAGIBAKO_SECRETS_DIRECTORY'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.env);
