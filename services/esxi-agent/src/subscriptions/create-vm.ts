import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import type { Work } from '../task.ts';
import { createVm as create } from '../vm-creation.ts';

export const createVm: Work<'createVm'> = async ({ host, body, ids }) => {
  const vm = await create(host.datastore, body, () => undefined);
  const disks = vm.disks.map(({ disk, capacityBytes, descriptorFile }) => ({
    disk,
    capacityBytes,
    fileName: descriptorFile,
  }));
  return eventFact('vmCreated', randomUUID(), { ...ids, disks });
};
