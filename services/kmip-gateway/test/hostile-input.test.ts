import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import {
  decodeRequestMessage,
  decodeResponseMessage,
  encodeRequestMessage,
  encodeResponseMessage,
} from '@kagibako/kmip/message';
import { encodeRequestPayload, encodeResponsePayload } from '@kagibako/kmip/operation';
import { Query } from '@kagibako/kmip/operations/query';
import { selfSigned, type TestCertificate } from '@kagibako/testing/certificates';
import fc from 'fast-check';
import { connectRaw, type RawClient, startGateway, type TestGateway } from './gateway.ts';

let gateway: TestGateway;
let certificate: TestCertificate;
let bystander: RawClient;

const question = encodeRequestMessage({
  version: [1, 4],
  clientCorrelationValue: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  items: [
    { operation: 'Query', uniqueBatchItemId: Uint8Array.of(1), payload: query() },
    { operation: 'Query', uniqueBatchItemId: Uint8Array.of(2), payload: query() },
  ],
});

function query() {
  return encodeRequestPayload(Query, { queryFunction: ['QueryOperations'] }, [1, 4]);
}

before(async () => {
  gateway = await startGateway();
  certificate = await selfSigned({ commonName: 'hostile' });
  gateway.answerWith(async ({ message }) => {
    const { header, batchItems } = decodeRequestMessage(message);
    const version = header.protocolVersion;
    const payload = encodeResponsePayload(Query, { vendorIdentification: 'test' }, version);
    const items = batchItems.map(({ operation, uniqueBatchItemId }) => ({
      operation,
      uniqueBatchItemId,
      result: { payload },
    }));
    return { clientKnown: true, message: encodeResponseMessage({ version, timeStamp: new Date(), items }) };
  });
  bystander = await connectRaw(gateway.port, certificate);
});
after(async () => {
  bystander.close();
  await gateway.stop();
});

const resultOf = (answer: Uint8Array | undefined): string => {
  if (answer === undefined) return 'closed';
  const [item] = decodeResponseMessage(answer).batchItems;
  return item !== undefined && 'resultReason' in item.result ? item.result.resultReason : 'Success';
};

/** Sends bytes on a connection of their own, ends the sending side, and says what came back first. */
async function send(bytes: Uint8Array): Promise<string> {
  const client = await connectRaw(gateway.port, certificate);
  client.write(bytes);
  client.socket.end();
  const result = resultOf(await client.read());
  await client.ended();
  client.close();
  return result;
}

async function bystanderIsFine(): Promise<void> {
  bystander.write(question);
  assert.equal(resultOf(await bystander.read()), 'Success');
}

/** Structures within structures, each with the right length, below a Request Message. */
function nested(depth: number): Uint8Array {
  const bytes = Buffer.alloc(8 * depth);
  for (let at = 0; at < depth; at += 1) {
    bytes.writeUInt32BE(at === 0 ? 0x42007801 : 0x42007701, at * 8);
    bytes.writeUInt32BE(8 * (depth - at - 1), at * 8 + 4);
  }
  return bytes;
}

const edited = (edit: (bytes: Buffer) => void): Uint8Array => {
  const bytes = Buffer.from(question);
  edit(bytes);
  return bytes;
};

describe('hostile input', () => {
  const cases: readonly [string, Uint8Array, string][] = [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: kmip\r\n\r\n'), 'InvalidMessage'],
    ['a response instead of a request', edited((bytes) => bytes.writeUInt8(0x7b, 2)), 'InvalidMessage'],
    ['a length of 4 GiB', edited((bytes) => bytes.writeUInt32BE(0xfffffff8, 4)), 'InvalidMessage'],
    ['a length of 0xFFFFFFFF', edited((bytes) => bytes.writeUInt32BE(0xffffffff, 4)), 'InvalidMessage'],
    ['a length that is no multiple of 8', edited((bytes) => bytes.writeUInt32BE(9, 4)), 'InvalidMessage'],
    ['an empty message', Buffer.from('4200780100000000', 'hex'), 'InvalidMessage'],
    ['structures 1,000 deep', nested(1_000), 'InvalidMessage'],
    ['structures 100,000 deep', nested(100_000), 'InvalidMessage'],
    [
      'an inner length that runs past the end',
      edited((bytes) => bytes.writeUInt32BE(0x7ffffff8, 12)),
      'InvalidMessage',
    ],
    ['an inner length of 0xFFFFFFFF', edited((bytes) => bytes.writeUInt32BE(0xffffffff, 12)), 'InvalidMessage'],
    ['an item type that does not exist', edited((bytes) => bytes.writeUInt8(0x7f, 11)), 'InvalidMessage'],
    [
      'a batch count that lies',
      edited((bytes) => bytes.writeUInt32BE(9, bytes.indexOf('42000d02', 0, 'hex') + 8)),
      'InvalidMessage',
    ],
    [
      'a version that is not spoken',
      edited((bytes) => bytes.writeUInt32BE(9, bytes.indexOf('42006a02', 0, 'hex') + 8)),
      'InvalidMessage',
    ],
    ['half a message', question.subarray(0, question.length / 2), 'closed'],
    ['half a header', question.subarray(0, 4), 'closed'],
    ['nothing', new Uint8Array(), 'closed'],
  ];
  for (const [name, bytes, expected] of cases)
    it(`${name}: ${expected}, and others are served`, async () => {
      assert.equal(await send(bytes), expected);
      await bystanderIsFine();
    });

  it('goes on after a message that is whole but wrong inside', async () => {
    const client = await connectRaw(gateway.port, certificate);
    client.write(edited((bytes) => bytes.writeUInt8(0x7f, 11)));
    assert.equal(resultOf(await client.read()), 'InvalidMessage');
    client.write(question);
    assert.equal(resultOf(await client.read()), 'Success');
    client.close();
  });

  it('answers or closes whatever comes, and never hangs: flipped bits, cuts and noise', async () => {
    const mutations = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('flip' as const), at: fc.nat(question.length * 8 - 1) }),
        fc.record({ kind: fc.constant('cut' as const), at: fc.nat(question.length) }),
        fc.record({ kind: fc.constant('noise' as const), at: fc.nat(question.length - 1) }),
      ),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(mutations, async (steps) => {
        let bytes: Buffer = Buffer.from(question);
        for (const { kind, at } of steps) {
          if (kind === 'flip' && at >> 3 < bytes.length)
            bytes.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
          if (kind === 'cut') bytes = bytes.subarray(0, at);
          if (kind === 'noise') bytes = Buffer.concat([bytes.subarray(0, at), randomBytes(8), bytes.subarray(at + 8)]);
        }
        const result = await send(bytes);
        assert.ok(result.length > 0);
      }),
      { numRuns: 200 },
    );
    await bystanderIsFine();
  });

  it('is not shaken by many sessions that say nothing', async () => {
    const clients = await Promise.all(Array.from({ length: 100 }, () => connectRaw(gateway.port, certificate)));
    await bystanderIsFine();
    for (const client of clients) client.close();
    await bystanderIsFine();
  });

  it('closes a connection that does not speak TLS', async () => {
    const socket = connect({ host: '127.0.0.1', port: gateway.port });
    const closed = new Promise((done) => socket.once('close', done));
    socket.on('error', () => undefined);
    socket.write(question);
    await closed;
    await bystanderIsFine();
  });
});
