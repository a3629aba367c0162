import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { sectorBytes } from '@kagibako/crypto/xts';
import { readDisk, withXts } from './disk-data.ts';
import { removingOnError } from './durable-file.ts';
import type { VirtualMachine } from './virtual-machine.ts';

const mebibyte = 1024 * 1024;
/** How much of its first disk a guest has read when it has started, and so has in its memory. */
const residentBytesMax = 2 * mebibyte;

/** Bytes of a `.vswp` that hold guest memory; the rest is a hole. */
export const residentBytes = (vm: VirtualMachine): number =>
  Math.min(residentBytesMax, memoryBytes(vm), vm.disks[0]?.capacityBytes ?? 0);

const memoryBytes = ({ vmx }: VirtualMachine): number => {
  const memoryMiB = Number(vmx.get('memSize'));
  return (Number.isSafeInteger(memoryMiB) && memoryMiB > 0 ? memoryMiB : 1) * mebibyte;
};

/**
 * Writes the `.vswp` of a machine that starts: as long as its memory, the pages that the guest has read from its disk
 * in it, through XTS under the VM's DEK where the VM is encrypted. @throws Failure InsufficientSpace
 */
export async function writeSwap(
  vm: VirtualMachine,
  deks: { home: KeyMaterial; disk: KeyMaterial } | undefined,
): Promise<void> {
  const file = join(vm.folder, vm.swap);
  const pages = new Uint8Array(Math.ceil(residentBytes(vm) / sectorBytes) * sectorBytes);
  try {
    await readResidentPages(vm, deks?.disk, pages);
    await withXts(deks?.home, 'encrypt', async (xts) => xts?.transform(pages, 0));
    await rm(file, { force: true });
    await removingOnError(file, async () => {
      const handle = await open(file, 'wx', 0o600);
      try {
        await handle.writeFile(pages);
        await handle.truncate(memoryBytes(vm));
      } finally {
        await handle.close();
      }
    });
  } finally {
    pages.fill(0);
  }
}

/** Guest memory as it is in the `.vswp`, in the clear; the caller wipes it. */
export async function readSwap(vm: VirtualMachine, home: KeyMaterial | undefined): Promise<Uint8Array> {
  const handle = await open(join(vm.folder, vm.swap), 'r');
  const pages = new Uint8Array(residentBytes(vm));
  try {
    await handle.read(pages, 0, pages.length, 0);
  } finally {
    await handle.close();
  }
  await withXts(home, 'decrypt', async (xts) => xts?.transform(pages, 0));
  return pages;
}

export const removeSwap = ({ folder, swap }: VirtualMachine): Promise<void> => rm(join(folder, swap), { force: true });

async function readResidentPages(vm: VirtualMachine, dek: KeyMaterial | undefined, pages: Uint8Array): Promise<void> {
  const [disk] = vm.disks;
  const lengthBytes = residentBytes(vm);
  let at = 0;
  if (disk !== undefined)
    await readDisk(vm.folder, disk, { offsetBytes: 0, lengthBytes }, dek, (piece) => {
      pages.set(piece, at);
      at += piece.length;
    });
}
