import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Failure } from '@kagibako/contracts/failures';
import { isCode } from './durable-file.ts';

/** A folder of this machine under the name that vSphere's paths call it by. */
export interface Datastore {
  name: string;
  directory: string;
}

const pathForm = /^\[(?<name>[^\]/]+)\] (?<file>.+)$/;
const vmxForm = /^\[[^\]/]+\] [^./][^/]*\/[^/]+\.vmx$/;

/**
 * The file that `[datastore] folder/file` names. It need not exist, but nothing on the way to it, a symbolic link
 * included, may lead out of the datastore. @throws Failure InvalidArgument
 */
export async function resolveFile(datastore: Datastore, path: string): Promise<string> {
  const { name, file = '' } = pathForm.exec(path)?.groups ?? {};
  if (name !== datastore.name) throw outside(path, datastore);
  const segments = file.split('/');
  if (segments.some((segment) => ['', '.', '..'].includes(segment) || segment.includes('\0')))
    throw outside(path, datastore);
  const root = await realpath(datastore.directory);
  const resolved = join(root, ...segments);
  const actual = await nearestRealPath(resolved);
  if (actual === undefined || relative(root, actual).split(sep)[0] === '..') throw outside(path, datastore);
  return resolved;
}

/** A VM's `.vmx`, in a folder of its own right below the datastore's; names that begin with a dot are the host's. */
export async function resolveVmx(datastore: Datastore, path: string): Promise<string> {
  if (!vmxForm.test(path)) throw new Failure('InvalidArgument', `${path} is not [datastore] folder/name.vmx`);
  return await resolveFile(datastore, path);
}

/** The path of a file in the folder of another. */
export const besidePath = (path: string, fileName: string): string =>
  path.replace(/(^\[[^\]]+\] |\/)[^/]*$/, (_, head: string) => head + fileName);

/** Where a file is, or would be: undefined where a link leads to nothing or round and round. */
async function nearestRealPath(file: string): Promise<string | undefined> {
  try {
    return await realpath(file);
  } catch (error) {
    if (isCode(error, 'ELOOP') || isCode(error, 'ENAMETOOLONG') || (await isThere(file))) return undefined;
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return await nearestRealPath(dirname(file));
    throw error;
  }
}

const isThere = (file: string): Promise<boolean> =>
  lstat(file).then(
    () => true,
    () => false,
  );

const outside = (path: string, { name }: Datastore): Failure =>
  new Failure('InvalidArgument', `${path} is not a file on the datastore ${name}`);
