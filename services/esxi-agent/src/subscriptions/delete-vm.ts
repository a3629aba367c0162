import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { checkOff } from '../power.ts';
import type { Work } from '../task.ts';
import { readVm } from '../virtual-machine.ts';
import { deleteVm as remove } from '../vm-deletion.ts';

/** A VM that is not there any more was deleted before the host could tell. */
export const deleteVm: Work<'deleteVm'> = async ({ host, body, vmxFile, ids }) => {
  checkOff(host, body.vmId);
  const vm = await readVm(vmxFile);
  if (vm?.id === body.vmId) await remove(vm);
  return eventFact('vmDeleted', randomUUID(), ids);
};
