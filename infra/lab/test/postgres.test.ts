import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { findFreePort } from '../src/ports.ts';
import {
  adminUrl,
  ensureCluster,
  freeDataDirectory,
  type PostgresCluster,
  postgresProcess,
  postgresStateDirectory,
} from '../src/postgres.ts';
import { writePrivateFile } from '../src/private-file.ts';
import { isRunning, readProcessRecord } from '../src/process-identity.ts';
import { recordFile, SupervisedProcess } from '../src/supervised-process.ts';
import { eventually, makeLabFolder, removeFolders } from './lab-folder.ts';

let folder: string;
let cluster: PostgresCluster;
let port: number;
let url: string;
const password = randomBytes(24).toString('base64url');

before(async () => {
  folder = await makeLabFolder();
  const passwordFile = join(folder, 'superuser.password');
  await writePrivateFile(passwordFile, password);
  cluster = await ensureCluster(postgresStateDirectory(folder), passwordFile);
  port = await findFreePort();
  url = await adminUrl(cluster, port);
});

after(async () => {
  await freeDataDirectory(cluster.dataDirectory);
  await removeFolders(folder, cluster.stateDirectory);
});

async function supervise(): Promise<SupervisedProcess> {
  const supervised = new SupervisedProcess(await postgresProcess(cluster, port), {
    logDirectory: folder,
    runDirectory: folder,
    report: () => undefined,
  });
  await supervised.start();
  return supervised;
}

async function query(sql: string, connectionString = url): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function postmasterPid(): Promise<number> {
  return Number((await readFile(join(cluster.dataDirectory, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

test('the server runs as its own user, on 127.0.0.1 only, with every commit on disk', async () => {
  const server = await supervise();
  try {
    const [row] = await query(
      `SELECT current_setting('listen_addresses') AS addresses, current_setting('fsync') AS fsync,
        current_setting('data_checksums') AS checksums, current_setting('unix_socket_directories') AS sockets`,
    );
    assert.deepEqual(row, { addresses: '127.0.0.1', fsync: 'on', checksums: 'on', sockets: '' });
    assert.notEqual((await stat(join(cluster.dataDirectory, 'PG_VERSION'))).uid, 0);
  } finally {
    await server.stop();
  }
});

test('every connection needs a SCRAM password, and initdb left none in a file', async () => {
  const server = await supervise();
  try {
    const rules = await query('SELECT DISTINCT auth_method FROM pg_hba_file_rules');
    assert.deepEqual(rules, [{ auth_method: 'scram-sha-256' }]);
    await assert.rejects(query('SELECT 1', url.replace(password, 'wrong')), /password authentication failed/);
    const files = await readdir(cluster.stateDirectory);
    assert.deepEqual(
      files.filter((name) => name.includes('password')),
      [],
    );
  } finally {
    await server.stop();
  }
});

test('a server killed by SIGKILL is started again, and what it acknowledged is there', async () => {
  const server = await supervise();
  try {
    await query('CREATE TABLE kept (n int)');
    await query('INSERT INTO kept VALUES (1)');
    const pid = await postmasterPid();
    process.kill(pid, 'SIGKILL');
    await eventually('another server answers', async () => {
      const rows = await query('SELECT n FROM kept').catch(() => []);
      return rows.length === 1 && (await postmasterPid()) !== pid;
    });
  } finally {
    await server.stop();
  }
});

test('a server left behind by a killed lab is stopped before the next one starts', async () => {
  const first = await supervise();
  const record = await readProcessRecord(recordFile(folder, 'postgres'));
  assert.ok(record !== undefined && isRunning(record));
  await freeDataDirectory(cluster.dataDirectory);
  assert.equal(isRunning(record), false);
  await first.stop();
  const second = await supervise();
  await second.stop();
});

test('a postmaster.pid that names another program is removed and that program left alone', async () => {
  const file = join(cluster.dataDirectory, 'postmaster.pid');
  await writeFile(file, `${process.pid}\n${cluster.dataDirectory}\n`);
  await freeDataDirectory(cluster.dataDirectory);
  await assert.rejects(stat(file), { code: 'ENOENT' });
});
