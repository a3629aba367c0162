import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect as connectNats } from '@nats-io/transport-node';
import { Client } from 'pg';
import { readLab } from '../src/lab-file.ts';
import { findRunningLab } from '../src/lab-lock.ts';
import { postgresStateDirectory } from '../src/postgres.ts';
import { isRunning, readProcessRecord } from '../src/process-identity.ts';
import { seedKms } from '../src/seed.ts';
import { recordFile } from '../src/supervised-process.ts';
import { eventually, makeLabFolder, removeFolders } from './lab-folder.ts';

const program = fileURLToPath(new URL('../src/lab.ts', import.meta.url));
const start = ['--detach', '--only', 'databases,nats'];

// One state for all tests, as a user has, because making a database takes seconds; each test leaves the lab stopped.
let folder: string;
before(async () => {
  folder = await makeLabFolder();
});
afterEach(() => lab('down'));
after(async () => {
  await lab('reset', '--yes');
  await removeFolders(folder);
});

function spawnLab(args: readonly string[], settings: Readonly<Record<string, string>> = {}): ChildProcess {
  const { DATABASE_URL: _database, NATS_URL: _nats, ...environment } = process.env;
  return spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, KAGIBAKO_LAB_DIRECTORY: folder, ...settings },
  });
}

interface Outcome {
  readonly code: unknown;
  readonly output: string;
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (output += part.toString()));
  const [code]: unknown[] = await once(child, 'close');
  return { code, output };
}

function lab(...args: readonly string[]): Promise<Outcome> {
  return outcomeOf(spawnLab(args));
}

