import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sendRequest } from '@kagibako/bus/request-reply';
import type { CommandBody } from '@kagibako/contracts/commands';
import { type Heard, hostId, providerId, type TestBroker } from './host.ts';

/** Bytes that a guest wrote on its disk. */
export const guestText = Buffer.from('a guest wrote this on its disk');
const guestTextAt = 70_000;

export interface TestVm {
  vmId: string;
  name: string;
  folder: string;
  path: string;
}

export const taskOf = ({ vmId, path }: TestVm) => ({ taskId: randomUUID(), vmId, path });
export const keyOf = (keyId: string) => ({ providerId, keyId });

export function newVm(datastore: string, name = `vm-${randomUUID().slice(0, 8)}`): TestVm {
  const path = `[${hostId}] ${name}/${name}.vmx`;
  return { vmId: randomUUID(), name, folder: join(datastore, name), path };
}

export const creationOf = (vm: TestVm, disks: CommandBody<'createVm'>['disks']): CommandBody<'createVm'> => ({
  ...taskOf(vm),
  name: vm.name,
  guestOs: 'otherLinux64Guest',
  memoryMiB: 4,
  disks,
});

/** A VM of one disk, whose guest has written all over it. */
export async function aVm(broker: TestBroker, datastore: string, capacityBytes = 1024 * 1024): Promise<TestVm> {
  const vm = newVm(datastore);
  succeeded(await broker.order('createVm', creationOf(vm, [{ disk: '2000', capacityBytes }])));
  await writeFile(join(vm.folder, `${vm.name}-flat.vmdk`), guestData(capacityBytes));
  return vm;
}

/** Random bytes with `guestText` among them. */
export function guestData(lengthBytes: number): Buffer {
  const data = randomBytes(lengthBytes);
  guestText.copy(data, guestTextAt);
  return data;
}

/** A disk image in a folder of the datastore, of extents of so many sectors: the content of the disk. */
export async function anImage(datastore: string, folder: string, sectors: readonly number[]): Promise<Buffer> {
  await mkdir(join(datastore, folder), { recursive: true });
  const data = guestData(sectors.reduce((total, more) => total + more * 512, 0));
  const lines: string[] = [];
  let at = 0;
  for (const [number, length] of sectors.entries()) {
    const fileName = `image-s${number}.vmdk`;
    await writeFile(join(datastore, folder, fileName), data.subarray(at, at + length * 512));
    lines.push(`RW ${length} FLAT "${fileName}" 0`);
    at += length * 512;
  }
  const createType = sectors.length === 1 ? 'monolithicFlat' : 'twoGbMaxExtentFlat';
  await writeFile(
    join(datastore, folder, 'image.vmdk'),
    `# Disk DescriptorFile\nversion=1\nCID=00c0ffee\nparentCID=ffffffff\ncreateType="${createType}"\n\n${lines.join('\n')}\n\nddb.adapterType = "lsilogic"\n`,
  );
  return data;
}

/** Every file of a folder but the log, which grows. */
export async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name !== 'vmware.log').sort();
  const files: Record<string, string> = {};
  for (const name of names) files[name] = sha256(await readFile(join(folder, name)));
  return files;
}

export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('base64');

/** SHA-256 of what the guest reads, over the whole disk unless said otherwise. */
export async function digest(
  { bus }: TestBroker,
  { vmId, path }: TestVm,
  range: { offsetBytes?: number; lengthBytes: number; disk?: string },
): Promise<string> {
  const asked = { disk: '2000', offsetBytes: 0, ...range };
  return (await sendRequest(bus, 'digestBlock', { vmId, path, ...asked }, { hostId })).sha256;
}

export function succeeded(heard: Heard): Heard {
  assert.notEqual(heard.name, 'task-failed', JSON.stringify(heard.data));
  return heard;
}

export function failed({ name, data }: Heard, code: string, message = /./): void {
  assert.deepEqual([name, data['code']], ['task-failed', code], JSON.stringify(data));
  assert.match(String(data['message']), message);
}
