import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { SecretScanner } from './secret-scanner.ts';

const key = randomBytes(32);
const scanner = new SecretScanner([{ name: 'KEK', bytes: key }]);
const around = (text: string | Buffer): Buffer =>
  Buffer.concat([randomBytes(1_001), Buffer.from(text), randomBytes(500)]);

describe('the leak scan finds a planted key', () => {
  const plants: [string, string | Buffer][] = [
    ['raw', key],
    ['in hex', key.toString('hex')],
    ['in upper-case hex', key.toString('hex').toUpperCase()],
    ['in base64', key.toString('base64')],
    [
      'in base64, one byte into a whole',
      Buffer.concat([Buffer.from('a'), key, Buffer.from('tail')]).toString('base64'),
    ],
    [
      'in base64, two bytes into a whole',
      Buffer.concat([Buffer.from('ab'), key, Buffer.from('tail')]).toString('base64'),
    ],
    ['in base64url', key.toString('base64url')],
    ['in UTF-16 hex', Buffer.from(key.toString('hex'), 'utf16le')],
    ['in UTF-16 base64', Buffer.from(key.toString('base64'), 'utf16le')],
  ];
  for (const [how, plant] of plants) {
    it(how, () => {
      const [finding] = scanner.scan('somewhere', around(plant));
      assert.equal(finding?.secret, 'KEK');
      assert.ok(finding.offset >= 1_001);
    });
  }

  it('and nothing in bytes that do not hold it', () => {
    assert.deepEqual(scanner.scan('elsewhere', randomBytes(1 << 20)), []);
    assert.deepEqual(scanner.scan('nowhere', new Uint8Array(2)), []);
  });
});
