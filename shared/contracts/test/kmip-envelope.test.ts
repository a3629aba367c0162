import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../src/failures.ts';
import { decodeKmipAnswer, decodeKmipQuestion, encodeKmipAnswer, encodeKmipQuestion } from '../src/kmip-envelope.ts';

const fingerprint = 'ab'.repeat(32);
const message = Uint8Array.of(0x42, 0, 0x78, 1);

test('a KMIP question comes through with its sender', () => {
  const question = { fingerprint, peerAddress: 'fe80::1%eth0', message };
  const { message: decoded, ...rest } = decodeKmipQuestion(encodeKmipQuestion(question));
  assert.deepEqual([...decoded], [...message]);
  assert.deepEqual(rest, { fingerprint, peerAddress: 'fe80::1%eth0' });
});

test('a KMIP answer says whether the client is known', () => {
  for (const clientKnown of [true, false]) {
    const decoded = decodeKmipAnswer(encodeKmipAnswer({ clientKnown, message }));
    assert.equal(decoded.clientKnown, clientKnown);
    assert.deepEqual([...decoded.message], [...message]);
  }
});

test('a question cut short anywhere in its head is refused', () => {
  const whole = encodeKmipQuestion({ fingerprint, peerAddress: '127.0.0.1', message });
  for (let length = 0; length < whole.length - message.length; length += 1)
    assert.throws(() => decodeKmipQuestion(whole.subarray(0, length)), Failure);
});
