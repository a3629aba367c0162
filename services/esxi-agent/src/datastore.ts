import { realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Failure } from '@kagibako/contracts/failures';
import { isCode } from './durable-file.ts';

/** A folder of this machine under the name that vSphere's paths call it by. */
export interface Datastore {
  name: string;
  directory: string;
}

const pathForm = /^\[(?<name>[^\]/]+)\] (?<file>.+)$/;

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
  const actual = relative(root, await nearestRealPath(resolved));
  if (actual.split(sep)[0] === '..') throw outside(path, datastore);
  return resolved;
}

/** `[datastore] folder/file` of a file below the datastore's folder. */
export const printPath = ({ name }: Datastore, segments: readonly string[]): string =>
  `[${name}] ${segments.join('/')}`;

async function nearestRealPath(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return await nearestRealPath(dirname(file));
    throw error;
  }
}

const outside = (path: string, { name }: Datastore): Failure =>
  new Failure('InvalidArgument', `${path} is not a file on the datastore ${name}`);
