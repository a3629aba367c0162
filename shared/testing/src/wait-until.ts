import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/** Resolves with the first result that is not false or undefined; rejects with `what` when none comes in time. */
export async function waitUntil<T>(
  what: string,
  condition: () => Promise<T | false | undefined> | T | false | undefined,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await condition();
    if (result !== false && result !== undefined) return result;
    if (performance.now() > deadline) throw new Error(`after ${timeoutMs} ms it still is not so that ${what}`);
    await delay(pollMs);
  }
}
