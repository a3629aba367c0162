import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Xts } from '@kagibako/crypto/xts';
import { copyExtent, type OnBytes } from './disk-data.ts';
import type { DiskDescriptor } from './disk-descriptor.ts';
import { writeDurably } from './durable-file.ts';
import {
  diskSetting,
  nvramSetting,
  readVm,
  removeLeftovers,
  type VirtualDisk,
  type VirtualMachine,
} from './virtual-machine.ts';
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
  await removeLeftovers(vm, { keepSwap: false });
  try {
    vm.vmx.set(nvramSetting, await rewriteNvram(vm, rewriting));
    for (const [at, disk] of vm.disks.entries())
      vm.vmx.set(diskSetting(at), await rewriteDisk(vm, disk, rewriting, onBytes));
    rewriting.configure(vm.vmx);
    await writeDurably(vm.vmxFile, vm.vmx.print());
  } finally {
    // The `.vmx` on disk decides, whichever of the two it is now.
    const now = await readVm(vm.vmxFile);
    if (now !== undefined) await removeLeftovers(now, { keepSwap: false });
  }
}

async function rewriteNvram(vm: VirtualMachine, { nvram }: Rewriting): Promise<string> {
  const old = await readFile(join(vm.folder, vm.nvram));
  const content = nvram(old);
  const fileName = successorOf(vm.nvram);
  await writeDurably(join(vm.folder, fileName), content);
  old.fill(0);
  content.fill(0);
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
  for (const { fileName } of extents) descriptor.renameExtentFile(fileName, successorOf(fileName));
  rewriting.describe(descriptor, disk);
  const successor = successorOf(descriptorFile);
  await writeDurably(join(vm.folder, successor), descriptor.print());
  return successor;
}

/** `web.vmdk` ↔ `web_1.vmdk`, `web-flat.vmdk` ↔ `web_1-flat.vmdk`: ESXi's name for a copy, and back. */
export function successorOf(fileName: string): string {
  const [, stem = '', rest = ''] = /^(.*?)((?:-flat|-f\d{3})?\.\w+)$/.exec(fileName) ?? [];
  return stem.endsWith('_1') ? `${stem.slice(0, -2)}${rest}` : `${stem}_1${rest}`;
}
