import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrorCode, readIfPresent, writePrivateFile } from './private-file.ts';

const pollMs = 25;

/** One process, told apart from a later one that got the same pid by the time the kernel started it. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startedAt: string;
  /** Where the process answers whether it is ready, if it does so over http. */
  readonly readyUrl?: string;
}

/** When the kernel started this pid, or undefined if no such process runs. A zombie does not run. */
export function readStartTime(pid: number): string | undefined {
  return process.platform === 'linux' ? readLinuxStartTime(pid) : readStartTimeByPs(pid);
}

function readLinuxStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc_pid_stat(5): the second field is the name in parentheses, which may hold anything; state is 3, starttime 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}/${fields[19]}`;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT') || isErrorCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

function readStartTimeByPs(pid: number): string | undefined {
  try {
    const [state = '', ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(/\s+/);
    return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

/** True while the very process that was recorded runs. */
export function isRunning(record: ProcessRecord): boolean {
  return readStartTime(record.pid) === record.startedAt;
}

/** Writes down who runs, for a later command that has to find or end it. */
export async function recordProcess(file: string, pid: number, readyUrl?: string): Promise<ProcessRecord | undefined> {
  const startedAt = readStartTime(pid);
  if (startedAt === undefined) return undefined;
  const record = { pid, startedAt, ...(readyUrl === undefined ? {} : { readyUrl }) };
  await writePrivateFile(file, `${JSON.stringify(record)}\n`);
  return record;
}

/** The record in a file; undefined where there is none or it is damaged (a crash may leave it empty). */
export async function readProcessRecord(file: string): Promise<ProcessRecord | undefined> {
  const content = await readIfPresent(file);
  try {
    const value: unknown = JSON.parse(content?.toString('utf8') ?? 'null');
    return isProcessRecord(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isProcessRecord(value: unknown): value is ProcessRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'startedAt' in value &&
    typeof value.startedAt === 'string'
  );
}

/** Ends exactly the recorded process: `signal`, and SIGKILL where it still runs after `graceMs`. */
export async function endProcess(record: ProcessRecord, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  for (const [name, waitMs] of [
    [signal, graceMs],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isRunning(record)) return;
    sendSignal(record.pid, name);
    if (await waitForEnd(record, waitMs)) return;
  }
  throw new Error(`process ${record.pid} does not end, not even by SIGKILL`);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrorCode(error, 'ESRCH')) throw error;
  }
}

/** True once the recorded process is gone, false if it still runs after `timeoutMs`. */
export async function waitForEnd(record: ProcessRecord, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isRunning(record)) {
    if (performance.now() > deadline) return false;
    await delay(pollMs);
  }
  return true;
}

/** Ends the recorded process if it still runs, and forgets the record. */
export async function endOrphan(file: string, signal: NodeJS.Signals, graceMs: number): Promise<boolean> {
  const record = await readProcessRecord(file);
  const runs = record !== undefined && isRunning(record);
  if (runs) await endProcess(record, signal, graceMs);
  await rm(file, { force: true });
  return runs;
}
