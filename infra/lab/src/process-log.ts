import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrorCode, makePrivateFolder } from './private-file.ts';

const logBytesMax = 10 * 1024 * 1024;
const logFileMode = 0o600;
const tailLines = 15;

/** Where a process writes its log; one older file, `<name>.log.1`, is kept beside it. */
export function logFile(logDirectory: string, name: string): string {
  return join(logDirectory, `${name}.log`);
}

/** Starts a new log file where the present one has grown beyond its limit. */
export async function rotateLog(logDirectory: string, name: string): Promise<void> {
  const file = logFile(logDirectory, name);
  await makePrivateFolder(logDirectory);
  try {
    if ((await stat(file)).size > logBytesMax) await rename(file, `${file}.1`);
  } catch (error) {
    if (!isErrorCode(error, 'ENOENT')) throw error;
  }
}

/**
 * Lends a log file's descriptor for a child's standard output. The child writes to the file itself, not through a pipe,
 * so it goes on undisturbed when the lab is killed.
 */
export async function withLog<Result>(
  logDirectory: string,
  name: string,
  use: (descriptor: number) => Result | Promise<Result>,
): Promise<Result> {
  await makePrivateFolder(logDirectory);
  const handle = await open(logFile(logDirectory, name), 'a', logFileMode);
  try {
    return await use(handle.fd);
  } finally {
    await handle.close();
  }
}

/** The last lines of a process's log, to say why it failed. */
export async function readLogTail(logDirectory: string, name: string): Promise<string> {
  try {
    const text = await readFile(logFile(logDirectory, name), 'utf8');
    return text.trimEnd().split('\n').slice(-tailLines).join('\n');
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return '';
    throw error;
  }
}
