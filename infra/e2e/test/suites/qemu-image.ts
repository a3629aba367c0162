import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { field } from '@kagibako/lab/demo-clients';
import { anAdministrator } from '../administrator.ts';
import type { LabUnderTest } from './lab-under-test.ts';

const diskBytes = 4 * 1024 * 1024;

/** An image that qemu-img made goes through encryption and back, and qemu-img reads what comes out. */
export function qemuImage(under: LabUnderTest): void {
  const skip = isInstalled() ? false : 'qemu-img is not installed: apt-get install qemu-utils';
  describe('takes a disk that qemu-img made', { skip }, () => {
    it('encrypts it, decrypts it, and qemu-img finds the same disk', async () => {
      const [host] = under.running.lab.agents;
      assert.ok(host);
      const name = `qemu-${randomBytes(3).toString('hex')}`;
      const folder = join(host.datastore, 'images');
      mkdirSync(folder, { recursive: true });
      const raw = join(folder, `${name}.raw`);
      writeFileSync(raw, randomBytes(diskBytes));
      await run([
        'convert',
        '-f',
        'raw',
        '-O',
        'vmdk',
        '-o',
        'subformat=monolithicFlat',
        raw,
        join(folder, `${name}.vmdk`),
      ]);
      const administrator = await anAdministrator(under.running.lab);
      await administrator.addProvider();
      const vm = await administrator.createVm(host.name, { vmdk_file: `[${host.name}] images/${name}.vmdk` });
      const digest = createHash('sha256').update(readFileSync(raw)).digest('base64');
      const whole = { disk: '2000', offset: 0, length: diskBytes };
      for (const act of [administrator.encrypt, administrator.decrypt]) {
        await act(vm);
        const read = await administrator.broker.post(`/api/kagibako/vm/${vm}/digest`, whole);
        assert.equal(field(read, 'sha256'), digest);
      }
      const vmName = String(field(await administrator.broker.get(`/api/vcenter/vm/${vm}`), 'name'));
      const { stdout } = await run([
        'compare',
        '-f',
        'raw',
        '-F',
        'vmdk',
        raw,
        join(host.datastore, vmName, `${vmName}.vmdk`),
      ]);
      assert.match(stdout, /identical/);
      await administrator.broker.delete(`/api/vcenter/vm/${vm}`);
    });
  });
}

const run = (args: readonly string[]) => promisify(execFile)('qemu-img', [...args]);

function isInstalled(): boolean {
  try {
    execFileSync('qemu-img', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
