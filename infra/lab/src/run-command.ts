import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { makePrivateFolder } from './private-file.ts';
import { logFile } from './process-log.ts';
import { inheritedEnvironment } from './supervised-process.ts';

const outputBytesMax = 1024 * 1024;

export interface CommandOptions {
  readonly command: readonly [program: string, ...args: string[]];
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Takes a copy of standard error, and of standard output. */
  readonly log?: { readonly directory: string; readonly name: string };
}

/** Runs a command to its end and returns its standard output. Any exit code but 0 is an error with what it printed. */
export async function runCommand(options: CommandOptions): Promise<string> {
  const [program, ...args] = options.command;
  const log = await openLog(options.log);
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inheritedEnvironment(), ...options.environment },
    signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
    ...(options.workingDirectory === undefined ? {} : { cwd: options.workingDirectory }),
    ...options.user,
  });
  const ended = once(child, 'close');
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] = (printed[name] + text).slice(-outputBytesMax);
      log?.write(text);
    });
  }
  const [code]: unknown[] = await ended.finally(() => log?.end());
  if (code !== 0)
    throw new Error(`${program} ${args[0] ?? ''} ended with ${code}:\n${(printed.stderr || printed.stdout).trim()}`);
  return printed.stdout;
}

async function openLog(log: CommandOptions['log']): Promise<ReturnType<typeof createWriteStream> | undefined> {
  if (log === undefined) return undefined;
  await makePrivateFolder(log.directory);
  return createWriteStream(logFile(log.directory, log.name), { flags: 'a', mode: 0o600 });
}
