import { type SecretName, secretFile, secrets } from '@kagibako/lab/secrets';

/** Where each container finds its files. */
export const filesFolder = '/run/kagibako';

/** A file or folder below the setup's own, and its place below the container's folder. */
interface Delivery {
  readonly from: string;
  readonly to: string;
}

export interface ContainerFiles {
  /** User and group that may read the files. */
  readonly owner: number;
  readonly files: readonly Delivery[];
}

/** User `node` of the services' image; nats-server, which needs none of its own, runs as the same number. */
const node = 1_000;
/** User `postgres` of the image `postgres`. */
const postgres = 999;

const certificate = (owner: string, use: string): Delivery => ({ from: `pki/${owner}/${use}`, to: use });
const authority: Delivery = { from: 'pki/ca/cert.pem', to: 'ca.pem' };
const secret = (name: SecretName): Delivery => ({ from: secretFile('secrets', secrets[name]), to: secrets[name].file });
/** A secret that keeps its owner's folder, for those who get several of the same name. */
const ownedSecret = (name: SecretName): Delivery => ({
  from: secretFile('secrets', secrets[name]),
  to: secretFile('', secrets[name]),
});
const host = (id: string): ContainerFiles => ({
  owner: node,
  files: [certificate(`esxi-agent-${id}`, 'bus'), { from: 'pki/vcenter-broker/signing.pub', to: 'broker-signing.pub' }],
});

/** What each container gets, in a volume that it alone mounts; the CA's key is in none. */
export const containerFiles = {
  postgres: {
    owner: postgres,
    files: [
      certificate('postgres', 'server'),
      secret('postgresSuperuser'),
      { from: 'postgres/pg_hba.conf', to: 'pg_hba.conf' },
    ],
  },
  nats: { owner: node, files: [certificate('nats', 'server'), { from: 'nats/nats.conf', to: 'nats.conf' }] },
  databases: {
    owner: node,
    files: [
      authority,
      ownedSecret('postgresSuperuser'),
      ownedSecret('kmsDatabaseOwner'),
      ownedSecret('kmsDatabaseRuntime'),
      ownedSecret('brokerDatabaseOwner'),
      ownedSecret('brokerDatabaseRuntime'),
    ],
  },
  steward: { owner: node, files: [certificate('steward', 'bus')] },
  'kms-migrate': { owner: node, files: [authority, secret('kmsDatabaseOwner')] },
  'kms-provision': { owner: node, files: [authority, secret('kmsDatabaseRuntime'), secret('kmsRootPassphrase')] },
  kms: {
    owner: node,
    files: [
      authority,
      certificate('kms', 'bus'),
      certificate('kms', 'https'),
      secret('kmsDatabaseRuntime'),
      secret('kmsRootPassphrase'),
    ],
  },
  'kmip-gateway': { owner: node, files: [certificate('kmip-gateway', 'bus'), certificate('kmip-gateway', 'kmip')] },
  'broker-migrate': { owner: node, files: [authority, secret('brokerDatabaseOwner')] },
  'broker-provision': {
    owner: node,
    files: [authority, secret('brokerDatabaseRuntime'), secret('administratorPassword'), secret('noCryptoPassword')],
  },
  'vcenter-broker': {
    owner: node,
    files: [
      authority,
      certificate('vcenter-broker', 'bus'),
      certificate('vcenter-broker', 'https'),
      secret('brokerDatabaseRuntime'),
      secret('brokerStorageKey'),
      { from: 'pki/vcenter-broker/signing.key', to: 'signing.key' },
    ],
  },
  'esx-1': host('esx-1'),
  'esx-2': host('esx-2'),
  /** For people and scripts; the seed adds API keys and lab.json. */
  access: {
    owner: node,
    files: [
      authority,
      certificate('scripts', 'kmip'),
      certificate('observer', 'bus'),
      secret('administratorPassword'),
      secret('noCryptoPassword'),
      secret('postgresSuperuser'),
    ],
  },
} as const satisfies Record<string, ContainerFiles>;
