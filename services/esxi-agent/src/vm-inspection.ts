import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ResponseBody } from '@kagibako/contracts/requests';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { readDisk } from './disk-data.ts';
import { decodeEncobj } from './encobj-file.ts';
import { nvramKnownPlaintext, readNvram } from './nvram.ts';
import { readSwap } from './swap-file.ts';
import type { VirtualDisk, VirtualMachine } from './virtual-machine.ts';
import { withDiskDek, withHomeDek } from './vm-encryption.ts';

type Inspection = ResponseBody<'inspectVm'>;
type InspectedFile = Inspection['files'][number];

const notMadeYet = ['vmsn', 'core dumps'];

/**
 * Judges each file by its content: ciphertext does not hold the known plaintext, and decrypting finds it. For disks and
 * swap that is what the guest wrote, for nvram what the firmware did. `kek` is that of an encrypted VM.
 */
export async function inspectVm(
  vm: VirtualMachine,
  knownPlaintext: Buffer,
  kek: KeyMaterial | undefined,
): Promise<Inspection> {
  const disks = await Promise.all(vm.disks.map((disk) => inspectDisk(vm, disk, knownPlaintext, kek)));
  const files = [
    await inspectText(vm, basename(vm.vmxFile), 'vmx', vm.encryption?.key.keyId),
    ...(await inspectOthers(vm)),
    await inspectNvram(vm, kek),
    ...disks.flat(),
    ...(await inspectSwap(vm, knownPlaintext, kek)),
  ];
  return { files, notMadeYet };
}

async function inspectDisk(
  vm: VirtualMachine,
  disk: VirtualDisk,
  known: Buffer,
  kek: KeyMaterial | undefined,
): Promise<InspectedFile[]> {
  const contains = await diskHolds(vm, disk, known, undefined);
  const decrypts =
    kek === undefined ? undefined : await withDiskDek(disk, kek, (dek) => diskHolds(vm, disk, known, dek));
  const extents = disk.extents.map(({ fileName }) => describe(vm, fileName, 'disk', contains, decrypts));
  const descriptor = inspectText(vm, disk.descriptorFile, 'descriptor', disk.descriptor.get('keyID'));
  return await Promise.all([descriptor, ...extents]);
}

async function diskHolds(
  vm: VirtualMachine,
  disk: VirtualDisk,
  known: Buffer,
  dek: KeyMaterial | undefined,
): Promise<boolean> {
  const search = searchFor(known);
  await readDisk(vm.folder, disk, { offsetBytes: 0, lengthBytes: disk.capacityBytes }, dek, search.look);
  return search.found();
}

async function inspectNvram(vm: VirtualMachine, kek: KeyMaterial | undefined): Promise<InspectedFile> {
  const content = await readNvram(vm);
  const decrypts =
    kek === undefined
      ? undefined
      : await withHomeDek(vm, kek, async (dek) => {
          const clear = decodeEncobj(content, dek);
          const holds = Buffer.from(clear.buffer, clear.byteOffset, clear.length).includes(nvramKnownPlaintext);
          clear.fill(0);
          return holds;
        });
  return await describe(vm, vm.nvram, 'nvram', content.includes(nvramKnownPlaintext), decrypts);
}

/** Only while the VM is on. */
async function inspectSwap(vm: VirtualMachine, known: Buffer, kek: KeyMaterial | undefined): Promise<InspectedFile[]> {
  const isThere = await stat(join(vm.folder, vm.swap)).then(
    () => true,
    () => false,
  );
  if (!isThere) return [];
  const holds = async (dek: KeyMaterial | undefined): Promise<boolean> => {
    const pages = await readSwap(vm, dek);
    const found = Buffer.from(pages.buffer).includes(known);
    pages.fill(0);
    return found;
  };
  const contains = await holds(undefined);
  const decrypts = kek === undefined ? undefined : await withHomeDek(vm, kek, holds);
  return [await describe(vm, vm.swap, 'swap', contains, decrypts)];
}

/** Files that are never encrypted. */
async function inspectOthers(vm: VirtualMachine): Promise<InspectedFile[]> {
  const roles = { '.vmsd': 'vmsd', '.log': 'log' } as const;
  const names = await readdir(vm.folder);
  const files = Object.entries(roles).flatMap(([ending, role]) =>
    names.filter((name) => name.endsWith(ending)).map((name) => inspectText(vm, name, role, undefined)),
  );
  return await Promise.all(files);
}

/** Text that is text is not ciphertext. */
async function inspectText(
  vm: VirtualMachine,
  name: string,
  role: string,
  keyId: string | undefined,
): Promise<InspectedFile> {
  const content = await readFile(join(vm.folder, name));
  return {
    name,
    role,
    sizeBytes: content.length,
    encrypted: !isText(content),
    containsKnownPlaintext: false,
    ...(keyId === undefined ? {} : { keyId }),
  };
}

const isText = (content: Uint8Array): boolean => {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(content).includes('\0');
  } catch {
    return false;
  }
};

async function describe(
  vm: VirtualMachine,
  name: string,
  role: string,
  containsKnownPlaintext: boolean,
  decrypts: boolean | undefined,
): Promise<InspectedFile> {
  return {
    name,
    role,
    sizeBytes: (await stat(join(vm.folder, name))).size,
    encrypted: !containsKnownPlaintext && decrypts === true,
    containsKnownPlaintext,
    ...(decrypts === undefined ? {} : { decryptsToKnownPlaintext: decrypts }),
  };
}

/** Looks for bytes in content that comes in pieces, across their borders too. */
function searchFor(known: Buffer): { look: (piece: Uint8Array) => void; found: () => boolean } {
  let tail = Buffer.alloc(0);
  let isFound = known.length === 0;
  return {
    look: (piece) => {
      if (isFound) return;
      const content = Buffer.concat([tail, piece]);
      isFound = content.includes(known);
      tail.fill(0);
      tail = Buffer.from(content.subarray(Math.max(0, content.length - known.length + 1)));
      content.fill(0);
    },
    found: () => {
      tail.fill(0);
      return isFound;
    },
  };
}
