import { Progress } from '@kagibako/contracts/events';
import { progressSubject } from '@kagibako/contracts/subjects';
import type { Bus } from './bus.ts';
import { decodeDocument, encodeDocument } from './documents.ts';

/** Tells how far a task is. Core NATS, at most once: the newest is kept in memory, and a lost one is followed by another. */
export function publishProgress(bus: Bus, progress: Progress): void {
  bus.connection.publish(progressSubject(progress.hostId, progress.taskId), encodeDocument(Progress, progress));
}

export function followProgress(bus: Bus, handle: (progress: Progress) => void): void {
  bus.connection.subscribe(progressSubject('*', '*'), {
    callback: (error, message) => {
      if (error === null) handle(decodeDocument(Progress, message.data));
      else bus.logger.error({ err: error }, 'subscription refused');
    },
  });
}
