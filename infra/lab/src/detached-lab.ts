import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { rotateLog, withLog } from './process-log.ts';
import { labFolders, type Settings } from './settings.ts';

const logName = 'lab';

/** What a lab in the background tells the program that started it and waits until it is ready. */
interface Progress {
  readonly text: string;
  readonly isReady: boolean;
}

/** Tells people how the start goes: on standard output, and where the lab runs in the background to its starter too. */
export function tell({ text, isReady }: Progress): void {
  console.log(text);
  tellStarter({ text, isReady });
}

/** The last words of a lab that fails, on standard error and to its starter. */
export function complain(text: string): void {
  console.error(text);
  tellStarter({ text, isReady: false });
}

function tellStarter(progress: Progress): void {
  if (!process.connected) return;
  process.send?.(progress);
  if (progress.isReady) process.disconnect();
}

/** Starts a lab in the background with these arguments and returns the exit code once it is ready or has failed. */
export async function startDetached(args: readonly string[], settings: Settings): Promise<number> {
  const { logs } = labFolders(settings.stateDirectory);
  await rotateLog(logs, logName);
  const child = await withLog(logs, logName, (log) =>
    spawn(process.execPath, [fileURLToPath(new URL('lab.ts', import.meta.url)), ...args], {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    }),
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGTERM'));
  const exitCode = await new Promise<number>((resolve) => {
    child.on('message', (message) => {
      if (isProgress(message)) console.log(message.text);
      if (isProgress(message) && message.isReady) resolve(0);
    });
    child.once('exit', (code) => resolve(code || 1));
  });
  child.unref();
  return exitCode;
}

function isProgress(value: unknown): value is Progress {
  return typeof value === 'object' && value !== null && 'text' in value && 'isReady' in value;
}
