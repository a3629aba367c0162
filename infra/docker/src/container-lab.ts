import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '@kagibako/lab/lab-file';
import { certificateFiles } from '@kagibako/lab/pki';
import { users } from '@kagibako/lab/plan';
import { secrets } from '@kagibako/lab/secrets';
import { hostIds } from '@kagibako/lab/settings';
import { filesFolder } from './container-files.ts';

/** Written by kms's provisioning and read by the seed alone. */
export const apiKeysFolder = '/var/lib/kagibako/api-keys';
export const identitiesFolder = '/var/lib/kagibako/identities';

export const apiKeyFiles = { first: 'first.api-key', second: 'second.api-key' } as const;

/** The lab as a container on the management network sees it that mounts the files of `access`. */
export async function describeContainerLab(): Promise<Lab> {
  const file = (name: string): string => join(filesFolder, name);
  const caFile = file('ca.pem');
  const kmip = { host: 'router', port: 5696, brokerHost: 'kmip-gateway', brokerPort: 5696 };
  return {
    broker: {
      url: 'https://vcenter-broker:9443',
      caFile,
      user: users.administrator.name,
      passwordFile: file(secrets.administratorPassword.file),
      noCryptoUser: users.noCrypto.name,
      noCryptoPasswordFile: file(secrets.noCryptoPassword.file),
    },
    kms: {
      url: 'https://kms:8443',
      caFile,
      apiKeyFile: file(apiKeyFiles.first),
      secondApiKeyFile: file(apiKeyFiles.second),
      instance: await readInstance(),
    },
    kmip: { ...kmip, ...certificateFiles(file('kmip')) },
    nats: { url: 'tls://nats:4222', monitorUrl: null, ...certificateFiles(file('bus')) },
    postgres: {
      url: `postgres://postgres@postgres:5432/postgres?sslmode=verify-full&sslrootcert=${caFile}`,
      passwordFile: file(secrets.postgresSuperuser.file),
      stateDirectory: null,
    },
    otlp: { url: 'http://jaeger:4318' },
    jaeger: { url: 'http://jaeger:16686' },
    agents: hostIds.map((name) => ({ name, datastore: `/datastores/${name}` })),
    // Docker keeps them: docker compose logs.
    logs: '',
  };
}

async function readInstance(): Promise<string> {
  const said: unknown = JSON.parse(await readFile(join(apiKeysFolder, 'provisioned.json'), 'utf8'));
  if (typeof said !== 'object' || said === null || !('instanceId' in said)) throw new Error('kms names no instance');
  return String(said.instanceId);
}
