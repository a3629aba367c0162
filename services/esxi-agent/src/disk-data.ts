import { type FileHandle, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Failure } from '@kagibako/contracts/failures';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { createXts, sectorBytes, type Xts, type XtsDirection } from '@kagibako/crypto/xts';
import { explainMissing, removingOnError } from './durable-file.ts';
import type { DiskExtent, VirtualDisk } from './virtual-machine.ts';

/** One read or write. Between two of them the process answers others. */
const chunkBytes = 1024 * 1024;
const fileMode = 0o600;

/** Told after each chunk. */
export type OnBytes = (bytes: number) => void;

/** Writes `to` with the content of `from`, through XTS where a transformation is given; on disk when it resolves. */
export async function copyExtent(
  from: string,
  to: string,
  extent: DiskExtent,
  xts: Xts | undefined,
  onBytes: OnBytes,
): Promise<void> {
  const source = await openExtent(from);
  try {
    await removingOnError(to, async () => {
      const target = await open(to, 'wx', fileMode);
      try {
        await copySectors(source, target, { name: basename(from), extent, xts, onBytes });
        await target.sync();
      } finally {
        await target.close();
      }
    });
  } finally {
    await source.close();
  }
}

const openExtent = (file: string): Promise<FileHandle> =>
  open(file, 'r').catch((error: unknown) => {
    throw explainMissing(error, basename(file));
  });

interface Copy {
  name: string;
  extent: DiskExtent;
  xts: Xts | undefined;
  onBytes: OnBytes;
}

async function copySectors(
  source: FileHandle,
  target: FileHandle,
  { name, extent, xts, onBytes }: Copy,
): Promise<void> {
  const lengthBytes = extent.sectors * sectorBytes;
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, lengthBytes));
  try {
    for (let at = 0; at < lengthBytes; at += chunkBytes) {
      const part = buffer.subarray(0, Math.min(chunkBytes, lengthBytes - at));
      await readFully(source, part, at, name);
      xts?.transform(part, extent.firstSector + at / sectorBytes);
      await writeFully(target, part, at);
      onBytes(part.length);
    }
  } finally {
    buffer.fill(0);
  }
}

/** Makes a file of zeros: holes, where the file system has them. */
export async function createEmptyExtent(to: string, extent: DiskExtent): Promise<void> {
  await removingOnError(to, async () => {
    const target = await open(to, 'wx', fileMode);
    try {
      await target.truncate(extent.sectors * sectorBytes);
      await target.sync();
    } finally {
      await target.close();
    }
  });
}

/**
 * Reads a range of the virtual disk in pieces, through XTS where the DEK is given. A piece is valid until `use` returns
 * and wiped after. @throws Failure InvalidArgument when the range is not on the disk
 */
export async function readDisk(
  folder: string,
  disk: VirtualDisk,
  range: { offsetBytes: number; lengthBytes: number },
  dek: KeyMaterial | undefined,
  use: (piece: Uint8Array) => void,
): Promise<void> {
  const end = range.offsetBytes + range.lengthBytes;
  if (end > disk.capacityBytes)
    throw new Failure('InvalidArgument', `disk ${disk.disk} has ${disk.capacityBytes} bytes, which end before ${end}`);
  await withXts(dek, 'decrypt', async (xts) => {
    for (const extent of disk.extents) {
      const from = Math.max(range.offsetBytes, extent.firstSector * sectorBytes);
      const to = Math.min(end, (extent.firstSector + extent.sectors) * sectorBytes);
      if (from < to) await readExtent(join(folder, extent.fileName), extent, { from, to }, xts, use);
    }
  });
}

async function readExtent(
  file: string,
  extent: DiskExtent,
  { from, to }: { from: number; to: number },
  xts: Xts | undefined,
  use: (piece: Uint8Array) => void,
): Promise<void> {
  const source = await openExtent(file);
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  try {
    const firstByte = from - (from % sectorBytes);
    const endByte = Math.ceil(to / sectorBytes) * sectorBytes;
    for (let at = firstByte; at < endByte; at += chunkBytes) {
      const part = buffer.subarray(0, Math.min(chunkBytes, endByte - at));
      await readFully(source, part, at - extent.firstSector * sectorBytes, basename(file));
      xts?.transform(part, at / sectorBytes);
      use(part.subarray(Math.max(0, from - at), Math.min(part.length, to - at)));
    }
  } finally {
    buffer.fill(0);
    await source.close();
  }
}

/** Runs `work` with a transformation under the DEK, which stays the caller's; without a DEK, with none. */
export async function withXts<T>(
  dek: KeyMaterial | undefined,
  direction: XtsDirection,
  work: (xts: Xts | undefined) => Promise<T>,
): Promise<T> {
  const xts = dek === undefined ? undefined : createXts(dek, direction);
  try {
    return await work(xts);
  } finally {
    xts?.destroy();
  }
}

async function readFully(source: FileHandle, into: Buffer, position: number, name: string): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await source.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new Failure('DataCorrupt', `${name} is shorter than its descriptor says`);
    done += bytesRead;
  }
}

async function writeFully(target: FileHandle, from: Buffer, position: number): Promise<void> {
  for (let done = 0; done < from.length; ) {
    const { bytesWritten } = await target.write(from, done, from.length - done, position + done);
    done += bytesWritten;
  }
}
