import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

const privateFileMode = 0o600;
const privateFolderMode = 0o700;

/** Makes a folder that its owner alone can enter. */
export async function makePrivateFolder(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: privateFolderMode });
}

/** Replaces a file in one step, readable by its owner alone, on disk before it is visible. */
export async function writePrivateFile(file: string, content: string | Uint8Array): Promise<void> {
  await makePrivateFolder(dirname(file));
  const unfinished = `${file}.${process.pid}.new`;
  const handle = await open(unfinished, 'w', privateFileMode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}

/** The file's bytes, or undefined where there is no such file. */
export async function readIfPresent(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** True for an error of the operating system with this code (`ENOENT`, `EADDRINUSE` …). */
export function isErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
