import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CommandBody } from '@kagibako/contracts/commands';
import { Failure } from '@kagibako/contracts/failures';
import { sectorBytes } from '@kagibako/crypto/xts';
import { besidePath, type Datastore, resolveFile, resolveVmx } from './datastore.ts';
import { copyExtent, createEmptyExtent, type OnBytes } from './disk-data.ts';
import { isCode, removingOnError, syncDirectory, writeDurably } from './durable-file.ts';
import { newNvram } from './nvram.ts';
import {
  diskKeyAt,
  diskSetting,
  nvramSetting,
  readDescriptor,
  readText,
  readVm,
  type VirtualDisk,
  type VirtualMachine,
  vmIdSetting,
} from './virtual-machine.ts';
import { logLine } from './vm-log.ts';
import { VmxFile } from './vmx-file.ts';

type NewVm = CommandBody<'createVm'>;
type NewDisk = NewVm['disks'][number];

/** A folder under this name is not a VM yet, or was never finished. */
export const unfinishedFolder = /^\.creating-/;
const newDiskBytesMax = 64 * 1024 ** 4;

/**
 * Makes a VM's folder with `.vmx`, `.vmsd`, `.nvram`, log and disks: whole, in one rename, or not at all.
 * @throws Failure AlreadyExists, InvalidArgument, NotFound, InsufficientSpace
 */
export async function createVm(datastore: Datastore, made: NewVm, onBytes: OnBytes): Promise<VirtualMachine> {
  const vmxFile = await resolveVmx(datastore, made.path);
  const folder = dirname(vmxFile);
  const known = await readVm(vmxFile);
  if (known?.id === made.vmId) return known;
  const unfinished = join(dirname(folder), `.creating-${made.vmId}`);
  await rm(unfinished, { recursive: true, force: true });
  await removingOnError(unfinished, async () => {
    await mkdir(unfinished, { mode: 0o700 });
    await writeFiles(datastore, made, join(unfinished, basename(vmxFile)), onBytes);
    await syncDirectory(unfinished);
    await moveInto(unfinished, folder);
  });
  await syncDirectory(dirname(folder));
  const vm = await readVm(vmxFile);
  if (vm === undefined) throw new Error(`${made.path} is not there after it was made`);
  return vm;
}

async function writeFiles(datastore: Datastore, made: NewVm, vmxFile: string, onBytes: OnBytes): Promise<void> {
  const stem = basename(vmxFile, '.vmx');
  const folder = dirname(vmxFile);
  const fileNames: string[] = [];
  for (const [at, disk] of made.disks.entries()) {
    if (disk.disk !== diskKeyAt(at)) throw new Failure('InvalidArgument', `the disk at ${at} must be ${diskKeyAt(at)}`);
    const fileName = at === 0 ? `${stem}.vmdk` : `${stem}-disk${at}.vmdk`;
    await (disk.sourceImage === undefined
      ? createDisk(join(folder, fileName), disk)
      : copyImage(datastore, disk.sourceImage, join(folder, fileName), onBytes));
    fileNames.push(fileName);
  }
  await writeDurably(join(folder, `${stem}.nvram`), newNvram(made.vmId));
  await writeDurably(join(folder, `${stem}.vmsd`), '.encoding = "UTF-8"\n');
  await writeDurably(join(folder, 'vmware.log'), logLine(`${made.name} was created`));
  await writeDurably(vmxFile, newVmx(made, stem, fileNames).print());
}

function newVmx(made: NewVm, stem: string, fileNames: readonly string[]): VmxFile {
  const vmx = VmxFile.parse('');
  const settings: [string, string][] = [
    ['.encoding', 'UTF-8'],
    ['config.version', '8'],
    ['virtualHW.version', '19'],
    ['displayName', made.name],
    ['guestOS', made.guestOs],
    ['memSize', String(made.memoryMiB)],
    [vmIdSetting, made.vmId],
    [nvramSetting, `${stem}.nvram`],
    ['scsi0.present', 'TRUE'],
    ['scsi0.virtualDev', 'pvscsi'],
    ...fileNames.flatMap((fileName, at): [string, string][] => [
      [`scsi0:${at}.present`, 'TRUE'],
      [diskSetting(at), fileName],
    ]),
  ];
  for (const [name, value] of settings) vmx.set(name, value);
  return vmx;
}

async function createDisk(descriptorFile: string, { disk, capacityBytes = 0 }: NewDisk): Promise<void> {
  if (capacityBytes === 0 || capacityBytes % sectorBytes !== 0 || capacityBytes > newDiskBytesMax)
    throw new Failure(
      'InvalidArgument',
      `disk ${disk}: ${capacityBytes} bytes are not whole sectors of ${sectorBytes}`,
    );
  const fileName = `${basename(descriptorFile, '.vmdk')}-flat.vmdk`;
  const sectors = capacityBytes / sectorBytes;
  await createEmptyExtent(join(dirname(descriptorFile), fileName), { fileName, firstSector: 0, sectors });
  await writeDurably(descriptorFile, newDescriptor(fileName, sectors));
}

const contentId = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString('hex');

/** A descriptor of one extent, as VMware Virtual Disk Format 1.1 gives it. */
const newDescriptor = (fileName: string, sectors: number): string => `# Disk DescriptorFile
version=1
encoding="UTF-8"
CID=${contentId()}
parentCID=ffffffff
createType="monolithicFlat"

# Extent description
RW ${sectors} FLAT "${fileName}" 0

# The Disk Data Base
#DDB

ddb.virtualHWVersion = "19"
ddb.adapterType = "lsilogic"
`;

/** Copies an image whose extents are plain files; the copies are named after the VM. */
async function copyImage(datastore: Datastore, image: string, descriptorFile: string, onBytes: OnBytes): Promise<void> {
  const source = await resolveFile(datastore, image);
  const text = await readText(source);
  if (text === undefined) throw new Failure('NotFound', `there is no disk image ${image}`);
  const { descriptor, extents } = readDescriptor(text);
  if (descriptor.get('encryptionKeys') !== undefined)
    throw new Failure('InvalidArgument', `the disk image ${image} is encrypted`);
  const names = new Map<string, string>();
  for (const [at, extent] of extents.entries()) {
    const fileName = extentName(basename(descriptorFile, '.vmdk'), at, extents);
    // An extent too may be a link that leads out of the datastore.
    const from = await resolveFile(datastore, besidePath(image, extent.fileName));
    await copyExtent(from, join(dirname(descriptorFile), fileName), extent, undefined, onBytes);
    names.set(extent.fileName, fileName);
  }
  descriptor.renameExtentFiles((fileName) => names.get(fileName) ?? fileName);
  await writeDurably(descriptorFile, descriptor.print());
}

const extentName = (stem: string, at: number, all: VirtualDisk['extents']): string =>
  all.length === 1 ? `${stem}-flat.vmdk` : `${stem}-f${String(at + 1).padStart(3, '0')}.vmdk`;

async function moveInto(unfinished: string, folder: string): Promise<void> {
  try {
    await rename(unfinished, folder);
  } catch (error) {
    if (isCode(error, 'ENOTEMPTY') || isCode(error, 'EEXIST') || isCode(error, 'ENOTDIR'))
      throw new Failure('AlreadyExists', `the datastore has ${basename(folder)} already`, { cause: error });
    throw error;
  }
}
