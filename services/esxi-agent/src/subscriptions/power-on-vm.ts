import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { writeSwap } from '../swap-file.ts';
import type { Work } from '../task.ts';
import { openVm, type VirtualMachine } from '../virtual-machine.ts';
import { withDiskDek, withHomeDek } from '../vm-encryption.ts';
import { writeLog } from '../vm-log.ts';

/** The KEK of an encrypted VM is kept from now on until the VM is off. */
export const powerOnVm: Work<'powerOnVm'> = async ({ host, body, vmxFile, ids }) => {
  const vm = await openVm(vmxFile, body.vmId);
  // On already: what a running guest has in its swap is not written again.
  if (!host.poweredOn.has(vm.id)) {
    if (vm.encryption === undefined) await writeSwap(vm, undefined);
    else await startEncrypted(vm, vm.encryption.key, host, body.taskId);
    host.poweredOn.add(vm.id);
    await writeLog(vm, 'powered on');
  }
  return eventFact('vmPoweredOn', randomUUID(), ids);
};

async function startEncrypted(
  vm: VirtualMachine,
  key: { providerId: string; keyId: string },
  { keys }: Parameters<Work<'powerOnVm'>>[0]['host'],
  taskId: string,
): Promise<void> {
  await keys.hold(key, taskId, vm.id);
  try {
    await keys.use(key, taskId, (kek) =>
      withHomeDek(vm, kek, (home) => withFirstDisk(vm, kek, (disk) => writeSwap(vm, { home, disk: disk ?? home }))),
    );
  } catch (error) {
    await keys.release(vm.id);
    throw error;
  }
}

async function withFirstDisk<T>(
  { disks: [disk] }: VirtualMachine,
  kek: KeyMaterial,
  work: (dek: KeyMaterial | undefined) => Promise<T>,
): Promise<T> {
  return disk === undefined ? await work(undefined) : await withDiskDek(disk, kek, work);
}
