import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { copyExtent, readDisk, withXts } from '../src/disk-data.ts';
import { DiskDescriptor } from '../src/disk-descriptor.ts';

const mebibyte = 1024 * 1024;
const lengthBytes = 8 * mebibyte;

describe('bulk data', () => {
  let folder: string;
  const content = randomBytes(lengthBytes);
  const extent = { fileName: 'disk', firstSector: 0, sectors: lengthBytes / 512 };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kagibako-disk-data-'));
    await writeFile(join(folder, extent.fileName), content);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Fails unless the process was there for others since the piece before, and the piece is small. */
  const watch = () => {
    let turns = 0;
    const pieces: { bytes: number; turns: number }[] = [];
    let timer = setImmediate(function again() {
      turns += 1;
      timer = setImmediate(again);
    });
    return {
      piece: (bytes: number): void => {
        pieces.push({ bytes, turns });
        turns = 0;
      },
      end: (): void => {
        clearImmediate(timer);
        assert.equal(pieces.length, lengthBytes / mebibyte);
        for (const { bytes, turns: between } of pieces)
          assert.ok(bytes <= mebibyte && between > 0, `${bytes} ${between}`);
      },
    };
  };

  it('is copied and read a mebibyte at a time, and between two the process answers others', async () => {
    const dek = KeyMaterial.random(64);
    const copying = watch();
    const copy = join(folder, 'copy');
    await withXts(dek, 'encrypt', (xts) => copyExtent(join(folder, 'disk'), copy, extent, xts, copying.piece));
    copying.end();
    assert.notDeepEqual(await readFile(copy), content);
    const reading = watch();
    const descriptor = DiskDescriptor.parse(`# Disk DescriptorFile\nRW ${extent.sectors} FLAT "copy" 0\n`);
    const extents = [{ ...extent, fileName: 'copy' }];
    const disk = { disk: '2000', descriptorFile: 'disk.vmdk', descriptor, extents, capacityBytes: lengthBytes };
    const read: Buffer[] = [];
    const pieces: Uint8Array[] = [];
    await readDisk(folder, disk, { offsetBytes: 0, lengthBytes }, dek, (piece) => {
      reading.piece(piece.length);
      read.push(Buffer.from(piece));
      pieces.push(piece);
    });
    reading.end();
    assert.deepEqual(Buffer.concat(read), content);
    for (const piece of pieces)
      assert.ok(
        piece.every((byte) => byte === 0),
        'plaintext was not wiped',
      );
  });

  it('is wiped from memory and from disk where writing it fails', async () => {
    const seen: Uint8Array[] = [];
    const xts = { transform: (buffer: Uint8Array) => void seen.push(buffer), destroy: () => undefined };
    const failing = (): never => {
      throw new Error('no more');
    };
    const copy = join(folder, 'unfinished');
    await assert.rejects(copyExtent(join(folder, 'disk'), copy, extent, xts, failing), /no more/);
    await assert.rejects(readFile(copy), { code: 'ENOENT' });
    assert.equal(seen.length, 1);
    for (const buffer of seen)
      assert.ok(
        buffer.every((byte) => byte === 0),
        'plaintext was not wiped',
      );
  });
});
