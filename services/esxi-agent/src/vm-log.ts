import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VirtualMachine } from './virtual-machine.ts';

/** A line of `vmware.log`. */
export const logLine = (text: string): string => `${new Date().toISOString()} In(05) vmx - ${text}\n`;

/** Logs are never encrypted: nothing secret goes into them. A datastore that is full loses a line and no more. */
export async function writeLog({ folder }: VirtualMachine, text: string): Promise<void> {
  await appendFile(join(folder, 'vmware.log'), logLine(text)).catch(() => undefined);
}
