import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@kagibako/telemetry/logger';
import type { Datastore } from './datastore.ts';
import { removeLeftovers } from './leftovers.ts';
import { readVm } from './virtual-machine.ts';
import { unfinishedFolder } from './vm-creation.ts';
import { deletedFolder } from './vm-deletion.ts';

/** After a crash or a power cut: each VM is what its `.vmx` says, and what a task left goes. VMs are off. */
export async function recoverDatastore({ directory }: Datastore, logger: Logger): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(directory, entry.name);
    if (unfinishedFolder.test(entry.name) || deletedFolder.test(entry.name))
      await rm(folder, { recursive: true, force: true });
    else await recoverFolder(folder, logger);
  }
}

async function recoverFolder(folder: string, logger: Logger): Promise<void> {
  try {
    const vmxFiles = (await readdir(folder)).filter((name) => name.endsWith('.vmx'));
    const [vmxFile] = vmxFiles;
    // Images, or whatever an administrator keeps there.
    if (vmxFile === undefined || vmxFiles.length > 1) return;
    const vm = await readVm(join(folder, vmxFile));
    if (vm !== undefined) await removeLeftovers(vm);
  } catch (error) {
    logger.error({ err: error, folder }, 'a folder cannot be read; its files stay as they are');
  }
}
