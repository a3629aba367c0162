import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainMissing } from './durable-file.ts';
import type { VirtualMachine } from './virtual-machine.ts';

/** What the firmware of a virtual machine keeps: a header that tells the file by, then its variables. */
const header = 'MRVN kagibako-lab-firmware variables of ';
const nvramBytes = 8_684;

/** A new machine's `.nvram`: the header, the machine's id, the rest zeros. */
export function newNvram(vmId: string): Uint8Array {
  const nvram = new Uint8Array(nvramBytes);
  nvram.set(Buffer.from(`${header}${vmId}\n`, 'utf8'));
  return nvram;
}

/** Bytes that every clear `.nvram` of this host holds, and no encrypted one. */
export const nvramKnownPlaintext: Buffer = Buffer.from(header, 'utf8');

/** The file as it is; the caller wipes it. @throws Failure DataCorrupt */
export const readNvram = ({ folder, nvram }: VirtualMachine): Promise<Buffer> =>
  readFile(join(folder, nvram)).catch((error: unknown) => {
    throw explainMissing(error, nvram);
  });
