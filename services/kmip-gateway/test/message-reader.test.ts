import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeRequestMessage } from '@kagibako/kmip/message';
import { encodeRequestPayload } from '@kagibako/kmip/operation';
import { Query } from '@kagibako/kmip/operations/query';
import { FramingError, MessageReader } from '../src/message-reader.ts';

const bytesMax = 8_192;

function aMessage(): Uint8Array {
  const payload = encodeRequestPayload(Query, { queryFunction: ['QueryServerInformation'] }, [1, 4]);
  return encodeRequestMessage({ version: [1, 4], items: [{ operation: 'Query', payload }] });
}

describe('a message reader', () => {
  it('hands out a message split at any byte', () => {
    const message = aMessage();
    for (let cut = 0; cut <= message.length; cut += 1) {
      const reader = new MessageReader();
      reader.add(message.slice(0, cut));
      if (cut < message.length) assert.equal(reader.next(bytesMax), undefined);
      reader.add(message.slice(cut));
      assert.deepEqual(reader.next(bytesMax), message);
      assert.equal(reader.begun, false);
    }
  });

  it('hands out messages that came together one by one, and byte by byte', () => {
    const message = aMessage();
    const many = Buffer.concat(Array.from({ length: 100 }, () => message));
    const together = new MessageReader();
    together.add(Uint8Array.from(many));
    const apart = new MessageReader();
    let handedOut = 0;
    for (const byte of many) {
      apart.add(Uint8Array.of(byte));
      const next = apart.next(bytesMax);
      if (next === undefined) continue;
      assert.deepEqual(next, message);
      assert.deepEqual(together.next(bytesMax), message);
      handedOut += 1;
    }
    assert.equal(handedOut, 100);
    assert.equal(together.next(bytesMax), undefined);
  });

  it('wipes the chunks it was given', () => {
    const chunk = aMessage();
    new MessageReader().add(chunk);
    assert.ok(chunk.every((byte) => byte === 0));
  });

  it('refuses by the header alone what is too long or no request', () => {
    const headers = [
      [0x42, 0, 0x78, 1, 0, 0, 0x20, 8],
      [0x42, 0, 0x78, 1, 0xff, 0xff, 0xff, 0xf8],
      [0x42, 0, 0x78, 1, 0xff, 0xff, 0xff, 0xff],
      [0x42, 0, 0x78, 1, 0, 0, 0, 7],
      [0x42, 0, 0x78, 2, 0, 0, 0, 4],
      [0x42, 0, 0x7b, 1, 0, 0, 0, 8],
      [...Buffer.from('GET / HT')],
    ];
    for (const header of headers) {
      const reader = new MessageReader();
      reader.add(Uint8Array.from(header));
      assert.throws(() => reader.next(bytesMax), FramingError, String(header));
    }
  });
});
