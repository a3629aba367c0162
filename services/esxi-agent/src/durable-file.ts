import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

const privateMode = 0o600;

/** Names that were made, moved or removed in a folder survive a power cut once this resolves. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a file that must not be there yet, down to the disk; its name is durable after `syncFolder`. */
export async function writeNewFile(file: string, content: string | Uint8Array): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const handle = await open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, privateMode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file has either its old content or the new, whatever happens meanwhile. One writer a file. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const part = `${file}.new`;
  await rm(part, { force: true });
  await writeNewFile(part, content);
  await rename(part, file);
  await syncFolder(dirname(file));
}

export const isErrno = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));
