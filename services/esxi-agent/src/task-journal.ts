import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fact } from '@kagibako/bus/facts';
import { isCode, writeDurably } from './durable-file.ts';

/** Longer than a command can come again. */
const keptMs = 2 * 24 * 60 * 60 * 1_000;
const nameForm = /^[A-Za-z0-9_-]{1,64}\.json$/;

/** How tasks ended, on disk: a command that comes again is answered with the same event and not done again. */
export interface TaskJournal {
  find(commandId: string): Promise<Fact | undefined>;
  /** On disk when it resolves. */
  write(commandId: string, outcome: Fact): Promise<void>;
}

/** `restated` says what an outcome of before this start means now; undefined: the same. */
export async function openTaskJournal(
  stateDirectory: string,
  restated: (outcome: Fact) => Fact | undefined,
): Promise<TaskJournal> {
  const folder = join(stateDirectory, 'tasks');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeOld(folder);
  await restate(folder, restated);
  const fileOf = (commandId: string): string => {
    const name = `${commandId}.json`;
    if (!nameForm.test(name)) throw new Error('a command without an id');
    return join(folder, name);
  };
  return {
    find: async (commandId) => {
      try {
        return await readOutcome(fileOf(commandId));
      } catch (error) {
        if (isCode(error, 'ENOENT')) return undefined;
        throw error;
      }
    },
    write: (commandId, outcome) => writeDurably(fileOf(commandId), JSON.stringify(outcome)),
  };
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > keptMs || !nameForm.test(name)) await rm(join(folder, name), { force: true });
  }
}

/** Only this file writes there, whole or not at all. */
const readOutcome = async (file: string): Promise<Fact> => JSON.parse(await readFile(file, 'utf8'));

async function restate(folder: string, restated: (outcome: Fact) => Fact | undefined): Promise<void> {
  for (const name of await readdir(folder)) {
    const now = restated(await readOutcome(join(folder, name)));
    if (now !== undefined) await writeDurably(join(folder, name), JSON.stringify(now));
  }
}
