import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sendRequest } from '@kagibako/bus/request-reply';
import { createVm } from '../src/vm-creation.ts';
import { hostId, startBroker, startHost, type TestBroker, type TestHost } from './host.ts';
import {
  anImage,
  aVm,
  creationOf,
  digest,
  failed,
  filesOf,
  guestData,
  guestText,
  keyOf,
  newVm,
  sha256,
  succeeded,
  type TestVm,
  taskOf,
} from './vms.ts';

describe('a virtual machine', () => {
  let broker: TestBroker;
  let esx: TestHost;
  before(async () => {
    broker = await startBroker();
    esx = await startHost(broker);
  });
  after(async () => {
    await esx.stop();
    await broker.stop();
  });

  const encrypt = async (vm: TestVm, keyId: string) =>
    await broker.order('encryptVm', { ...taskOf(vm), key: keyOf(keyId) });

  const inspect = async ({ vmId, path }: TestVm) => {
    const knownPlaintext = guestText.toString('base64');
    const { files } = await sendRequest(broker.bus, 'inspectVm', { vmId, path, knownPlaintext }, { hostId });
    return Object.fromEntries(files.map((file) => [file.role, file]));
  };

  it('is made, encrypted, used and decrypted, and is byte for byte what it was', async () => {
    const vm = await aVm(broker, esx.datastore);
    const made = await filesOf(vm.folder);
    assert.deepEqual(
      Object.keys(made),
      ['-flat.vmdk', '.nvram', '.vmdk', '.vmsd', '.vmx'].map((ending) => `${vm.name}${ending}`),
    );
    const content = await readFile(join(vm.folder, `${vm.name}-flat.vmdk`));
    const lengthBytes = content.length;

    const encrypted = succeeded(await encrypt(vm, 'kek-1'));
    assert.equal(encrypted.name, 'vm-encrypted');
    assert.deepEqual([encrypted.data['key'], encrypted.data['bytesEncrypted']], [keyOf('kek-1'), lengthBytes]);
    assert.deepEqual(
      (await readdir(vm.folder)).sort(),
      ['.vmsd', '.vmx', '_1-flat.vmdk', '_1.nvram', '_1.vmdk']
        .map((ending) => `${vm.name}${ending}`)
        .concat('vmware.log'),
    );
    assert.notEqual(sha256(await readFile(join(vm.folder, `${vm.name}_1-flat.vmdk`))), sha256(content));
    assert.equal(await digest(broker, vm, { lengthBytes }), sha256(content));

    const askedBefore = broker.asked.length;
    succeeded(await broker.order('powerOnVm', taskOf(vm)));
    const on = await inspect(vm);
    for (const role of ['disk', 'nvram', 'swap']) {
      const { encrypted: isEncrypted, containsKnownPlaintext, decryptsToKnownPlaintext } = on[role] ?? {};
      assert.deepEqual([isEncrypted, containsKnownPlaintext, decryptsToKnownPlaintext], [true, false, true], role);
    }
    for (const role of ['vmx', 'descriptor', 'vmsd', 'log']) assert.equal(on[role]?.encrypted, false, role);
    assert.deepEqual([on['vmx']?.keyId, on['descriptor']?.keyId], ['kek-1', 'kek-1']);
    // Unaligned, and across the border of two reads.
    const range = { offsetBytes: 1_001, lengthBytes: lengthBytes - 2_000 };
    assert.equal(await digest(broker, vm, range), sha256(content.subarray(1_001, lengthBytes - 999)));
    assert.equal(broker.asked.length, askedBefore + 1, 'the KEK of a VM that runs stays in memory');

    succeeded(await broker.order('powerOffVm', taskOf(vm)));
    assert.ok(!(await readdir(vm.folder)).some((name) => name.endsWith('.vswp')));
    await digest(broker, vm, { lengthBytes });
    assert.equal(broker.asked.length, askedBefore + 2, 'the KEK of a VM that is off is forgotten');

    succeeded(await broker.order('decryptVm', taskOf(vm)));
    assert.deepEqual(await filesOf(vm.folder), made);
    assert.equal((await inspect(vm))['disk']?.containsKnownPlaintext, true);

    succeeded(await broker.order('deleteVm', taskOf(vm)));
    assert.ok(!(await readdir(esx.datastore)).some((name) => name.includes(vm.name) || name.startsWith('.')));
  });

  it('gets another DEK each time it is encrypted', async () => {
    const vm = await aVm(broker, esx.datastore);
    const ciphertexts = new Set<string>();
    for (let round = 0; round < 2; round += 1) {
      succeeded(await encrypt(vm, 'kek-1'));
      ciphertexts.add(sha256(await readFile(join(vm.folder, `${vm.name}_1-flat.vmdk`))));
      succeeded(await broker.order('decryptVm', taskOf(vm)));
    }
    assert.equal(ciphertexts.size, 2);
  });

  for (const sectors of [[4_099], [2_048, 1, 3_000]])
    it(`has disks copied from images of ${sectors.length} extents, and new ones beside them`, async () => {
      const folder = `images-${sectors.length}`;
      const content = await anImage(esx.datastore, folder, sectors);
      const image = await filesOf(join(esx.datastore, folder));
      const vm = newVm(esx.datastore);
      const sourceImage = `[${hostId}] ${folder}/image.vmdk`;
      const disks = [
        { disk: '2000', sourceImage },
        { disk: '2001', capacityBytes: 65_536 },
      ];
      const { data } = succeeded(await broker.order('createVm', creationOf(vm, disks)));
      assert.deepEqual(data['disks'], [
        { disk: '2000', capacityBytes: content.length, fileName: `${vm.name}.vmdk` },
        { disk: '2001', capacityBytes: 65_536, fileName: `${vm.name}-disk1.vmdk` },
      ]);
      const made = await filesOf(vm.folder);
      for (const round of ['clear', 'encrypted', 'decrypted']) {
        if (round === 'encrypted') succeeded(await encrypt(vm, 'kek-2'));
        if (round === 'decrypted') succeeded(await broker.order('decryptVm', taskOf(vm)));
        assert.equal(await digest(broker, vm, { lengthBytes: content.length }), sha256(content), round);
        const zeros = sha256(new Uint8Array(65_536));
        assert.equal(await digest(broker, vm, { disk: '2001', lengthBytes: 65_536 }), zeros, round);
      }
      assert.deepEqual(await filesOf(vm.folder), made);
      assert.deepEqual(await filesOf(join(esx.datastore, folder)), image);
    });

  it('is not made from an image that is not there, not whole, encrypted, or no descriptor', async () => {
    const refuse = async (sourceImage: string, code: string, message: RegExp): Promise<void> => {
      const vm = newVm(esx.datastore);
      const disks = [{ disk: '2000', sourceImage: `[${hostId}] ${sourceImage}` }];
      failed(await broker.order('createVm', creationOf(vm, disks)), code, message);
      assert.ok(!(await readdir(esx.datastore)).some((name) => name === vm.name || name.startsWith('.')));
    };
    await refuse('nowhere/image.vmdk', 'NotFound', /no disk image/);
    await anImage(esx.datastore, 'short', [8, 8]);
    const descriptor = join(esx.datastore, 'short/image.vmdk');
    const text = await readFile(descriptor, 'utf8');
    await writeFile(descriptor, text.replace('RW 8 FLAT "image-s1', 'RW 9 FLAT "image-s1'));
    await refuse('short/image.vmdk', 'DataCorrupt', /shorter than its descriptor/);
    await writeFile(descriptor, text.replace('image-s1', 'image-s7'));
    await refuse('short/image.vmdk', 'DataCorrupt', /image-s7.vmdk is missing/);
    await writeFile(descriptor, text.replace('CID=', 'encryptionKeys="vmware:key/list/()"\nCID='));
    await refuse('short/image.vmdk', 'InvalidArgument', /is encrypted/);
    await refuse('short/image-s0.vmdk', 'InvalidArgument', /not a disk descriptor/);
    await refuse('short', 'DataCorrupt', /is a folder/);
    await writeFile(join(esx.datastore, 'short/long.vmdk'), guestData(2 * 1024 * 1024));
    await refuse('short/long.vmdk', 'DataCorrupt', /longer than/);
  });

  it('is told when it is not as a command needs it, and stays as it is', async () => {
    const vm = await aVm(broker, esx.datastore);
    const unchanged = async (act: () => Promise<void>): Promise<void> => {
      const was = await filesOf(vm.folder);
      await act();
      assert.deepEqual(await filesOf(vm.folder), was);
    };
    succeeded(await broker.order('powerOnVm', taskOf(vm)));
    await unchanged(async () => {
      failed(await encrypt(vm, 'kek-3'), 'InvalidPowerState', /is powered on/);
      failed(await broker.order('decryptVm', taskOf(vm)), 'InvalidPowerState');
      failed(await broker.order('deleteVm', taskOf(vm)), 'InvalidPowerState');
    });
    const swap = join(vm.folder, `${vm.name}.vswp`);
    await writeFile(swap, 'what the guest has swapped out');
    succeeded(await broker.order('powerOnVm', taskOf(vm)));
    assert.equal(await readFile(swap, 'utf8'), 'what the guest has swapped out');
    succeeded(await broker.order('powerOffVm', taskOf(vm)));
    await unchanged(async () => void succeeded(await broker.order('decryptVm', taskOf(vm))));
    succeeded(await encrypt(vm, 'kek-3'));
    await unchanged(async () => {
      failed(await encrypt(vm, 'kek-4'), 'AlreadyEncrypted');
      succeeded(await encrypt(vm, 'kek-3'));
    });
    const stranger = { ...vm, vmId: randomUUID() };
    await unchanged(async () => {
      for (const command of ['powerOnVm', 'powerOffVm', 'decryptVm'] as const)
        failed(await broker.order(command, taskOf(stranger)), 'NotFound');
      failed(await encrypt(stranger, 'kek-3'), 'NotFound');
      failed(await encrypt(newVm(esx.datastore), 'kek-3'), 'NotFound');
      // Gone is gone, but another VM in its place is not touched.
      succeeded(await broker.order('deleteVm', taskOf(stranger)));
      const taken = creationOf(stranger, [{ disk: '2000', capacityBytes: 512 }]);
      failed(await broker.order('createVm', taken), 'AlreadyExists');
    });
    assert.ok(!(await readdir(esx.datastore)).some((name) => name.startsWith('.')));
  });

  it('keeps what an administrator puts into its folder', async () => {
    const vm = await aVm(broker, esx.datastore);
    await writeFile(join(vm.folder, 'another.vmdk'), 'a disk of nobody');
    succeeded(await encrypt(vm, 'kek-1'));
    assert.equal(await readFile(join(vm.folder, 'another.vmdk'), 'utf8'), 'a disk of nobody');
  });

  it('is not made with disks that cannot be', async () => {
    for (const disks of [
      [{ disk: '2000', capacityBytes: 511 }],
      [{ disk: '2000' }],
      [{ disk: '2001', capacityBytes: 512 }],
    ])
      failed(await broker.order('createVm', creationOf(newVm(esx.datastore), disks)), 'InvalidArgument', /disk/);
  });

  it('may be made beside another in the same place at the same time: one of them is', async () => {
    const one = newVm(esx.datastore);
    const other = { ...one, vmId: randomUUID() };
    await anImage(esx.datastore, 'images-wide', [20_000]);
    const disks = [{ disk: '2000', sourceImage: `[${hostId}] images-wide/image.vmdk` }];
    const ends = await Promise.allSettled(
      [one, other].map((vm) => createVm(esx.host.datastore, creationOf(vm, disks), () => undefined)),
    );
    const told = ends.map((end) => (end.status === 'rejected' ? end.reason.code : 'made'));
    assert.deepEqual(told.toSorted(), ['AlreadyExists', 'made'].toSorted());
    const lengthBytes = 20_000 * 512;
    const made = told[0] === 'made' ? one : other;
    assert.equal(
      await digest(broker, made, { lengthBytes }),
      sha256(await readFile(join(esx.datastore, 'images-wide/image-s0.vmdk'))),
    );
    assert.ok(!(await readdir(esx.datastore)).some((name) => name.startsWith('.')));
  });

  it('cannot be, nor have a disk, outside its datastore or in what is the host’s own', async () => {
    await anImage(esx.datastore, '../outside', [8]);
    await symlink(join(esx.datastore, '../outside'), join(esx.datastore, 'link'));
    await symlink(join(esx.datastore, '../nothing'), join(esx.datastore, 'dangling'));
    await symlink('loop', join(esx.datastore, 'loop'));
    const everything = async () =>
      (await readdir(join(esx.datastore, '..'), { recursive: true }))
        .filter((name) => !name.startsWith('state/'))
        .sort();
    const before = await everything();
    const attempt = async (path: string): Promise<void> => {
      const body = { ...creationOf(newVm(esx.datastore), [{ disk: '2000', capacityBytes: 512 }]), path };
      failed(await broker.order('createVm', body), 'InvalidArgument', /not a file on the datastore|not \[datastore\]/);
      failed(await broker.order('deleteVm', { taskId: randomUUID(), vmId: body.vmId, path }), 'InvalidArgument');
    };
    for (const path of [
      '../x/x.vmx',
      'a/../../x.vmx',
      'link/x.vmx',
      'dangling/x.vmx',
      'loop/x.vmx',
      'x.vmx',
      'a/b/x.vmx',
      './x.vmx',
      '.creating-x/x.vmx',
      'a/x.txt',
      'a//x.vmx',
      `${'a'.repeat(300)}/x.vmx`,
    ])
      await attempt(`[${hostId}] ${path}`);
    await attempt('[esx-2] x/x.vmx');
    for (const image of [
      '../outside/image.vmdk',
      'link/image.vmdk',
      'short/../images-1/image.vmdk',
      './images-1/image.vmdk',
    ]) {
      const disks = [{ disk: '2000', sourceImage: `[${hostId}] ${image}` }];
      failed(
        await broker.order('createVm', creationOf(newVm(esx.datastore), disks)),
        'InvalidArgument',
        /not a file on/,
      );
    }
    assert.deepEqual(await everything(), before);
    // The descriptor is inside, its data is not.
    await anImage(esx.datastore, 'inside', [8]);
    const descriptor = join(esx.datastore, 'inside/image.vmdk');
    await writeFile(descriptor, (await readFile(descriptor, 'utf8')).replace('image-s0', 'linked'));
    await symlink(join(esx.datastore, '../outside/image-s0.vmdk'), join(esx.datastore, 'inside/linked.vmdk'));
    const disks = [{ disk: '2000', sourceImage: `[${hostId}] inside/image.vmdk` }];
    failed(await broker.order('createVm', creationOf(newVm(esx.datastore), disks)), 'InvalidArgument', /not a file on/);
  });
});
