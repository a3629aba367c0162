// Entry of `npm run lab`, `npm test` and `npm run e2e:compose`: no dependencies and plain JavaScript, because a fresh
// clone has nothing installed and the machine's own Node may be 20, which cannot run TypeScript.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const nodeMajorMin = 24;
const repository = fileURLToPath(new URL('../../', import.meta.url));
const programs = {
  lab: 'infra/lab/src/lab.ts',
  test: 'infra/lab/src/run-tests.ts',
  'e2e:compose': 'infra/e2e/src/compose.ts',
};

function readLock(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

/** npm's own record of what it installed lies in node_modules. */
function isInstalled() {
  const wanted = readLock(join(repository, 'package-lock.json'));
  const installed = readLock(join(repository, 'node_modules/.package-lock.json'));
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    return found === undefined ? mayBeAbsent(entry) : found.version === entry.version;
  });
}

/** What is for another platform is not installed; of packages for one C library npm knows best which is here. */
function mayBeAbsent({ optional, os, cpu, libc }) {
  const isForHere = os?.includes(process.platform) && cpu?.includes(process.arch) && libc === undefined;
  return optional === true && !isForHere;
}

function install() {
  console.log('installing the packages of package-lock.json (npm ci)');
  const npm = process.env['npm_execpath']?.endsWith('npm-cli.js')
    ? [process.execPath, process.env['npm_execpath']]
    : ['npm'];
  const options = { cwd: repository, stdio: 'inherit' };
  const { status } = spawnSync(npm[0], [...npm.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error'], options);
  if (status !== 0) fail('npm ci failed: its message is above');
}

/** The Node that npm installed where there is one for this platform, else this one if it is new enough. */
function findNode() {
  const bundled = join(repository, 'node_modules/.bin/node');
  if (existsSync(bundled) && spawnSync(bundled, ['--version']).status === 0) return bundled;
  if (Number.parseInt(process.versions.node, 10) >= nodeMajorMin) return process.execPath;
  return fail(`Kagibako needs Node ${nodeMajorMin} or newer here (this is ${process.version}): https://nodejs.org`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function run(node, args) {
  const child = spawn(node, args, { cwd: repository, stdio: 'inherit' });
  const passOn = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, passOn);
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => {
    for (const name of signals) process.off(name, passOn);
    if (signal !== null) process.kill(process.pid, signal);
    else process.exit(code);
  });
}

const [name, ...args] = process.argv.slice(2);
if (!Object.hasOwn(programs, name ?? '')) fail(`usage: entry.mjs ${Object.keys(programs).join('|')} …`);
if (!isInstalled()) install();
run(findNode(), [join(repository, programs[name]), ...args]);
