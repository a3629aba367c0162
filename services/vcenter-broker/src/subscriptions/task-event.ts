import type { Subscription } from '@kagibako/bus/consume';
import { eventTemplate } from '@kagibako/bus/event-facts';
import { type EventBody, type EventName, events } from '@kagibako/contracts/events';
import { Failure } from '@kagibako/contracts/failures';
import type { Service } from '../service.ts';
import type { Told } from '../store/task-results.ts';

/** `kagibako.evt.esxi-agent.v1.<hostId>.<event>`: the token that the host's permissions pin. */
const hostToken = 4;

/** An event of a host that follows up on what it says of itself. */
export function hostEvent<N extends EventName>(
  name: N,
  handle: (body: EventBody<N>, eventId: string) => Promise<void>,
): Subscription {
  const spec = events[name];
  return {
    name: spec.event,
    template: eventTemplate(spec),
    schema: spec.body,
    handle: async (received, { id, subject }) => {
      // The contract's schema has checked it.
      const body = received as EventBody<N>;
      const hostId = subject.split('.')[hostToken];
      if (!('hostId' in body) || body.hostId !== hostId)
        throw new Failure('Unauthorized', `host ${hostId} speaks for another`);
      await handle(body, id);
    },
  };
}

type TaskEventName =
  | 'vmCreated'
  | 'vmDeleted'
  | 'vmPoweredOn'
  | 'vmPoweredOff'
  | 'vmEncrypted'
  | 'vmDecrypted'
  | 'taskFailed';

/** An event that ends a task. `end` says whether it was news. */
export function taskEvent<N extends TaskEventName>(
  service: Service,
  name: N,
  end: (told: Told, body: EventBody<N>) => Promise<boolean>,
): Subscription {
  return hostEvent(name, async (body, eventId) => {
    const { taskId, hostId } = body as { taskId: string; hostId: string };
    const news = await end({ eventId, taskId, hostId }, body);
    service.news.noteEnd(taskId);
    if (news) {
      service.changed();
      const result = name === 'taskFailed' ? 'failed' : 'ok';
      service.metrics.count('tasks', { operation: events[name].event, result });
    }
  });
}
