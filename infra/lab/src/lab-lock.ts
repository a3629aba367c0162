import { link, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrorCode, makePrivateFolder } from './private-file.ts';
import { isRunning, type ProcessRecord, readProcessRecord, recordProcess } from './process-identity.ts';

const lockName = 'lab.lock';

/** The lab that runs on this state, if one does. */
export async function findRunningLab(runDirectory: string): Promise<ProcessRecord | undefined> {
  const record = await readProcessRecord(join(runDirectory, lockName));
  return record !== undefined && isRunning(record) ? record : undefined;
}

/** Makes this process the one lab of a state folder, and returns how to give that up. The lock of a dead one is taken. */
export async function lockLab(runDirectory: string): Promise<() => Promise<void>> {
  const file = join(runDirectory, lockName);
  const own = `${file}.${process.pid}`;
  await makePrivateFolder(runDirectory);
  await recordProcess(own, process.pid);
  try {
    while (!(await takeLock(own, file))) {
      const holder = await findRunningLab(runDirectory);
      if (holder !== undefined) throw new LabRunsAlready(holder.pid);
      await removeStaleLock(file, `${own}.stale`);
    }
  } finally {
    await rm(own, { force: true });
  }
  return () => rm(file, { force: true });
}

/** A hard link either makes the whole lock file or fails because there is one. */
async function takeLock(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if (isErrorCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Moved away before it is judged again: between two starts, one may have replaced the dead lock by its own already. */
async function removeStaleLock(file: string, aside: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return;
    throw error;
  }
  const record = await readProcessRecord(aside);
  if (record !== undefined && isRunning(record)) await takeLock(aside, file);
  await rm(aside, { force: true });
}

/** Another lab runs on the same state. */
export class LabRunsAlready extends Error {
  constructor(pid: number) {
    super(`the lab runs already (process ${pid}): npm run lab -- status, or npm run lab -- down`);
  }
}
