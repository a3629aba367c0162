import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/** A new, empty state folder, entered by its owner alone. */
export function makeLabFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'kagibako-lab-test-'));
}

export async function removeFolders(...folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}

/** Resolves once the condition holds; rejects with `what` where it does not come to hold in time. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`after ${timeoutMs} ms it still is not so that ${what}`);
    await delay(pollMs);
  }
}
