import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, type ProcessRecord, recordProcess } from './process-identity.ts';
import { readLogTail, rotateLog, withLog } from './process-log.ts';

const restartDelayMsMin = 200;
const restartDelayMsMax = 5_000;
const stableAfterMs = 10_000;
const startAttemptsMax = 3;
const readyTimeoutMs = 60_000;
const readyPollMs = 50;
const probeTimeoutMs = 2_000;
const stopGraceMsDefault = 10_000;

/** How a process tells that it is ready: an http address that answers 200, or a question of its own. */
export type Readiness = { readonly url: string } | { readonly check: () => Promise<boolean> };

/** A process that runs until the lab stops. */
export interface ServiceDefinition {
  readonly kind: 'service';
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly command: readonly [program: string, ...args: string[]];
  /** All that the process sees of the environment, besides PATH, HOME, TMPDIR, LANG and TZ. */
  readonly environment: Readonly<Record<string, string>>;
  readonly ready: Readiness;
  readonly stopSignal?: NodeJS.Signals;
  /** How long after the stop signal SIGKILL follows; ten seconds. */
  readonly stopGraceMs?: number;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly workingDirectory?: string;
  /** Runs before each start of the process. */
  readonly prepare?: () => Promise<void>;
}

export interface SupervisionOptions {
  readonly logDirectory: string;
  readonly runDirectory: string;
  /** Told about processes that end by themselves. */
  readonly report: (message: string) => void;
}

/** What every child inherits of the lab's own environment; the rest may hold secrets that are not its business. */
export function inheritedEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Where it is written down which process runs under a name. */
export function recordFile(runDirectory: string, name: string): string {
  return join(runDirectory, `${name}.json`);
}

/** True if the process says it is ready, false if it says no, nothing, or not in time. */
export async function isReady(ready: Readiness): Promise<boolean> {
  if ('check' in ready) return ready.check();
  try {
    const response = await fetch(ready.url, { signal: AbortSignal.timeout(probeTimeoutMs) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Keeps one process running: starts it, starts it again when it dies, ends it on request. */
export class SupervisedProcess {
  readonly #definition: ServiceDefinition;
  readonly #options: SupervisionOptions;
  readonly #stopping = new AbortController();
  #supervision: Promise<void> = Promise.resolve();
  #record: ProcessRecord | undefined;
  #exits = 0;

  constructor(definition: ServiceDefinition, options: SupervisionOptions) {
    this.#definition = definition;
    this.#options = options;
  }

  /** Starts the process and resolves once it is ready. Rejects, with the end of its log, where that does not happen. */
  async start(): Promise<void> {
    await rotateLog(this.#options.logDirectory, this.#definition.name);
    this.#supervision = this.#keepRunning();
    const deadline = performance.now() + readyTimeoutMs;
    while (this.#record === undefined || !(await isReady(this.#definition.ready))) {
      if (this.#stopping.signal.aborted) throw new Error(`${this.#definition.name} was stopped before it was ready`);
      if (this.#exits >= startAttemptsMax) await this.#fail(`ended ${this.#exits} times before it was ready`);
      if (performance.now() > deadline) await this.#fail(`is not ready after ${readyTimeoutMs / 1_000} s`);
      await delay(readyPollMs);
    }
  }

  /** Ends the process for good: its stop signal first, then SIGKILL. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const { stopSignal = 'SIGTERM', stopGraceMs = stopGraceMsDefault } = this.#definition;
    if (this.#record !== undefined) await endProcess(this.#record, stopSignal, stopGraceMs);
    await this.#supervision;
  }

  async #fail(what: string): Promise<never> {
    await this.stop();
    const tail = await readLogTail(this.#options.logDirectory, this.#definition.name);
    throw new Error(`${this.#definition.name} ${what}; the end of its log:\n${tail}`);
  }

  async #keepRunning(): Promise<void> {
    let delayMs = restartDelayMsMin;
    while (!this.#stopping.signal.aborted) {
      const startedAt = performance.now();
      const ending = await this.#runOnce();
      this.#exits += 1;
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - startedAt > stableAfterMs) delayMs = restartDelayMsMin;
      this.#options.report(`${this.#definition.name} ended (${ending}), starting it again in ${delayMs} ms`);
      await this.#pause(delayMs);
      delayMs = Math.min(delayMs * 2, restartDelayMsMax);
    }
  }

  async #pause(delayMs: number): Promise<void> {
    await delay(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  /** Resolves with how the process ended; never rejects, so that a failed start is tried again like a death. */
  async #runOnce(): Promise<string> {
    const { name } = this.#definition;
    const file = recordFile(this.#options.runDirectory, name);
    try {
      await this.#definition.prepare?.();
      const { child, ending } = await withLog(this.#options.logDirectory, name, (log) => this.#spawn(log));
      if (child.pid !== undefined) this.#record = await recordProcess(file, child.pid, this.#readyUrl());
      // A stop that came between spawning and recording found nothing to end.
      if (this.#stopping.signal.aborted) child.kill('SIGKILL');
      return await ending;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.#record = undefined;
      await rm(file, { force: true });
    }
  }

  #readyUrl(): string | undefined {
    return 'url' in this.#definition.ready ? this.#definition.ready.url : undefined;
  }

  /** In a session of its own: Ctrl-C in the terminal reaches the lab alone, which then stops all in the right order. */
  #spawn(logDescriptor: number): { child: ChildProcess; ending: Promise<string> } {
    const { command, environment, user, workingDirectory } = this.#definition;
    const [program, ...args] = command;
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', logDescriptor, logDescriptor],
      env: { ...inheritedEnvironment(), ...environment },
      ...(workingDirectory === undefined ? {} : { cwd: workingDirectory }),
      ...user,
    });
    return { child, ending: describeEnding(child) };
  }
}

/** How a child ended, or why it could not be started. */
function describeEnding(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}
