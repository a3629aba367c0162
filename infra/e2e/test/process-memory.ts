import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Finding, SecretScanner } from './secret-scanner.ts';

const readBytesMax = 16 * 1024 * 1024;
/** What two reads share, so that a secret across their border is found. */
const overlapBytes = 256;

/** Scans all writable memory of a process that this user may trace, as it is now (proc_pid_mem(5)). Linux alone. */
export function scanMemory(pid: number, scanner: SecretScanner): Finding[] {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    return writableRegions(pid).flatMap((region) => scanRegion(memory, region, scanner, pid));
  } finally {
    closeSync(memory);
  }
}

interface Region {
  start: number;
  end: number;
  name: string;
}

/** proc_pid_maps(5): address range, permissions, offset, device, inode, path. */
function writableRegions(pid: number): Region[] {
  return readFileSync(`/proc/${pid}/maps`, 'latin1')
    .split('\n')
    .map((line) => /^([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \S+\s*(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, start = '', end = '', name = '']) => ({
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
      name,
    }))
    .filter(({ name }) => !['[vvar]', '[vvar_vclock]'].includes(name));
}

function scanRegion(memory: number, { start, end, name }: Region, scanner: SecretScanner, pid: number): Finding[] {
  const findings: Finding[] = [];
  for (let at = start; at < end; at += readBytesMax - overlapBytes) {
    const part = Buffer.alloc(Math.min(readBytesMax, end - at));
    findings.push(...scanner.scan(`memory of process ${pid} ${name}`, part.subarray(0, readAt(memory, part, at))));
  }
  return findings;
}

/** 0 where a page is not there (any more): it holds nothing then. */
function readAt(memory: number, part: Buffer, at: number): number {
  try {
    return readSync(memory, part, 0, part.length, at);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EIO') return 0;
    throw error;
  }
}
