import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from './durable-file.ts';
import type { VirtualMachine } from './virtual-machine.ts';

/** A folder under this name is a VM no more. */
export const deletedFolder = /^\.deleting-/;

/** Gone in one rename; the files follow. */
export async function deleteVm({ id, folder }: VirtualMachine): Promise<void> {
  const gone = join(dirname(folder), `.deleting-${id}`);
  await rm(gone, { recursive: true, force: true });
  await rename(folder, gone);
  await syncDirectory(dirname(folder));
  await rm(gone, { recursive: true, force: true });
}
