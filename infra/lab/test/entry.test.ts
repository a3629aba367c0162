import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, makeLabFolder, removeFolders } from './lab-folder.ts';

const entry = fileURLToPath(new URL('../entry.mjs', import.meta.url));
const asNode20 = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' })`;

/** A repository of three files: the entry, a lock file, and a program that says how it was called. */
let repository: string;
beforeEach(async () => {
  repository = await makeLabFolder();
  await mkdir(join(repository, 'infra/lab/src'), { recursive: true });
  await copyFile(entry, join(repository, 'infra/lab/entry.mjs'));
  await writeFile(join(repository, 'infra/lab/src/lab.ts'), program);
  await writeLock('package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
  await mkdir(join(repository, 'bin'));
  await writeFile(join(repository, 'bin/npm'), npm);
  await chmod(join(repository, 'bin/npm'), 0o755);
});
afterEach(() => removeFolders(repository));

const program = `
const args: string[] = process.argv.slice(2);
process.on('SIGTERM', () => process.exit(4));
console.log('called with', ...args, 'by', process.execPath);
if (args.includes('wait')) setInterval(() => undefined, 1_000);
else process.exitCode = 3;
`;

const npm = `#!/bin/sh
echo npm "$@"
mkdir -p node_modules/.bin
cp package-lock.json node_modules/.package-lock.json
`;

async function writeLock(file: string, packages: Readonly<Record<string, object>>): Promise<void> {
  await writeFile(join(repository, file), JSON.stringify({ packages: { '': {}, 'infra/lab': {}, ...packages } }));
}

/** As npm leaves it, with a Node of this platform's package or without. */
async function install(packages: Readonly<Record<string, object>>, node?: string): Promise<void> {
  await mkdir(join(repository, 'node_modules/.bin'), { recursive: true });
  await writeLock('node_modules/.package-lock.json', packages);
  if (node !== undefined) await symlink(node, join(repository, 'node_modules/.bin/node'));
}

function start(args: readonly string[], nodeOptions: readonly string[] = []): ChildProcess {
  const env = { PATH: `${join(repository, 'bin')}:/usr/bin:/bin` };
  const file = join(repository, 'infra/lab/entry.mjs');
  return spawn(process.execPath, [...nodeOptions, file, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
}

async function outcomeOf(child: ChildProcess): Promise<{ code: unknown; output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (output += part.toString()));
  const [code]: unknown[] = await once(child, 'close');
  return { code, output };
}

test('a fresh clone is installed first, then the program runs and its exit code is passed on', async () => {
  const { code, output } = await outcomeOf(start(['lab', 'up', '--detach']));
  assert.match(output, /npm ci .*\ncalled with up --detach/s);
  assert.equal(code, 3);
});

test('what is installed already is not installed again, other platforms’ packages aside', async () => {
  const packages = { 'node_modules/a': { version: '1.0.0' } };
  const foreign = { version: '1.0.0', optional: true, os: ['plan9'], cpu: [process.arch] };
  await writeLock('package-lock.json', { ...packages, 'node_modules/b-plan9': foreign });
  await install(packages);
  assert.doesNotMatch((await outcomeOf(start(['lab']))).output, /npm ci/);
});

test('a package that is missing or of another version is installed', async () => {
  for (const packages of [{}, { 'node_modules/a': { version: '0.9.0' } }]) {
    await install(packages);
    assert.match((await outcomeOf(start(['lab']))).output, /npm ci/);
  }
});

test('an optional package of this platform is installed', async () => {
  const packages = { 'node_modules/a': { version: '1.0.0' } };
  const own = { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] };
  await writeLock('package-lock.json', { ...packages, 'node_modules/b': own });
  await install(packages);
  assert.match((await outcomeOf(start(['lab']))).output, /npm ci/);
});

test('the Node that npm installed runs the program', async () => {
  const wrapper = join(repository, 'bin/wrapped-node');
  await writeFile(wrapper, `#!/bin/sh\necho wrapped\nexec ${process.execPath} "$@"\n`);
  await chmod(wrapper, 0o755);
  await install({ 'node_modules/a': { version: '1.0.0' } }, wrapper);
  assert.match((await outcomeOf(start(['lab']))).output, /wrapped\ncalled with/);
});

test('an old Node without one from npm is told in one sentence which to install', async () => {
  await install({ 'node_modules/a': { version: '1.0.0' } });
  const { code, output } = await outcomeOf(start(['lab'], ['--import', `data:text/javascript,${asNode20}`]));
  assert.equal(code, 1);
  assert.match(output, /^Kagibako needs Node 24 or newer here .*\n$/);
});

test('a signal reaches the program, whose exit code stands', async () => {
  await install({ 'node_modules/a': { version: '1.0.0' } });
  const child = start(['lab', 'wait']);
  let output = '';
  child.stdout?.on('data', (part: Buffer) => (output += part.toString()));
  await eventually('the program runs', () => output.includes('called with wait'));
  child.kill('SIGTERM');
  assert.equal((await outcomeOf(child)).code, 4);
});

test('anything but lab and test is refused', async () => {
  assert.equal((await outcomeOf(start(['toString']))).code, 1);
});

test('the entry imports nothing but what Node brings', async () => {
  const imports = (await readFile(entry, 'utf8')).matchAll(/from '([^']+)'/g);
  assert.deepEqual(
    [...imports].map(([, name]) => name).filter((name) => !name?.startsWith('node:')),
    [],
  );
});