async function query(sql: string): Promise<unknown[]> {
  const { postgres } = await readLab(folder);
  const url = new URL(postgres.url);
  url.password = await readFile(postgres.passwordFile, 'utf8');
  const client = new Client({ connectionString: url.href });
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function pidOf(name: string): Promise<number> {
  return (await readProcessRecord(recordFile(join(folder, 'run'), name)))?.pid ?? 0;
}

test('the lab starts in the background, says where it is, and stops', async () => {
  const started = await lab(...start);
  assert.equal(started.code, 0, started.output);
  assert.match(started.output, /next: npm run lab -- demo/);
  const status = await lab('status');
  assert.equal(status.code, 0);
  assert.match(status.output, /nats +ready .*\n +postgres +running/);
  assert.deepEqual(await query('SELECT 1 AS one'), [{ one: 1 }]);
  assert.equal((await lab('down')).code, 0);
  assert.equal((await lab('status')).code, 3);
  assert.deepEqual(await readdir(join(folder, 'run')), []);
});

test('seeding that was killed halfway is finished by the next start', async () => {
  await lab('--detach', '--only', 'kms');
  const described = await readLab(folder);
  const signal = AbortSignal.timeout(30_000);
  const seeded = await seedKms(described, signal);
  assert.deepEqual(await seedKms(described, signal), seeded);
});

test('a second start says that the lab runs already, and leaves it alone', async () => {
  await lab(...start);
  const second = await lab('--only', 'nats');
  assert.equal(second.code, 1);
  assert.match(second.output, /the lab runs already \(process \d+\)/);
  assert.equal((await lab('status')).code, 0);
});

test('of starts at the same time one wins', async () => {
  const outcomes = await Promise.all([1, 2, 3].map(() => lab(...start)));
  assert.deepEqual(outcomes.map(({ code }) => code).sort(), [0, 1, 1]);
});

test('after kill -9 the next start ends what was left, on the same ports, with the same data', async () => {
  await lab(...start);
  await query('CREATE TABLE kept AS SELECT 1 AS n');
  const before = await readLab(folder);
  const supervisor = await findRunningLab(join(folder, 'run'));
  assert.ok(supervisor !== undefined);
  process.kill(supervisor.pid, 'SIGKILL');
  await eventually('the lab is dead', () => !isRunning(supervisor));
  assert.deepEqual(await query('SELECT n FROM kept'), [{ n: 1 }], 'its processes run on');
  const again = await lab(...start);
  assert.equal(again.code, 0, again.output);
  assert.match(again.output, /ended postgres, left behind by a killed lab/);
  assert.deepEqual(await readLab(folder), before);
  assert.deepEqual(await query('SELECT n FROM kept'), [{ n: 1 }]);
});

test('processes that are killed are started again', async () => {
  await lab(...start);
  for (const name of ['postgres', 'nats']) {
    const pid = await pidOf(name);
    process.kill(pid, 'SIGKILL');
    await eventually(`${name} runs again`, async () => ![0, pid].includes(await pidOf(name)));
  }
  await eventually('PostgreSQL answers', async () => (await query('SELECT 1').catch(() => [])).length === 1);
});

async function interruptAt(moment: RegExp): Promise<void> {
  const child = spawnLab(['--only', 'databases,nats']);
  let output = '';
  child.stdout?.on('data', (part: Buffer) => (output += part.toString()));
  await eventually(`it says ${moment}`, () => moment.test(output));
  child.kill('SIGINT');
  assert.equal((await outcomeOf(child)).code, 0, output);
  assert.deepEqual(await readdir(join(folder, 'run')), []);
}

test('an interrupted lab stops everything', () => interruptAt(/next: npm run lab/));

test('reset asks or is told, and deletes all state', async () => {
  await lab(...start);
  const refused = await lab('reset');
  assert.equal(refused.code, 1);
  assert.match(refused.output, /--yes/);
  assert.equal((await lab('reset', '--yes')).code, 0);
  assert.deepEqual(await readdir(folder), []);
  await assert.rejects(stat(postgresStateDirectory(folder)), { code: 'ENOENT' });
});

test('a lab interrupted in its very first start stops too', () => interruptAt(/creating PostgreSQL/));

test('the observer’s identity subscribes to everything and publishes nothing; others are refused', async () => {
  await lab(...start);
  const { nats } = await readLab(folder);
  const tls = { caFile: nats.caFile, certFile: nats.certFile, keyFile: nats.keyFile };
  const observer = await connectNats({ servers: nats.url, tls, reconnect: false, inboxPrefix: '_INBOX_observer' });
  const failures: string[] = [];
  void (async () => {
    for await (const status of observer.status()) if (status.type === 'error') failures.push(String(status.error));
  })();
  observer.subscribe('>');
  await observer.flush();
  observer.publish('kagibako.evt.kms.v1.key-created', '{}');
  await observer.flush();
  await eventually('the publication is refused', () => failures.length === 1);
  assert.match(failures.join(), /Permissions Violation for Publish/i);
  await observer.close();
  await assert.rejects(
    connectNats({ servers: nats.url, tls: { caFile: nats.caFile }, reconnect: false, timeout: 2_000 }),
  );
});

test('everything listens on 127.0.0.1 only', async () => {
  await lab(...start);
  const described = await readLab(folder);
  const ports = [described.nats.url, described.nats.monitorUrl ?? '', described.postgres.url].map(
    (url) => new URL(url).port,
  );
  for (const port of ports) {
    const elsewhere = connect({ port: Number(port), host: '127.0.0.2' });
    await assert.rejects(once(elsewhere, 'connect'), { code: 'ECONNREFUSED' });
  }
});

test('a start that fails says why, stops what it had started, and ends', async () => {
  const programs = join(folder, 'programs');
  await mkdir(programs);
  await writeFile(join(programs, 'nats-server'), '#!/bin/sh\n[ "$1" = --version ] && echo v2.9.10 || echo broken\n');
  await chmod(join(programs, 'nats-server'), 0o755);
  const failed = await outcomeOf(spawnLab(start, { PATH: programs }));
  assert.equal(failed.code, 1);
  assert.match(failed.output, /lab: nats ended 3 times before it was ready.*\nbroken/s);
  assert.deepEqual(await readdir(join(folder, 'run')), []);
});

test('an unknown command or process is refused', async () => {
  assert.equal((await lab('dance')).code, 1);
  const unknown = await lab('--only', 'dance');
  assert.equal(unknown.code, 1);
  assert.match(unknown.output, /no process is called dance/);
});
