import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCertificates } from './certificates.ts';
import { roleUrl } from './databases.ts';
import type { Lab } from './lab-file.ts';
import { findNatsServer } from './nats-binary.ts';
import { type NatsServerOptions, natsProcess, writeNatsConfig } from './nats-server.ts';
import { type CertificateFiles, ensureSigningKeyPair } from './pki.ts';
import { choosePorts, defaultPorts, movedPorts, type Ports } from './ports.ts';
import { adminUrl, ensureCluster, postgresProcess, postgresStateDirectory } from './postgres.ts';
import { makePrivateFolder, readIfPresent, writePrivateFile } from './private-file.ts';
import { ensureSecrets, type SecretFiles } from './secrets.ts';
import { hostIds, labFolders, repository, type Settings } from './settings.ts';
import type { ServiceDefinition } from './supervised-process.ts';

/** All that one start of the lab has to know, before any process runs. */
export interface Plan {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly secrets: SecretFiles;
  readonly certificate: (owner: string, use: string) => CertificateFiles;
  readonly signing: { readonly keyFile: string; readonly publicKeyFile: string };
  readonly database: DatabasePlan;
  readonly nats: NatsPlan;
}

export interface DatabasePlan {
  /** The administrator's address with its password. */
  readonly adminUrl: string;
  readonly passwordFile: string;
  readonly stateDirectory: string | null;
  /** The server, where it is the lab's own. */
  readonly process: ServiceDefinition | undefined;
}

export interface NatsPlan {
  readonly url: string;
  readonly monitorUrl: string | null;
  readonly process: ServiceDefinition | undefined;
}

/** Brings everything into being that processes need to find: folders, secrets, certificates, programs, a database. */
export async function makePlan(settings: Settings, progress: (message: string) => void): Promise<Plan> {
  const folders = labFolders(settings.stateDirectory);
  for (const folder of [folders.logs, folders.run, folders.kms]) await makePrivateFolder(folder);
  for (const hostId of hostIds) await makePrivateFolder(folders.host(hostId).datastore);
  for (const hostId of hostIds) await makePrivateFolder(folders.host(hostId).state);
  const ports = await choosePorts(settings.stateDirectory);
  for (const [name, port] of movedPorts(ports)) progress(`port of ${name}: ${port}, not ${defaultPorts[name]}`);
  const secrets = await ensureSecrets(folders.secrets);
  const certificate = await ensureCertificates(folders.pki, { hostIds });
  const signing = {
    keyFile: join(folders.pki, 'vcenter-broker/signing.key'),
    publicKeyFile: join(folders.pki, 'vcenter-broker/signing.pub'),
  };
  await ensureSigningKeyPair(signing.keyFile, signing.publicKeyFile);
  const database = await planDatabase(settings, ports, secrets, progress);
  const nats = await planNats(settings, ports, secrets, certificate('nats', 'server'), progress);
  return { settings, ports, secrets, certificate, signing, database, nats };
}

async function planDatabase(
  settings: Settings,
  ports: Ports,
  secrets: SecretFiles,
  progress: (message: string) => void,
): Promise<DatabasePlan> {
  const passwordFile = secrets.postgresSuperuser;
  if (settings.databaseUrl !== undefined) {
    await writePrivateFile(passwordFile, decodeURIComponent(new URL(settings.databaseUrl).password));
    return { adminUrl: settings.databaseUrl, passwordFile, stateDirectory: null, process: undefined };
  }
  const stateDirectory = postgresStateDirectory(settings.stateDirectory);
  if ((await readIfPresent(join(stateDirectory, 'data/PG_VERSION'))) === undefined) progress('creating PostgreSQL');
  const cluster = await ensureCluster(stateDirectory, passwordFile);
  return {
    adminUrl: await adminUrl(cluster, ports.postgres),
    passwordFile,
    stateDirectory,
    process: await postgresProcess(cluster, ports.postgres),
  };
}

async function planNats(
  settings: Settings,
  ports: Ports,
  secrets: SecretFiles,
  certificate: CertificateFiles,
  progress: (message: string) => void,
): Promise<NatsPlan> {
  const options: NatsServerOptions = {
    directory: labFolders(settings.stateDirectory).nats,
    port: ports.nats,
    monitorPort: ports.natsMonitor,
    certificate,
    hostIds,
  };
  if (settings.natsUrl !== undefined) {
    await writeNatsConfig(options);
    return { url: settings.natsUrl, monitorUrl: null, process: undefined };
  }
  const program = await findNatsServer(join(repository, '.lab/bin'), progress);
  return {
    url: `tls://127.0.0.1:${ports.nats}`,
    monitorUrl: `http://127.0.0.1:${ports.natsMonitor}`,
    process: await natsProcess(program, options, secrets.jetStreamKey),
  };
}

/** The files by which the lab hands its API keys to scripts, and what provisioning kms said. */
export function kmsFiles(stateDirectory: string) {
  const folder = labFolders(stateDirectory).kms;
  return {
    rootFile: join(folder, 'root.sealed'),
    apiKeyFile: join(folder, 'first.api-key'),
    secondApiKeyFile: join(folder, 'second.api-key'),
    provisionedFile: join(folder, 'provisioned.json'),
  };
}

/** The description of the lab for scripts. */
export async function describeLab(plan: Plan): Promise<Lab> {
  const { settings, ports, secrets, certificate } = plan;
  const kms = kmsFiles(settings.stateDirectory);
  const folders = labFolders(settings.stateDirectory);
  const kmipPlace = { host: '127.0.0.1', port: ports.kmip };
  const admin = new URL(plan.database.adminUrl);
  return {
    broker: {
      url: `https://127.0.0.1:${ports.brokerHttps}`,
      caFile: certificate('vcenter-broker', 'https').caFile,
      user: users.administrator.name,
      passwordFile: secrets.administratorPassword,
      noCryptoUser: users.noCrypto.name,
      noCryptoPasswordFile: secrets.noCryptoPassword,
    },
    kms: {
      url: `https://127.0.0.1:${ports.kmsHttps}`,
      caFile: certificate('kms', 'https').caFile,
      apiKeyFile: kms.apiKeyFile,
      secondApiKeyFile: kms.secondApiKeyFile,
      instance: await readInstance(kms.provisionedFile),
    },
    kmip: { ...kmipPlace, brokerHost: kmipPlace.host, brokerPort: kmipPlace.port, ...certificate('scripts', 'kmip') },
    nats: { url: plan.nats.url, monitorUrl: plan.nats.monitorUrl, ...certificate('observer', 'bus') },
    postgres: {
      url: roleUrl(plan.database.adminUrl, admin.pathname.slice(1), decodeURIComponent(admin.username)),
      passwordFile: plan.database.passwordFile,
      stateDirectory: plan.database.stateDirectory,
    },
    otlp: { url: settings.otlpUrl },
    jaeger: null,
    agents: hostIds.map((name) => ({ name, datastore: folders.host(name).datastore })),
    logs: folders.logs,
  };
}

/** The broker's users that the lab makes. */
export const users = {
  administrator: { name: 'administrator@vsphere.local', role: 'Administrator' },
  noCrypto: { name: 'nocrypto@vsphere.local', role: 'NoCryptoAdmin' },
} as const;

async function readInstance(provisionedFile: string): Promise<string | null> {
  const content = await readIfPresent(provisionedFile);
  if (content === undefined) return null;
  const value: unknown = JSON.parse(await readFile(provisionedFile, 'utf8'));
  return typeof value === 'object' && value !== null && 'instanceId' in value ? String(value.instanceId) : null;
}
