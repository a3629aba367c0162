import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { removeSwap } from '../swap-file.ts';
import type { Work } from '../task.ts';
import { openVm } from '../virtual-machine.ts';
import { writeLog } from '../vm-log.ts';

/** The VM's KEK is wiped unless another VM that runs needs it. */
export const powerOffVm: Work<'powerOffVm'> = async ({ host, body, vmxFile, ids }) => {
  const vm = await openVm(vmxFile, body.vmId);
  host.poweredOn.delete(vm.id);
  await host.keys.release(vm.id);
  await removeSwap(vm);
  await writeLog(vm, 'powered off');
  return eventFact('vmPoweredOff', randomUUID(), ids);
};
