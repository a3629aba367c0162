import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { type Fact, publishFact } from '@kagibako/bus/facts';
import { publishProgress } from '@kagibako/bus/progress';
import type { CommandBody, CommandName } from '@kagibako/contracts/commands';
import { Failure } from '@kagibako/contracts/failures';
import { delivery } from '@kagibako/contracts/streams';
import { resolveVmx } from './datastore.ts';
import type { OnBytes } from './disk-data.ts';
import type { Host } from './host.ts';

const progressEveryMs = 200;

/** One command being done: what it is about, and how it tells how far it is. */
export interface Task<N extends CommandName> {
  host: Host;
  body: CommandBody<N>;
  /** The `.vmx`. */
  vmxFile: string;
  /** Names the task, the VM and the host in an event. */
  ids: { taskId: string; vmId: string; hostId: string };
  /** Starts telling progress towards so many bytes. */
  progressTo(totalBytes: number, message: string): OnBytes;
}

/** Does a command and answers the event that says so; a Failure leaves the VM as it was. */
export type Work<N extends CommandName> = (task: Task<N>) => Promise<Fact>;

/**
 * A command is done once: how it ended is on disk before anybody is told, and a command that comes again is answered
 * with the same event. A bug has it delivered again, and in the end told as one.
 */
export async function runTask<N extends CommandName>(
  host: Host,
  command: string,
  body: CommandBody<N>,
  { id, attempt }: { id: string; attempt: number },
  work: Work<N>,
): Promise<void> {
  const outcome = await host.inTurn(body.vmId, async () => {
    const known = await host.journal.find(id);
    if (known !== undefined) return known;
    const ended = await outcomeOf(host, command, body, attempt, work);
    await host.journal.write(id, ended);
    return ended;
  });
  await publishFact(host.bus, outcome);
}

async function outcomeOf<N extends CommandName>(
  host: Host,
  command: string,
  body: CommandBody<N>,
  attempt: number,
  work: Work<N>,
): Promise<Fact> {
  const ids = { taskId: body.taskId, vmId: body.vmId, hostId: host.hostId };
  try {
    const vmxFile = await resolveVmx(host.datastore, body.path);
    const progressTo = (totalBytes: number, message: string): OnBytes => tellProgress(host, ids, totalBytes, message);
    const done = await work({ host, body, vmxFile, ids, progressTo });
    host.metrics.count('tasks', { operation: command, result: 'ok' });
    return done;
  } catch (error) {
    if (!(error instanceof Failure) && attempt < delivery.deliveriesMax) throw error;
    host.logger[error instanceof Failure ? 'warn' : 'error']({ err: error, ...ids, command }, 'a task failed');
    const { code, message } =
      error instanceof Failure ? error : new Failure('Internal', 'internal error on the host; its log says more');
    host.metrics.count('tasks', { operation: command, result: code });
    return eventFact('taskFailed', randomUUID(), {
      ...ids,
      command,
      code,
      message: message.slice(0, messageCharactersMax),
    });
  }
}

const messageCharactersMax = 1_000;

function tellProgress({ bus }: Host, ids: Task<CommandName>['ids'], totalBytes: number, message: string): OnBytes {
  let doneBytes = 0;
  let toldAt = 0;
  return (bytes) => {
    doneBytes += bytes;
    if (doneBytes < totalBytes && performance.now() - toldAt < progressEveryMs) return;
    toldAt = performance.now();
    publishProgress(bus, { ...ids, doneBytes, totalBytes, message });
  };
}
