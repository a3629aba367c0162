import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { findNatsServer } from './nats-binary.ts';
import { findFreePort } from './ports.ts';
import { adminUrl, ensureCluster, freeDataDirectory, postgresProcess, postgresStateDirectory } from './postgres.ts';
import { isErrorCode, makePrivateFolder } from './private-file.ts';
import { isRunning, readProcessRecord, recordProcess } from './process-identity.ts';
import { ensureSecret, secrets } from './secrets.ts';
import { compileCache, repository } from './settings.ts';
import { SupervisedProcess } from './supervised-process.ts';

const testFiles = ['shared', 'services', 'infra'].map((folder) => `${folder}/*/test/**/*.test.ts`);
const concurrency = 2;
const runnerRecord = 'runner.json';
const testsDirectory = join(repository, '.lab/tests');

/** What the tests are given, in the environment. */
interface Provision {
  readonly environment: Readonly<Record<string, string>>;
  readonly end: () => Promise<void>;
}

/** One PostgreSQL and the nats-server program for all tests; each test makes its own databases and servers. */
async function provision(directory: string): Promise<Provision> {
  const natsServer = await findNatsServer(join(repository, '.lab/bin'), console.log);
  const passwordFile = await ensureSecret(join(directory, 'secrets'), secrets.postgresSuperuser);
  const cluster = await ensureCluster(postgresStateDirectory(directory), passwordFile);
  const port = await findFreePort();
  const postgres = new SupervisedProcess(await postgresProcess(cluster, port), {
    logDirectory: directory,
    runDirectory: directory,
    report: (message) => console.error(message),
  });
  await postgres.start();
  return {
    environment: {
      NODE_COMPILE_CACHE: compileCache,
      KAGIBAKO_TEST_DATABASE_URL: await adminUrl(cluster, port),
      KAGIBAKO_TEST_NATS_SERVER: natsServer.file,
    },
    end: () => postgres.stop(),
  };
}

/** Ends and deletes what earlier runs left that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await listFolders(testsDirectory)) {
    const directory = join(testsDirectory, name);
    const runner = await readProcessRecord(join(directory, runnerRecord));
    if (runner === undefined || !isRunning(runner)) await removeRun(directory);
  }
}

async function listFolders(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function removeRun(directory: string): Promise<void> {
  const postgres = postgresStateDirectory(directory);
  await freeDataDirectory(join(postgres, 'data'));
  await rm(postgres, { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
}

function startTests(paths: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  const patterns = paths.length === 0 ? testFiles : paths.map(asPattern);
  return spawn(process.execPath, ['--test', `--test-concurrency=${concurrency}`, ...patterns], {
    cwd: repository,
    stdio: 'inherit',
    env: { ...process.env, ...environment, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` },
  });
}

/** A file as it is; of a folder all tests below it. */
function asPattern(path: string): string {
  return path.endsWith('.ts') ? path : `${path.replace(/\/$/, '')}/**/*.test.ts`;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { long: { type: 'boolean' } } });
  await removeLeftovers();
  const directory = join(testsDirectory, String(process.pid));
  await makePrivateFolder(directory);
  await recordProcess(join(directory, runnerRecord), process.pid);
  try {
    const { environment, end } = await provision(directory);
    try {
      return await runTests(positionals, { ...environment, ...(values.long ? { KAGIBAKO_TEST_LONG: '1' } : {}) });
    } finally {
      await end();
    }
  } finally {
    await removeRun(directory);
  }
}

/** The exit code of `node --test`. A signal that should end us ends it first, then all else is put away. */
async function runTests(paths: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const child = startTests(paths, environment);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code]: unknown[] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

process.exitCode = await main();
