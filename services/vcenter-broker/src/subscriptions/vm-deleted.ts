import type { Subscription } from '@kagibako/bus/consume';
import { hostAsker, succeeded } from '../audit.ts';
import type { Service } from '../service.ts';
import { endDeletion } from '../store/task-results.ts';
import { taskEvent } from './task-event.ts';

export const vmDeleted = (service: Service): Subscription =>
  taskEvent(service, 'vmDeleted', (told, { vmId, hostId }) =>
    endDeletion(service.database, { audit: succeeded(hostAsker(hostId), 'vm.delete', vmId) }, told),
  );
