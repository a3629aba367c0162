import { consume, type Subscription } from '@kagibako/bus/consume';
import { followProgress } from '@kagibako/bus/progress';
import { delivery, durables } from '@kagibako/contracts/streams';
import type { Service } from './service.ts';
import { hostStarted } from './subscriptions/host-started.ts';
import { taskFailed } from './subscriptions/task-failed.ts';
import { vmCreated } from './subscriptions/vm-created.ts';
import { vmDeleted } from './subscriptions/vm-deleted.ts';
import { vmDecrypted, vmEncrypted } from './subscriptions/vm-encryption.ts';
import { vmPoweredOff, vmPoweredOn } from './subscriptions/vm-power.ts';

/** Every event that the broker follows. */
const followed: readonly ((service: Service) => Subscription)[] = [
  vmCreated,
  vmDeleted,
  vmPoweredOn,
  vmPoweredOff,
  vmEncrypted,
  vmDecrypted,
  taskFailed,
  hostStarted,
];

/** Works on what hosts tell, until stopped. */
export function followEvents(service: Service): { stop(): Promise<void> } {
  followProgress(service.bus, service.news.noteProgress);
  const { stream, name: durable } = durables.brokerEvents;
  const subscriptions = followed.map((subscription) => subscription(service));
  return consume(service.bus, { stream, durable, concurrency: delivery.eventsInFlightMax, subscriptions });
}
