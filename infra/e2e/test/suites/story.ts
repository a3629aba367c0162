import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { runDemo, type StepResult } from '@kagibako/lab/demo';
import { field } from '@kagibako/lab/demo-clients';
import type { EncryptedVmFile } from '../lab-secrets.ts';
import type { LabUnderTest } from './lab-under-test.ts';

/** The demo checks each step itself and throws where one does not hold; what it reports is checked here once more. */
export function story(under: LabUnderTest): void {
  describe('tells the story of one encrypted VM', () => {
    before(async () => {
      const onStep = ({ step }: StepResult): void => {
        if (step.startsWith('4.') || step.startsWith('8b.')) under.encryptedFiles.push(...readEncryptedFiles(under));
      };
      under.steps.push(...(await runDemo(under.running.lab, { json: true, print: () => undefined, onStep })));
    });

    const step = (number: string): StepResult => {
      const found = under.steps.find((result) => result.step.startsWith(`${number}.`));
      assert.ok(found, `step ${number} did not happen`);
      return found;
    };
    const filesOf = (number: string) =>
      Object.fromEntries(
        (step(number).details['files'] as { role: string; encrypted: boolean; keyId?: string }[]).map((file) => [
          file.role,
          file,
        ]),
      );

    it('1. signs in', () => assert.equal(step('1').details['user'], under.running.lab.broker.user));

    it('2. adds a key provider that is red until both ends trust each other, then green', () => {
      const statuses = step('2').details['statuses'] as { health: string; details: string[] }[];
      assert.deepEqual(
        statuses.map(({ health }) => health),
        ['ERROR', 'ERROR', 'OK'],
      );
      assert.match(statuses[0]?.details.join() ?? '', /server not trusted/i);
      assert.match(statuses[1]?.details.join() ?? '', /client not trusted/i);
    });

    it('3. creates a VM whose disk is the image', () => assert.match(String(step('3').details['vm']), /^vm-\d+$/));

    it('4. encrypts it by storage policy, as a task', () => assert.ok(step('4').details['task']));

    it('5. powers it on and reads a block through the encryption layer', () => assert.ok(step('5').details['sha256']));

    for (const number of ['6', '8d']) {
      it(`${number}. has ciphertext in nvram, swap and disk, and clear text in log, vmsd, vmx and descriptor`, () => {
        const files = filesOf(number);
        for (const role of ['nvram', 'swap', 'disk']) assert.equal(files[role]?.encrypted, true, role);
        for (const role of ['log', 'vmsd', 'vmx', 'descriptor']) assert.equal(files[role]?.encrypted, false, role);
        assert.ok(files['vmx']?.keyId);
        assert.equal(files['vmx']?.keyId, files['descriptor']?.keyId);
      });
    }

    for (const number of ['7', '8e']) {
      it(`${number}. decrypts it to what it was`, () => {
        assert.ok(Object.values(filesOf(number)).every((file) => !file.encrypted));
        assert.ok(field(step(number).details, 'task'));
      });
    }

    it('8. does the same with a key from the bus, without KMIP', () => {
      const statuses = step('8a').details['statuses'] as { health: string }[];
      assert.equal(statuses.at(-1)?.health, 'OK');
      assert.notEqual(filesOf('8d')['vmx']?.keyId, filesOf('6')['vmx']?.keyId);
    });
  });
}

/** `.vmx` and descriptors with wrapped DEKs; the story's VM is the first host's only one then. */
function readEncryptedFiles({ running }: LabUnderTest): EncryptedVmFile[] {
  const datastore = running.lab.agents[0]?.datastore ?? '';
  return readdirSync(datastore, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(vmx|vmdk)$/.test(name) && !name.endsWith('-flat.vmdk'))
    .map((name) => ({ name, text: readFileSync(join(datastore, name), 'utf8') }))
    .filter(({ text }) => text.includes('vmware:key/'));
}
