import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '@kagibako/contracts/failures';

/** A file under this name is not whole yet, or was never finished. */
export const unfinishedSuffix = '.part';

const noSpaceCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The file is on disk whole, under its name, or not at all. Replaces what was there. @throws Failure InsufficientSpace */
export async function writeDurably(file: string, content: Uint8Array | string, mode = 0o600): Promise<void> {
  const unfinished = `${file}${unfinishedSuffix}`;
  await removingOnError(unfinished, async () => {
    const handle = await open(unfinished, 'w', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  });
  await syncDirectory(dirname(file));
}

/** What was renamed, made or removed in a folder outlives a power cut only after this. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
}

/** Runs `work`, and removes the file that it was making where it fails. */
export async function removingOnError<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await rm(file, { recursive: true, force: true });
    throw explainNoSpace(error, file);
  }
}

export const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** What it means that a file is not there which a VM needs. */
export const explainMissing = (error: unknown, fileName: string): unknown =>
  isCode(error, 'ENOENT') ? new Failure('DataCorrupt', `${fileName} is missing`, { cause: error }) : error;

function explainNoSpace(error: unknown, file: string): unknown {
  if (!(error instanceof Error && 'code' in error && noSpaceCodes.has(String(error.code)))) return error;
  const message = `the datastore has no room for ${join(basename(dirname(file)), basename(file))}`;
  return new Failure('InsufficientSpace', message, { cause: error });
}
