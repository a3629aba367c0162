import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.ts';

const program = 'nats-server';
// Where Debian puts it, which is on root's PATH alone.
const systemDirectories = ['/usr/local/sbin', '/usr/sbin'];
const versionMin: Version = [2, 9];
const versionTimeoutMs = 10_000;
const downloadTimeoutMs = 180_000;

/** A nats-server that the lab can run. */
export interface NatsProgram {
  readonly file: string;
  readonly version: Version;
}

type Version = readonly [major: number, minor: number];

/** `sync_interval: always`, with which an acknowledged message is on disk, came with 2.10. */
export function knowsSyncAlways(program: NatsProgram): boolean {
  return isAtLeast(program.version, [2, 10]);
}

/**
 * A nats-server: the one on PATH, the one in `binDirectory`, or Debian's, unpacked into `binDirectory`
 * without touching the system. `progress` is told before a download.
 */
export async function findNatsServer(binDirectory: string, progress: (message: string) => void): Promise<NatsProgram> {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const present = await findExecutable([...path, ...systemDirectories, binDirectory]);
  if (present !== undefined) return checkVersion(present);
  progress('downloading nats-server (Debian package, into .lab/bin)');
  const failures: string[] = [];
  for (const download of [downloadByApt, downloadByOwnApt]) {
    const downloaded = await download(binDirectory).catch((error: unknown) => {
      failures.push(error instanceof Error ? error.message : String(error));
    });
    if (downloaded !== undefined) return checkVersion(downloaded);
  }
  throw new Error(`${howToGetIt}\n${failures.join('\n')}`);
}

const howToGetIt = [
  `no ${program} on PATH, and apt-get could not download one. Either install it`,
  '(`apt-get install nats-server`, `brew install nats-server`, or https://github.com/nats-io/nats-server/releases)',
  'or set NATS_URL to a server that runs with the lab’s nats.conf.',
].join(' ');

async function findExecutable(directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories.filter((name) => name !== '')) {
    const file = join(directory, program);
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return file;
  }
  return undefined;
}

async function checkVersion(file: string): Promise<NatsProgram> {
  const text = await runCommand({ command: [file, '--version'], timeoutMs: versionTimeoutMs });
  const [major = 0, minor = 0] = (/v?(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
  if (isAtLeast([major, minor], versionMin)) return { file, version: [major, minor] };
  throw new Error(`${file} is ${text.trim()}; the lab needs ${program} ${versionMin.join('.')} or newer`);
}

function isAtLeast([major, minor]: Version, [majorMin, minorMin]: Version): boolean {
  return major > majorMin || (major === majorMin && minor >= minorMin);
}

/** With the package lists that the system has. */
function downloadByApt(binDirectory: string): Promise<string> {
  return unpack(binDirectory, (folder) => aptGet(folder, [], ['download', program]));
}

/** With package lists of our own, where the system has none (a fresh container) and may not be asked to update them. */
function downloadByOwnApt(binDirectory: string): Promise<string> {
  return unpack(binDirectory, async (folder) => {
    const [state, cache] = [join(folder, 'state'), join(folder, 'cache')];
    await mkdir(join(state, 'lists/partial'), { recursive: true });
    await mkdir(join(cache, 'archives/partial'), { recursive: true });
    const options = [`Dir::State=${state}`, `Dir::Cache=${cache}`, 'Dir::State::status=/var/lib/dpkg/status'];
    await aptGet(folder, options, ['update']);
    await aptGet(folder, options, ['download', program]);
  });
}

async function aptGet(folder: string, options: readonly string[], args: readonly string[]): Promise<void> {
  // User _apt, to which root's apt-get would change, cannot enter a private folder.
  const flags = ['APT::Sandbox::User=root', ...options].flatMap((option) => ['-o', option]);
  await runCommand({
    command: ['apt-get', '-qq', ...flags, ...args],
    workingDirectory: folder,
    timeoutMs: downloadTimeoutMs,
  });
}

/** Lets `download` put a .deb into a folder, takes the program out of it and moves it into place in one step. */
async function unpack(binDirectory: string, download: (folder: string) => Promise<void>): Promise<string> {
  await mkdir(binDirectory, { recursive: true });
  const folder = await mkdtemp(join(binDirectory, 'download-'));
  try {
    await download(folder);
    const packageFile = (await readdir(folder)).find((name) => name.endsWith('.deb'));
    if (packageFile === undefined) throw new Error('apt-get download left no package');
    const command = ['dpkg', '-x', packageFile, 'unpacked'] as const;
    await runCommand({ command, workingDirectory: folder, timeoutMs: downloadTimeoutMs });
    const target = join(binDirectory, program);
    await rename(await findUnpacked(join(folder, 'unpacked')), target);
    await chmod(target, 0o755);
    return target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findUnpacked(folder: string): Promise<string> {
  const found = await findExecutable([join(folder, 'usr/sbin'), join(folder, 'usr/bin')]);
  if (found === undefined) throw new Error(`the package holds no ${program}`);
  return found;
}
