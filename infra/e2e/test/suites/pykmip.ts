import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LabUnderTest } from './lab-under-test.ts';

/** Debian's own Python, for which python3-pykmip is. */
const python = '/usr/bin/python3';
const timeoutMs = 60_000;
const versions = ['KMIP_1_0', 'KMIP_1_1', 'KMIP_1_2', 'KMIP_1_3', 'KMIP_1_4'];

export function pykmip(under: LabUnderTest): void {
  const skip = isInstalled() ? false : 'PyKMIP is not installed: apt-get install python3-pykmip';
  describe('serves PyKMIP', { skip }, () => {
    for (const version of versions) {
      it(`in ${version}: discover, create, activate, get, locate, revoke, destroy`, async () => {
        const { host, port, caFile, certFile, keyFile } = under.running.lab.kmip;
        const script = fileURLToPath(new URL('../pykmip-client.py', import.meta.url));
        const { stdout } = await promisify(execFile)(
          python,
          [script, host, String(port), caFile, certFile, keyFile, version],
          { timeout: timeoutMs },
        );
        assert.deepEqual(stdout.trim().split('\n'), [
          "discover SUCCESS ['1.4', '1.3', '1.2', '1.1', '1.0']",
          'create True',
          'activate ACTIVE',
          'get 32 AES 256',
          'same True',
          'locate True',
          'revoke DEACTIVATED',
          'destroy ILLEGAL_OPERATION',
        ]);
      });
    }
  });
}

function isInstalled(): boolean {
  try {
    execFileSync(python, ['-c', 'import kmip'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
