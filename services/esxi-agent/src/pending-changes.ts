import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fact } from '@kagibako/bus/facts';
import { type Datastore, type DatastoreFile, readSmallFile } from './datastore.ts';
import { isErrno, replaceFile, syncFolder, writeNewFile } from './durable-file.ts';
import type { TaskJournal } from './task-journal.ts';
import { vmxBytesMax } from './vm-home.ts';

const privateFolderMode = 0o700;

/** A change of a VM's files that is decided by one rename or removal: that of its `.vmx`. */
export interface PendingChange {
  commandId: string;
  /** Told once the change is decided. */
  outcome: Fact;
  /** The folder on the datastore, and the `.vmx` in it. */
  segments: readonly string[];
  vmxName: string;
  /** Of the new `.vmx`; null where the VM is removed. */
  vmxSha256: string | null;
  /** What goes when the change did not happen, and what goes when it did; the folder goes with its last file. */
  newFiles: readonly string[];
  oldFiles: readonly string[];
}

/** Records of changes under way. A record is on the disk before the first new file is, and goes after the last old one. */
export class PendingChanges {
  #folder: string;
  #datastore: Datastore;
  #journal: TaskJournal;

  private constructor(folder: string, datastore: Datastore, journal: TaskJournal) {
    this.#folder = folder;
    this.#datastore = datastore;
    this.#journal = journal;
  }

  static async open(folder: string, datastore: Datastore, journal: TaskJournal): Promise<PendingChanges> {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    return new PendingChanges(folder, datastore, journal);
  }

  async begin(change: PendingChange): Promise<void> {
    await replaceFile(this.#file(change.segments), JSON.stringify(change));
  }

  /** Moves the new `.vmx` into place: from here on the change has happened. */
  async commit({ segments, vmxName }: PendingChange, vmxText: string): Promise<void> {
    const folder = join(this.#datastore.root, ...segments);
    await writeNewFile(join(folder, newVmxName(vmxName)), vmxText);
    await syncFolder(folder);
    await rename(join(folder, newVmxName(vmxName)), join(folder, vmxName));
    await syncFolder(folder);
  }

  /** Brings what is under way in a folder to one of its two ends, old or new. Does nothing where nothing is. */
  async settle(segments: readonly string[]): Promise<void> {
    const record = await readIfThere(this.#file(segments));
    if (record !== undefined) await this.#end(JSON.parse(record.toString('utf8')));
  }

  /** At start: settles what a killed process left. */
  async settleAll(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const record = name.endsWith('.json') ? await readIfThere(join(this.#folder, name)) : undefined;
      if (record === undefined) await rm(join(this.#folder, name), { force: true });
      else await this.#end(JSON.parse(record.toString('utf8')));
    }
  }

  async #end(change: PendingChange): Promise<void> {
    const folder = join(this.#datastore.root, ...change.segments);
    const happened = (await vmxDigest(folder, change.vmxName)) === change.vmxSha256;
    for (const name of [...(happened ? change.oldFiles : change.newFiles), newVmxName(change.vmxName)])
      await rm(join(folder, name), { force: true });
    if (!(await removeIfEmpty(folder))) await syncFolder(folder);
    if (happened && !this.#journal.hasEnded(change.commandId))
      await this.#journal.end(change.commandId, { ...change.outcome, time: new Date().toISOString() });
    await rm(this.#file(change.segments), { force: true });
    await syncFolder(this.#folder);
  }

  #file(segments: readonly string[]): string {
    return join(this.#folder, `${sha256(segments.join('/'))}.json`);
  }
}

export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

export const placeOf = ({ segments, name }: DatastoreFile) => ({ segments, vmxName: name });

const newVmxName = (vmxName: string): string => `${vmxName}.new`;

async function vmxDigest(folder: string, vmxName: string): Promise<string | null> {
  try {
    return sha256(await readSmallFile(folder, vmxName, vmxBytesMax));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  return await readFile(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  });
}

async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    await syncFolder(join(folder, '..'));
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true;
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}
