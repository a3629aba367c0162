import { join } from 'node:path';
import type { Xts } from '@kagibako/crypto/xts';
import { copyExtent, type OnBytes } from './disk-data.ts';
import type { DiskDescriptor } from './disk-descriptor.ts';
import { writeDurably } from './durable-file.ts';
import { removeLeftovers, successorOf } from './leftovers.ts';
import { readNvram } from './nvram.ts';
import { diskSetting, nvramSetting, readVm, type VirtualDisk, type VirtualMachine } from './virtual-machine.ts';
import type { VmxFile } from './vmx-file.ts';

/** How a VM's files become others. */
export interface Rewriting {
  /** The new content, from the old; both are wiped by the rewriting. */
  nvram(old: Uint8Array): Uint8Array;
  disk<T>(disk: VirtualDisk, copy: (xts: Xts) => Promise<T>): Promise<T>;
  describe(descriptor: DiskDescriptor, disk: VirtualDisk): void;
  configure(vmx: VmxFile): void;
}

/**
 * Copies nvram and disks to new files beside the old ones, then switches by one rename of the `.vmx`. Before it the VM
 * is as it was, after it the VM is new, and whatever the `.vmx` does not name is a leftover: that is all that recovery
 * has to know. @throws Failure InsufficientSpace
 */
export async function rewriteVm(vm: VirtualMachine, rewriting: Rewriting, onBytes: OnBytes): Promise<void> {
  await removeLeftovers(vm);
  try {
    vm.vmx.set(nvramSetting, await rewriteNvram(vm, rewriting));
    for (const [at, disk] of vm.disks.entries())
      vm.vmx.set(diskSetting(at), await rewriteDisk(vm, disk, rewriting, onBytes));
    rewriting.configure(vm.vmx);
    await writeDurably(vm.vmxFile, vm.vmx.print());
  } finally {
    // The `.vmx` on disk decides, whichever of the two it is now.
    const now = await readVm(vm.vmxFile);
    if (now !== undefined) await removeLeftovers(now);
  }
}

async function rewriteNvram(vm: VirtualMachine, { nvram }: Rewriting): Promise<string> {
  const fileName = successorOf(vm.nvram);
  const old = await readNvram(vm);
  try {
    const content = nvram(old);
    await writeDurably(join(vm.folder, fileName), content).finally(() => content.fill(0));
  } finally {
    old.fill(0);
  }
  return fileName;
}

async function rewriteDisk(
  vm: VirtualMachine,
  disk: VirtualDisk,
  rewriting: Rewriting,
  onBytes: OnBytes,
): Promise<string> {
  const { descriptor, extents, descriptorFile } = disk;
  await rewriting.disk(disk, async (xts) => {
    for (const extent of extents) {
      const successor = successorOf(extent.fileName);
      await copyExtent(join(vm.folder, extent.fileName), join(vm.folder, successor), extent, xts, onBytes);
    }
  });
  descriptor.renameExtentFiles(successorOf);
  rewriting.describe(descriptor, disk);
  const successor = successorOf(descriptorFile);
  await writeDurably(join(vm.folder, successor), descriptor.print());
  return successor;
}
