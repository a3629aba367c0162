import { setTimeout as wait } from 'node:timers/promises';

const withinMsDefault = 60_000;
const pollMs = 500;

/** Waits for a condition, and says which one it was where it never held. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  withinMs: number = withinMsDefault,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await wait(pollMs);
  }
}
