import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '@kagibako/contracts/failures';
import { isErrno } from './durable-file.ts';

/** A host's one datastore: a folder, which in paths has the host's id for a name. */
export interface Datastore {
  name: string;
  root: string;
}

/** A file in a folder of the datastore; `folder` is relative to the root, in segments. */
export interface DatastoreFile {
  segments: readonly string[];
  folder: string;
  name: string;
}

export const openDatastore = async (name: string, directory: string): Promise<Datastore> => ({
  name,
  root: await realpath(directory),
});

/**
 * `[datastore] folder/file` as a file strictly inside the datastore, whether or not it is there. Nothing on the way may
 * be a symbolic link. @throws Failure InvalidArgument
 */
export async function locate(datastore: Datastore, path: string): Promise<DatastoreFile> {
  const prefix = `[${datastore.name}] `;
  if (!path.startsWith(prefix)) throw new Failure('InvalidArgument', `${path} is not on datastore ${datastore.name}`);
  const segments = path.slice(prefix.length).split('/');
  const name = segments.pop() ?? '';
  for (const segment of [...segments, name]) checkFileName(segment);
  if (segments.length === 0) throw new Failure('InvalidArgument', `${path} has no folder of its own`);
  await refuseLinks(datastore.root, segments);
  return { segments, folder: join(datastore.root, ...segments), name };
}

/** One name in a folder: settings and descriptors are written by others. @throws Failure InvalidArgument */
export function checkFileName(name: string): void {
  if (name === '' || name === '.' || name === '..' || /[/\\\p{Cc}]/u.test(name))
    throw new Failure('InvalidArgument', 'not a name that a file on a datastore can have');
}

async function refuseLinks(root: string, segments: readonly string[]): Promise<void> {
  let folder = root;
  for (const segment of segments) {
    folder = join(folder, segment);
    const found = await lstat(folder).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    });
    if (found === undefined) return;
    if (!found.isDirectory()) throw new Failure('InvalidArgument', `${segment} is not a folder of the datastore`);
  }
}

/** For reading; never through a symbolic link, and nothing but a plain file. */
export async function openFile(folder: string, name: string): Promise<FileHandle> {
  checkFileName(name);
  const handle = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Failure('InvalidArgument', `${name} is not a file`);
}

/** A small file whole. @throws Failure TooLarge */
export async function readSmallFile(folder: string, name: string, bytesMax: number): Promise<Buffer> {
  const handle = await openFile(folder, name);
  try {
    const { size } = await handle.stat();
    if (size > bytesMax) throw new Failure('TooLarge', `${name} has ${size} bytes, at most ${bytesMax}`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
