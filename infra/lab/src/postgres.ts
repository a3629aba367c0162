import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readFile, readlink, realpath, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { answersQuery } from './databases.ts';
import { installPostgres } from './postgres-binaries.ts';
import { isErrorCode, readIfPresent, writePrivateFile } from './private-file.ts';
import { endProcess, readStartTime } from './process-identity.ts';
import { runCommand } from './run-command.ts';
import type { ServiceDefinition } from './supervised-process.ts';

const rootStateDirectory = '/var/lib/kagibako-lab';
const systemUser = 'postgres';
const superuser = 'postgres';
const initTimeoutMs = 120_000;
const commandTimeoutMs = 10_000;
const stopGraceMs = 15_000;
const connectionsMax = 200;
const privateMode = 0o700;
const enterableMode = 0o755;

/** A PostgreSQL of the lab's own: programs and data in one folder. */
export interface PostgresCluster {
  readonly stateDirectory: string;
  readonly programDirectory: string;
  readonly dataDirectory: string;
  /** Whom the server runs as; undefined means whoever runs the lab. PostgreSQL refuses to run as root. */
  readonly user: SystemUser | undefined;
  readonly passwordFile: string;
}

interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Where programs and data of the PostgreSQL of a lab with this state folder lie. Root's server runs as user postgres,
 * who cannot enter root's folders (a clone made by `mktemp -d` is 0700), so root's lie outside the clone.
 */
export function postgresStateDirectory(labDirectory: string): string {
  if (process.getuid?.() !== 0) return join(labDirectory, 'postgres');
  const name = createHash('sha256').update(resolve(labDirectory)).digest('hex').slice(0, 16);
  return join(rootStateDirectory, name);
}

/** Brings the programs and, the first time, the data folder into being. The superuser's password is in `passwordFile`. */
export async function ensureCluster(stateDirectory: string, passwordFile: string): Promise<PostgresCluster> {
  const user = process.getuid?.() === 0 ? await ensureSystemUser() : undefined;
  await mkdir(stateDirectory, { recursive: true, mode: enterableMode });
  await chmod(stateDirectory, user === undefined ? privateMode : enterableMode);
  const programDirectory = await installPostgres(stateDirectory);
  const dataDirectory = join(stateDirectory, 'data');
  const cluster = { stateDirectory, programDirectory, dataDirectory, user, passwordFile };
  if ((await readIfPresent(join(dataDirectory, 'PG_VERSION'))) === undefined) await initialise(cluster);
  return cluster;
}

async function ensureSystemUser(): Promise<SystemUser> {
  const known = await findSystemUser();
  if (known !== undefined) return known;
  const timeoutMs = commandTimeoutMs;
  await runCommand({ command: ['groupadd', '--system', '--force', systemUser], timeoutMs });
  const options = ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  await runCommand({ command: ['useradd', ...options, '--gid', systemUser, systemUser], timeoutMs });
  const made = await findSystemUser();
  if (made === undefined) throw new Error(`user ${systemUser} is still unknown after useradd`);
  return made;
}

async function findSystemUser(): Promise<SystemUser | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === systemUser);
  return fields === undefined ? undefined : { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/** initdb into a folder beside, moved when complete, so that an interrupted one leaves nothing that looks whole. */
async function initialise(cluster: PostgresCluster): Promise<void> {
  const unfinished = `${cluster.dataDirectory}.new`;
  const passwordCopy = join(cluster.stateDirectory, 'initdb.password');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: privateMode });
  await writePrivateFile(passwordCopy, await readFile(cluster.passwordFile));
  try {
    for (const path of cluster.user === undefined ? [] : [unfinished, passwordCopy]) await giveTo(cluster.user, path);
    await runCommand({
      command: [join(cluster.programDirectory, 'initdb'), ...initdbOptions(unfinished, passwordCopy)],
      environment: { LC_ALL: 'C' },
      workingDirectory: cluster.stateDirectory,
      user: cluster.user,
      timeoutMs: initTimeoutMs,
    });
  } finally {
    await rm(passwordCopy, { force: true });
  }
  await rename(unfinished, cluster.dataDirectory);
}

async function giveTo(user: SystemUser | undefined, path: string): Promise<void> {
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

function initdbOptions(dataDirectory: string, passwordFile: string): string[] {
  return [
    `--pgdata=${dataDirectory}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
  ];
}

/** The administrator's address; its password is inside, so it stays in memory. */
export async function adminUrl(cluster: PostgresCluster, port: number): Promise<string> {
  const password = (await readFile(cluster.passwordFile, 'utf8')).trim();
  return `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
}

/** The server as a process of the lab: TCP on 127.0.0.1 only, no Unix socket, every commit on disk. */
export async function postgresProcess(cluster: PostgresCluster, port: number): Promise<ServiceDefinition> {
  const url = await adminUrl(cluster, port);
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    fsync: 'on',
    max_connections: connectionsMax,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return {
    kind: 'service',
    name: 'postgres',
    dependsOn: [],
    command: [join(cluster.programDirectory, 'postgres'), '-D', cluster.dataDirectory, ...flags],
    environment: { LC_ALL: 'C' },
    ready: { check: () => answersQuery(url) },
    // "Fast": roll back, disconnect, write a checkpoint. SIGTERM would wait for the last client to leave.
    stopSignal: 'SIGINT',
    workingDirectory: cluster.stateDirectory,
    prepare: () => freeDataDirectory(cluster.dataDirectory),
    ...(cluster.user === undefined ? {} : { user: cluster.user }),
  };
}

/**
 * Makes a data folder startable. A server that a killed lab left behind is stopped; a `postmaster.pid` whose pid is
 * gone or is another program by now, which PostgreSQL would respect if it were the same user's, is removed.
 */
export async function freeDataDirectory(dataDirectory: string): Promise<void> {
  const file = join(dataDirectory, 'postmaster.pid');
  const pid = Number((await readIfPresent(file))?.toString('utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const startedAt = readStartTime(pid);
  if (startedAt !== undefined && (await worksIn(pid, dataDirectory))) {
    await endProcess({ pid, startedAt }, 'SIGINT', stopGraceMs);
  }
  await rm(file, { force: true });
}

/** A postmaster's working directory is its data folder; without /proc its command line names it. */
async function worksIn(pid: number, dataDirectory: string): Promise<boolean> {
  const folder = await realpath(dataDirectory);
  if (process.platform === 'linux') return (await readWorkingDirectory(pid)) === folder;
  const command = ['ps', '-o', 'command=', '-p', String(pid)] as const;
  return (await runCommand({ command, timeoutMs: commandTimeoutMs })).includes(` -D ${dataDirectory} `);
}

/** Undefined for a process that ended meanwhile or belongs to somebody else, and so is not our server. */
async function readWorkingDirectory(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT') || isErrorCode(error, 'EACCES') || isErrorCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}
