import { basename } from 'node:path';
import { Failure } from '@kagibako/contracts/failures';

/** What a datastore may refuse, in the words of the caller's failures; file names without the host's own folders. */
const failureOf: Readonly<Record<string, (file: string) => Failure>> = {
  ENOSPC: () => new Failure('InsufficientSpace', 'the datastore is full'),
  EDQUOT: () => new Failure('InsufficientSpace', 'the datastore’s quota is used up'),
  EFBIG: (file) => new Failure('InsufficientSpace', `the datastore cannot hold a file as large as ${file}`),
  ELOOP: (file) => new Failure('InvalidArgument', `${file} is a symbolic link, which a datastore does not have`),
  ENOENT: (file) => new Failure('NotFound', `${file} is not on the datastore`),
  ENAMETOOLONG: () => new Failure('InvalidArgument', 'a file name is too long for the datastore'),
};

/** The Failure that an error of the file system stands for; every other error as it is. */
export function fileFailure(error: unknown): unknown {
  if (error instanceof Failure || !(error instanceof Error) || !('code' in error)) return error;
  const file = 'path' in error && typeof error.path === 'string' ? basename(error.path) : 'a file';
  const failure = failureOf[String(error.code)]?.(file);
  if (failure !== undefined) failure.cause = error;
  return failure ?? error;
}
