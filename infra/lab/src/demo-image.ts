import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const sectorBytes = 512;
const imageBytes = 16 * 1024 * 1024;
const markerEveryBytes = 1024 * 1024;

/** A disk whose content is known: a text in every megabyte, and random bytes between. */
export interface DemoImage {
  descriptor: string;
  flat: Buffer;
  /** Bytes that must be found in a clear disk and must not be found in an encrypted one. */
  knownPlaintext: Buffer;
  sha256: string;
}

export function makeDemoImage(name: string): DemoImage {
  const knownPlaintext = Buffer.from(
    `Kagibako demo ${randomBytes(12).toString('hex')}: a guest wrote this. `.repeat(8),
  );
  const flat = randomBytes(imageBytes);
  for (let at = 0; at < imageBytes; at += markerEveryBytes) knownPlaintext.copy(flat, at + sectorBytes);
  return {
    descriptor: descriptorOf(name),
    flat,
    knownPlaintext,
    sha256: createHash('sha256').update(flat).digest('base64'),
  };
}

/** As `qemu-img create -f vmdk -o subformat=monolithicFlat` writes it: one FLAT extent in a file beside the descriptor. */
function descriptorOf(name: string): string {
  const sectors = imageBytes / sectorBytes;
  return `# Disk DescriptorFile
version=1
CID=${randomBytes(4).toString('hex')}
parentCID=ffffffff
createType="monolithicFlat"

# Extent description
RW ${sectors} FLAT "${name}-flat.vmdk" 0

# The Disk Data Base
#DDB

ddb.virtualHWVersion = "14"
ddb.geometry.cylinders = "${Math.floor(sectors / 63 / 16)}"
ddb.geometry.heads = "16"
ddb.geometry.sectors = "63"
ddb.adapterType = "lsilogic"
`;
}

/** Puts the image on a datastore that is a folder of this machine; answers its path as vSphere writes it. */
export async function placeImage(datastore: string, hostId: string, name: string, image: DemoImage): Promise<string> {
  const folder = join(datastore, 'images');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}-flat.vmdk`), image.flat);
  await writeFile(join(folder, `${name}.vmdk`), image.descriptor);
  return `[${hostId}] images/${name}.vmdk`;
}
