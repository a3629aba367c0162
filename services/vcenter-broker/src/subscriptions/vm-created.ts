import type { Subscription } from '@kagibako/bus/consume';
import { hostAsker, succeeded } from '../audit.ts';
import type { Service } from '../service.ts';
import { endCreation } from '../store/task-results.ts';
import { taskEvent } from './task-event.ts';

export const vmCreated = (service: Service): Subscription =>
  taskEvent(service, 'vmCreated', (told, { vmId, hostId, disks }) =>
    endCreation(service.database, { audit: succeeded(hostAsker(hostId), 'vm.create', vmId) }, told, disks),
  );
