import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { eventFact } from '@kagibako/bus/event-facts';
import { type Fact, publishFact } from '@kagibako/bus/facts';
import { commands } from '@kagibako/contracts/commands';
import { type EventBody, events } from '@kagibako/contracts/events';
import type { Host } from './host.ts';

const tryAgainAfterMs = 1_000;

/** Tells that the host is up and its VMs are off, until JetStream has taken it. */
export function announceStart(host: Host, eventId: string): { stop(): void } {
  const stopping = new AbortController();
  const startedAt = new Date().toISOString();
  const fact = eventFact('hostStarted', eventId, { hostId: host.hostId, startedAt, poweredOn: [] });
  const tell = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await publishFact(host.bus, fact);
        return;
      } catch (error) {
        host.logger.warn({ err: error }, 'the host’s start is not told yet');
        await wait(tryAgainAfterMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  void tell();
  return { stop: () => stopping.abort() };
}

/**
 * A VM that was powered on before the host ended is off. Whoever was told so keeps that; whoever was not, and sends the
 * command again, is told that it failed.
 */
export function restateAfterStart(outcome: Fact): Fact | undefined {
  if (!outcome.subject.endsWith(`.${events.vmPoweredOn.event}`)) return undefined;
  const { taskId, vmId, hostId } = outcome.data as EventBody<'vmPoweredOn'>;
  return eventFact('taskFailed', randomUUID(), {
    taskId,
    vmId,
    hostId,
    command: commands.powerOnVm.command,
    code: 'InvalidPowerState',
    message: 'the host started anew: the virtual machine is off',
  });
}
