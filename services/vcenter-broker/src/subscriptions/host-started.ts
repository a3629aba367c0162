import type { Subscription } from '@kagibako/bus/consume';
import { hostAsker, succeeded } from '../audit.ts';
import type { Service } from '../service.ts';
import { noteHostStart } from '../store/task-results.ts';
import { hostEvent } from './task-event.ts';

export const hostStarted = (service: Service): Subscription =>
  hostEvent('hostStarted', async ({ hostId, startedAt, poweredOn }, eventId) => {
    const audit = succeeded(hostAsker(hostId), 'host.start', hostId);
    await noteHostStart(service.database, { audit }, { eventId, hostId, startedAt, poweredOn });
  });
