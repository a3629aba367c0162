import { resumeKeyRequests } from './encryption.ts';
import type { Service } from './service.ts';
import { forgetOldKeyRequests } from './store/key-requests.ts';
import { forgetOldEvents } from './store/task-results.ts';

const minuteMs = 60 * 1_000;

interface Chore {
  name: string;
  everyMs: number;
  run(service: Service): Promise<void>;
}

/** What is done now and then; each is done once at the start too. */
const chores: readonly Chore[] = [
  { name: 'resume key requests', everyMs: 5_000, run: resumeKeyRequests },
  // Seldomer than the window in which the outbox sends again what is recent.
  { name: 'send again what was lost', everyMs: 60 * minuteMs, run: ({ replay }) => replay() },
  { name: 'forget key requests', everyMs: 10 * minuteMs, run: ({ database }) => forgetOldKeyRequests(database) },
  { name: 'forget events', everyMs: 60 * minuteMs, run: ({ database }) => forgetOldEvents(database) },
];

/** Answers how to stop them. */
export function startChores(service: Service): () => void {
  const timers = chores.map(({ name, everyMs, run }) => {
    const attempt = (): void =>
      void run(service).catch((error: unknown) => service.logger.warn({ err: error, name }, 'a chore was not done'));
    attempt();
    return setInterval(attempt, everyMs);
  });
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
