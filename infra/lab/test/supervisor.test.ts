import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../src/ports.ts';
import { readStartTime, recordProcess } from '../src/process-identity.ts';
import { isReady, recordFile, type ServiceDefinition } from '../src/supervised-process.ts';
import { endOrphans, listRecords, type ProcessDefinition, Supervisor, selectProcesses } from '../src/supervisor.ts';
import { eventually, makeLabFolder, removeFolders } from './lab-folder.ts';

const program = fileURLToPath(new URL('stand-in.mjs', import.meta.url));

let folder: string;
let reports: string[];

beforeEach(async () => {
  folder = await makeLabFolder();
  reports = [];
});

afterEach(async () => {
  await endOrphans(folder);
  await removeFolders(folder);
});

interface StandIn {
  readonly mode?: 'deaf' | 'broken' | 'slow';
  readonly dependsOn?: readonly string[];
}

async function standIn(name: string, { mode, dependsOn = [] }: StandIn = {}): Promise<ServiceDefinition> {
  const port = await findFreePort();
  const args = [program, String(port), journalFile(), name, ...(mode === undefined ? [] : [mode])];
  const command = [process.execPath, ...args] as const;
  return { kind: 'service', name, dependsOn, command, environment: {}, ready: { url: `http://127.0.0.1:${port}/` } };
}

function task(name: string, dependsOn: readonly string[], run: () => Promise<void>): ProcessDefinition {
  return { kind: 'task', name, dependsOn, run };
}

function supervise(definitions: readonly ProcessDefinition[]): Supervisor {
  return new Supervisor(definitions, {
    logDirectory: folder,
    runDirectory: folder,
    report: (message) => reports.push(message),
    progress: (name) => reports.push(`${name} ready`),
  });
}

function journalFile(): string {
  return join(folder, 'journal');
}

async function readJournal(): Promise<string[]> {
  return (await readFile(journalFile(), 'utf8')).trim().split('\n');
}

async function ask({ ready }: ServiceDefinition): Promise<{ pid?: number; secret?: string }> {
  const response = await fetch('url' in ready ? ready.url : '').catch(() => undefined);
  return response === undefined ? {} : ((await response.json()) as { pid?: number; secret?: string });
}

test('processes start after what they depend on and stop before it', async () => {
  const notes: string[] = [];
  const definitions = [
    await standIn('service', { mode: 'slow', dependsOn: ['migrate'] }),
    task('migrate', ['database'], async () => void notes.push(...(await readJournal()))),
    await standIn('database'),
  ];
  const supervisor = supervise(definitions);
  await supervisor.start();
  await supervisor.stop();
  assert.deepEqual(notes, ['database started']);
  assert.deepEqual(await readJournal(), ['database started', 'service started', 'service ended', 'database ended']);
  assert.deepEqual(reports, ['database ready', 'migrate ready', 'service ready']);
});

test('a process that dies is started again', async () => {
  const definition = await standIn('service');
  const supervisor = supervise([definition]);
  await supervisor.start();
  const { pid = 0 } = await ask(definition);
  process.kill(pid, 'SIGKILL');
  await eventually('another process answers', async () => ![undefined, pid].includes((await ask(definition)).pid));
  assert.deepEqual(reports.at(-1), 'service ended (SIGKILL), starting it again in 200 ms');
  await supervisor.stop();
});

test('a process that does not heed SIGTERM is killed', async () => {
  const definition = { ...(await standIn('service', { mode: 'deaf' })), stopGraceMs: 200 };
  const supervisor = supervise([definition]);
  await supervisor.start();
  const { pid = 0 } = await ask(definition);
  await supervisor.stop();
  assert.equal(readStartTime(pid), undefined);
});

test('a process that cannot start fails the start with the end of its log, and the others are stopped', async () => {
  const database = await standIn('database');
  const supervisor = supervise([database, await standIn('service', { mode: 'broken', dependsOn: ['database'] })]);
  await assert.rejects(supervisor.start(), /service ended 3 times before it was ready.*the reason is in the log/s);
  assert.deepEqual(await readJournal(), ['database started', 'database ended']);
});

test('a program that does not exist fails the start', async () => {
  const definition = { ...(await standIn('service')), command: [join(folder, 'absent')] as const };
  await assert.rejects(supervise([definition]).start(), /ended 3 times/);
  assert.match(reports.join('\n'), /ENOENT/);
});

test('a task that fails is what the start fails with', async () => {
  const failing = task('migrate', [], () => Promise.reject(new Error('column exists')));
  await assert.rejects(
    supervise([failing, await standIn('service', { dependsOn: ['migrate'] })]).start(),
    /column exists/,
  );
  await assert.rejects(stat(journalFile()), { code: 'ENOENT' });
});

test('a stop during the start leaves nothing running', async () => {
  const supervisor = supervise([await standIn('database'), await standIn('service', { dependsOn: ['database'] })]);
  const start = supervisor.start();
  await Promise.all([supervisor.stop(), assert.rejects(start)]);
  assert.deepEqual(await endOrphans(folder), []);
});

test('a process gets its own settings and none of the secrets in the environment of the lab', async () => {
  process.env['SECRET'] = 'database password';
  const definition = await standIn('service');
  const supervisor = supervise([definition]);
  await supervisor.start();
  assert.equal((await ask(definition)).secret, undefined);
  delete process.env['SECRET'];
  await supervisor.stop();
});

test('what a killed lab left running is ended, a program that got its pid since is not', async () => {
  const { command, ready } = await standIn('service');
  const [node, ...args] = command;
  const child = spawn(node, args, { detached: true, stdio: 'ignore' });
  await eventually('it is ready', () => isReady(ready));
  await recordProcess(recordFile(folder, 'service'), child.pid ?? 0);
  await writeFile(recordFile(folder, 'other'), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
  await writeFile(recordFile(folder, 'damaged'), '{"pid":');
  assert.deepEqual(await endOrphans(folder), ['service']);
  assert.equal(readStartTime(child.pid ?? 0), undefined);
  assert.deepEqual(await listRecords(folder), []);
});

test('unknown and circular dependencies are refused', () => {
  const nothing = (): Promise<void> => Promise.resolve();
  assert.throws(() => supervise([task('a', ['b'], nothing)]), /a depends on b, which no process is called/);
  const circle = [task('a', ['b'], nothing), task('b', ['a'], nothing)];
  assert.throws(() => supervise(circle), /circular dependency: a → b → a/);
});

test('a selection brings along what it depends on', () => {
  const nothing = (): Promise<void> => Promise.resolve();
  const all = [task('a', [], nothing), task('b', ['a'], nothing), task('c', [], nothing)];
  assert.deepEqual(
    selectProcesses(all, ['b']).map(({ name }) => name),
    ['a', 'b'],
  );
  assert.throws(() => selectProcesses(all, ['d']), /no process is called d/);
});
