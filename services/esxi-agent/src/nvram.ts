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
