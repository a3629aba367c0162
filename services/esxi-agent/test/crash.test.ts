import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KeyMaterial, withKeyMaterial } from '@kagibako/crypto/key-material';
import { createLogger } from '@kagibako/telemetry/logger';
import { readDisk } from '../src/disk-data.ts';
import { decodeEncobj } from '../src/encobj-file.ts';
import { recoverDatastore } from '../src/recovery.ts';
import { openVm, readVm, type VirtualDisk, type VirtualMachine } from '../src/virtual-machine.ts';
import { createVm } from '../src/vm-creation.ts';
import { withDiskDek, withHomeDek } from '../src/vm-encryption.ts';
import { crashVms, keysOf } from './crash-vms.ts';
import { anImage } from './vms.ts';

const kills = process.env['KAGIBAKO_TEST_LONG'] === '1' ? 500 : 10;
const killedWithinMs = 250;
const child = fileURLToPath(new URL('crash-child.ts', import.meta.url));
const logger = createLogger('crash', 'silent');

/** What a guest and its firmware see of a VM, under the KEK that its `.vmx` names or in the clear. */
async function contentOf(vm: VirtualMachine, kek: KeyMaterial | undefined): Promise<string[]> {
  const content = [await readFile(join(vm.folder, vm.nvram))];
  if (kek !== undefined)
    content.splice(
      0,
      1,
      await withHomeDek(vm, kek, async (dek) => Buffer.from(decodeEncobj(content[0] ?? Buffer.of(), dek))),
    );
  const digests = content.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
  for (const disk of vm.disks) digests.push(await digestOf(vm, disk, kek));
  return digests;
}

async function digestOf(vm: VirtualMachine, disk: VirtualDisk, kek: KeyMaterial | undefined): Promise<string> {
  const hash = createHash('sha256');
  const range = { offsetBytes: 0, lengthBytes: disk.capacityBytes };
  const read = (dek: KeyMaterial | undefined) =>
    readDisk(vm.folder, disk, range, dek, (piece) => void hash.update(piece));
  await (kek === undefined ? read(undefined) : withDiskDek(disk, kek, read));
  return hash.digest('hex');
}

const filesOf = ({ vmxFile, nvram, disks }: VirtualMachine): string[] =>
  [
    ...disks.flatMap(({ descriptorFile, extents }) => [descriptorFile, ...extents.map(({ fileName }) => fileName)]),
    nvram,
    basename(vmxFile),
    basename(vmxFile).replace('.vmx', '.vmsd'),
    'vmware.log',
  ].sort();

test(`${kills} SIGKILLs at any moment leave each VM whole, clear or under one of its keys, and no leftovers`, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kagibako-crash-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const datastore = { name: 'esx-1', directory: join(directory, 'datastore') };
  await mkdir(datastore.directory);
  await anImage(datastore.directory, 'images', [2_000, 3_001, 1_111]);
  const kekFile = join(directory, 'keks');
  await writeFile(kekFile, randomBytes(64));
  const keys = keysOf(await readFile(kekFile));
  const { kept, brief } = crashVms;
  const content = await contentOf(await createVm(datastore, kept, () => undefined), undefined);
  const seen = { clear: 0, encrypted: 0, interrupted: 0 };

  for (let kill = 0; kill < kills; kill += 1) {
    const process_ = spawn(process.execPath, [child, datastore.directory, kekFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(process_.stdout, 'data');
    await wait(randomInt(killedWithinMs));
    assert.equal(process_.exitCode, null, 'the child failed');
    const exit = once(process_, 'exit');
    process_.kill('SIGKILL');
    await exit;

    const vmxFile = join(datastore.directory, kept.name, `${kept.name}.vmx`);
    const found = await openVm(vmxFile, kept.vmId);
    if ((await readdir(found.folder)).length > filesOf(found).length) seen.interrupted += 1;
    await recoverDatastore(datastore, logger);
    const vm = await openVm(vmxFile, kept.vmId);
    assert.deepEqual((await readdir(vm.folder)).sort(), filesOf(vm));
    const kek = keys.find(({ keyId }) => keyId === vm.encryption?.key.keyId)?.kek;
    seen[vm.encryption === undefined ? 'clear' : 'encrypted'] += 1;
    if (kek === undefined) assert.deepEqual([vm.encryption, await contentOf(vm, undefined)], [undefined, content]);
    else
      await withKeyMaterial(KeyMaterial.take(new Uint8Array(kek)), async (key) =>
        assert.deepEqual(await contentOf(vm, key), content),
      );

    const other = await readVm(join(datastore.directory, brief.name, `${brief.name}.vmx`));
    const folders = [...(other === undefined ? [] : [brief.name]), 'images', kept.name];
    assert.deepEqual((await readdir(datastore.directory)).sort(), folders);
    if (other !== undefined) {
      assert.deepEqual((await readdir(other.folder)).sort(), filesOf(other));
      assert.equal((await contentOf(other, undefined))[1], content[1]);
    }
  }
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.interrupted > 0, 'no kill came in the midst of work');
});
