import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startBroker, startHost, type TestBroker, type TestHost } from './host.ts';
import { anImage, aVm, creationOf, digest, failed, filesOf, keyOf, newVm, sha256, succeeded, taskOf } from './vms.ts';

const mebibyte = 1024 * 1024;

/** Why a small file system cannot be mounted here, or false. */
const skip = process.getuid?.() === 0 ? false : 'NOT TESTED: a disk that is full; mounting a small one takes root';

describe('on a datastore that is full', { skip }, () => {
  let broker: TestBroker;
  let esx: TestHost;
  let datastore: string;
  before(async () => {
    datastore = await mkdtemp(join(tmpdir(), 'kagibako-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', datastore]);
    broker = await startBroker();
    esx = await startHost(broker, datastore);
  });
  after(async () => {
    await esx?.stop();
    await broker?.stop();
    execFileSync('umount', [datastore]);
    await rm(datastore, { recursive: true, force: true });
  });

  /** Leaves so many bytes free. */
  const fill = async (freeBytes: number): Promise<void> => {
    const file = join(datastore, 'filling');
    await rm(file, { force: true });
    const [free = ''] =
      /\d+(?=\n$)/.exec(execFileSync('df', ['--output=avail', '-B1', datastore], { encoding: 'utf8' })) ?? [];
    await writeFile(file, Buffer.alloc(Number(free) - freeBytes));
  };

  it('a VM stays as it was where it does not fit twice, and nothing is left over', async () => {
    const vm = await aVm(broker, datastore, 4 * mebibyte);
    const clear = await filesOf(vm.folder);
    const content = sha256(await readFile(join(vm.folder, `${vm.name}-flat.vmdk`)));
    const encrypt = async () => await broker.order('encryptVm', { ...taskOf(vm), key: keyOf('kek-1') });
    // Not even nvram; half the disk; the disk, but no descriptor; a little of all.
    for (const freeBytes of [0, 4_096, 16_384, 2 * mebibyte, 4 * mebibyte, 4 * mebibyte + 16_384]) {
      await fill(freeBytes);
      failed(await encrypt(), 'InsufficientSpace', /no room for/);
      assert.deepEqual(await filesOf(vm.folder), clear, `${freeBytes} bytes free`);
    }
    await fill(5 * mebibyte);
    succeeded(await encrypt());
    const encrypted = await filesOf(vm.folder);
    for (const freeBytes of [0, 2 * mebibyte, 4 * mebibyte + 8_192]) {
      await fill(freeBytes);
      failed(await broker.order('decryptVm', taskOf(vm)), 'InsufficientSpace');
      assert.deepEqual(await filesOf(vm.folder), encrypted, `${freeBytes} bytes free`);
    }
    assert.equal(await digest(broker, vm, { lengthBytes: 4 * mebibyte }), content);
    await fill(mebibyte);
    failed(await broker.order('powerOnVm', taskOf(vm)), 'InsufficientSpace', /vswp/);
    assert.deepEqual(await filesOf(vm.folder), encrypted);
    await fill(5 * mebibyte);
    succeeded(await broker.order('decryptVm', taskOf(vm)));
    assert.deepEqual(await filesOf(vm.folder), clear);
    succeeded(await broker.order('deleteVm', taskOf(vm)));
  });

  it('no VM is made that does not fit', async () => {
    await fill(8 * mebibyte);
    await anImage(datastore, 'images', [(4 * mebibyte) / 512]);
    await fill(2 * mebibyte);
    const disks = [{ disk: '2000', sourceImage: '[esx-1] images/image.vmdk' }];
    const before = await filesOf(join(datastore, 'images'));
    const vm = newVm(datastore);
    failed(await broker.order('createVm', creationOf(vm, disks)), 'InsufficientSpace');
    await fill(5 * mebibyte);
    succeeded(await broker.order('createVm', creationOf(vm, disks)));
    assert.deepEqual(await filesOf(join(datastore, 'images')), before);
  });
});
