import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makePrivateFolder, readIfPresent, writePrivateFile } from './private-file.ts';

const secretBytes = 32;

/** How a secret is written: `text` is base64url without padding or newline, `bytes` is raw. */
const makers = {
  text: () => randomBytes(secretBytes).toString('base64url'),
  bytes: () => randomBytes(secretBytes),
} as const;

export interface Secret {
  /** Whose folder it lies in; one folder per service, so that a container can mount just its own. */
  readonly owner: string;
  readonly file: string;
  readonly form: keyof typeof makers;
}

/** Every random secret of the lab: made once, kept in `secrets/<owner>/<file>`, mode 0600. */
export const secrets = {
  postgresSuperuser: { owner: 'postgres', file: 'superuser.password', form: 'text' },
  kmsDatabaseOwner: { owner: 'kms', file: 'database-owner.password', form: 'text' },
  kmsDatabaseRuntime: { owner: 'kms', file: 'database-runtime.password', form: 'text' },
  kmsRootPassphrase: { owner: 'kms', file: 'root.passphrase', form: 'text' },
  brokerDatabaseOwner: { owner: 'vcenter-broker', file: 'database-owner.password', form: 'text' },
  brokerDatabaseRuntime: { owner: 'vcenter-broker', file: 'database-runtime.password', form: 'text' },
  brokerStorageKey: { owner: 'vcenter-broker', file: 'storage.key', form: 'bytes' },
  jetStreamKey: { owner: 'nats', file: 'jetstream.key', form: 'text' },
  administratorPassword: { owner: 'users', file: 'administrator.password', form: 'text' },
  noCryptoPassword: { owner: 'users', file: 'nocrypto.password', form: 'text' },
} as const satisfies Record<string, Secret>;

export type SecretName = keyof typeof secrets;
export type SecretFiles = Readonly<Record<SecretName, string>>;

/** Where a secret lies below the folder of secrets. */
export function secretFile(directory: string, secret: Secret): string {
  return join(directory, secret.owner, secret.file);
}

/** Makes what is missing and leaves what is there; returns the path of each. */
export async function ensureSecrets(directory: string): Promise<SecretFiles> {
  const files: Record<string, string> = {};
  for (const [name, secret] of Object.entries(secrets)) {
    files[name] = await ensureSecret(directory, secret);
  }
  // The loop above filled every name of the table.
  return files as SecretFiles;
}

/** Makes one secret if it is missing; returns its path. */
export async function ensureSecret(directory: string, secret: Secret): Promise<string> {
  const file = secretFile(directory, secret);
  await makePrivateFolder(join(directory, secret.owner));
  if ((await readIfPresent(file)) === undefined) await writePrivateFile(file, makers[secret.form]());
  return file;
}
