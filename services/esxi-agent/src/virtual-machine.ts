import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '@kagibako/contracts/failures';
import { sectorBytes } from '@kagibako/crypto/xts';
import { DiskDescriptor } from './disk-descriptor.ts';
import { isCode } from './durable-file.ts';
import { lockedBy, type ProviderKey } from './encryption-bundle.ts';
import { VmxFile } from './vmx-file.ts';

/** A VM as its files say it is. The `.vmx` alone decides which of the files beside it are its own. */
export interface VirtualMachine {
  id: string;
  name: string;
  folder: string;
  vmxFile: string;
  vmx: VmxFile;
  /** Names within the folder. */
  nvram: string;
  swap: string;
  disks: VirtualDisk[];
  /** Absent while the VM is not encrypted. */
  encryption: { bundle: string; key: ProviderKey } | undefined;
}

export interface VirtualDisk {
  /** vSphere's key of the device, `2000` and on. */
  disk: string;
  descriptorFile: string;
  descriptor: DiskDescriptor;
  extents: DiskExtent[];
  capacityBytes: number;
}

/** Sectors of the virtual disk that lie in a file of their own. */
export interface DiskExtent {
  fileName: string;
  firstSector: number;
  sectors: number;
}

const firstDisk = 2_000;
const disksMax = 60;
const textBytesMax = 1024 * 1024;

export const vmIdSetting = 'kagibako.vmId';
export const bundleSetting = 'encryption.bundle';
export const nvramSetting = 'nvram';
export const diskSetting = (at: number): string => `scsi0:${at}.fileName`;
export const diskKeyAt = (at: number): string => String(firstDisk + at);

/** @throws Failure NotFound, DataCorrupt */
export async function openVm(vmxFile: string, vmId: string): Promise<VirtualMachine> {
  const vm = await readVm(vmxFile);
  if (vm?.id !== vmId) throw new Failure('NotFound', `virtual machine ${vmId} is not at ${basename(vmxFile)}`);
  return vm;
}

/** Undefined where there is no such file. @throws Failure DataCorrupt */
export async function readVm(vmxFile: string): Promise<VirtualMachine | undefined> {
  const text = await readText(vmxFile);
  if (text === undefined) return undefined;
  const vmx = VmxFile.parse(text);
  const folder = dirname(vmxFile);
  const bundle = vmx.get(bundleSetting);
  return {
    id: vmx.get(vmIdSetting) ?? '',
    name: vmx.get('displayName') ?? basename(vmxFile, '.vmx'),
    folder,
    vmxFile,
    vmx,
    nvram: fileNameIn(vmx, nvramSetting),
    swap: basename(vmxFile).replace(/\.vmx$/, '.vswp'),
    disks: await readDisks(folder, vmx),
    encryption: bundle === undefined ? undefined : { bundle, key: keyOf(bundle) },
  };
}

async function readDisks(folder: string, vmx: VmxFile): Promise<VirtualDisk[]> {
  const disks: VirtualDisk[] = [];
  for (let at = 0; at < disksMax && vmx.get(diskSetting(at)) !== undefined; at += 1) {
    const descriptorFile = fileNameIn(vmx, diskSetting(at));
    const text = await readText(join(folder, descriptorFile));
    if (text === undefined) throw corrupt(`${descriptorFile} is missing`);
    disks.push({ disk: diskKeyAt(at), descriptorFile, ...readDescriptor(text) });
  }
  return disks;
}

/** @throws Failure InvalidArgument for a disk whose sectors are not plain files, each its own */
export function readDescriptor(text: string): Pick<VirtualDisk, 'descriptor' | 'extents' | 'capacityBytes'> {
  const descriptor = DiskDescriptor.parse(text);
  const extents: DiskExtent[] = [];
  let firstSector = 0;
  for (const extent of descriptor.extents) {
    const isOwnFile = extent.type !== 'ZERO' && extent.offsetSectors === 0;
    if (!isOwnFile || extents.some(({ fileName }) => fileName === extent.fileName))
      throw new Failure('InvalidArgument', 'every extent of a disk must be a whole file of its own');
    extents.push({ fileName: extent.fileName, firstSector, sectors: extent.sectors });
    firstSector += extent.sectors;
  }
  return { descriptor, extents, capacityBytes: firstSector * sectorBytes };
}

/** A text file of a VM or an image: undefined where there is none. @throws Failure DataCorrupt */
export async function readText(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size > textBytesMax) throw corrupt(`${basename(file)} is longer than ${textBytesMax} bytes`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined;
    if (isCode(error, 'EISDIR')) throw corrupt(`${basename(file)} is a folder`);
    throw error;
  }
}

/** A name in the `.vmx` may not lead out of the VM's folder. */
function fileNameIn(vmx: VmxFile, setting: string): string {
  const name = vmx.get(setting);
  if (name === undefined) throw corrupt(`${setting} is missing`);
  if (name === '' || name === '..' || /[/\0]/.test(name)) throw corrupt(`${setting} is not a file of the VM’s folder`);
  return name;
}

function keyOf(bundle: string): ProviderKey {
  const [key] = lockedBy(bundle);
  if (key === undefined) throw corrupt('its encryption bundle names no key');
  return key;
}

const corrupt = (problem: string): Failure =>
  new Failure('DataCorrupt', `virtual machine or disk image cannot be read: ${problem}`);
