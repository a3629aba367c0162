import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { test } from 'node:test';
import { stretchPassphrase } from '../src/passphrase.ts';

test('a passphrase is stretched as OpenSSL does it', () => {
  const passphrase = new TextEncoder().encode('correct horse');
  const salt = new Uint8Array(16).fill(7);
  const expected = scryptSync(passphrase, salt, 32, { N: 2 ** 14, r: 8, p: 1 });
  assert.deepEqual(Buffer.from(stretchPassphrase(passphrase, salt, 14).expose()), expected);
});
