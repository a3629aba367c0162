import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { KmipQuestion } from '@kagibako/contracts/kmip-envelope';
import { sizes } from '@kagibako/contracts/sizes';
import {
  decodeRequestMessage,
  decodeResponseMessage,
  encodeRequestMessage,
  encodeResponseMessage,
  errorResponse,
} from '@kagibako/kmip/message';
import { encodeRequestPayload, encodeResponsePayload } from '@kagibako/kmip/operation';
import { GetAttributes } from '@kagibako/kmip/operations/get-attributes';
import { Query } from '@kagibako/kmip/operations/query';
import { fingerprintOf } from '@kagibako/sealed-bus/identity';
import { selfSigned, type TestCertificate } from '@kagibako/testing/certificates';
import { waitUntil } from '@kagibako/testing/wait-until';
import { type Answerer, connectRaw, type RawClient, startGateway, type TestGateway } from './gateway.ts';

let gateway: TestGateway;
let certificate: TestCertificate;
const open: RawClient[] = [];

before(async () => {
  gateway = await startGateway();
  certificate = await selfSigned({ commonName: 'a KMIP client' });
});
after(async () => {
  for (const client of open) client.close();
  await gateway.stop();
});
beforeEach(() => gateway.answerWith(succeed));

async function aClient(options: { port?: number; as?: TestCertificate } = {}): Promise<RawClient> {
  const client = await connectRaw(options.port ?? gateway.port, options.as ?? certificate);
  open.push(client);
  return client;
}

/** A question with a text of this many bytes inside. */
function aQuestion(textBytes = 8): Uint8Array {
  const attributeName = ['x'.repeat(textBytes)];
  const payload = encodeRequestPayload(GetAttributes, { uniqueIdentifier: '1', attributeName }, [1, 4]);
  return encodeRequestMessage({ version: [1, 4], items: [{ operation: 'GetAttributes', payload }] });
}

/** Answers with the Unique Identifier and the first Attribute Name that was asked for. */
const succeed: Answerer = async ({ message }) => ({ clientKnown: true, message: successFor(message) });

function successFor(message: Uint8Array): Uint8Array {
  const { header, batchItems } = decodeRequestMessage(message);
  const payload = encodeResponsePayload(Query, { vendorIdentification: 'test' }, header.protocolVersion);
  const items = batchItems.map(({ operation, uniqueBatchItemId }) => ({
    operation,
    uniqueBatchItemId,
    result: { payload },
  }));
  return encodeResponseMessage({ version: header.protocolVersion, timeStamp: new Date(), items });
}

function resultOf(answer: Uint8Array | undefined): string {
  if (answer === undefined) return 'closed';
  const { result } = decodeResponseMessage(answer).batchItems[0] ?? { result: { resultReason: 'no item' } };
  return 'resultReason' in result ? result.resultReason : 'Success';
}

async function ask(client: RawClient, message = aQuestion()): Promise<string> {
  client.write(message);
  return resultOf(await client.read());
}

describe('the gateway', () => {
  it('brings a message to kms as it came, with the certificate and the address, and the answer back as it is', async () => {
    const questions: KmipQuestion[] = [];
    const answers: Uint8Array[] = [];
    gateway.answerWith(async (question) => {
      questions.push({ ...question, message: Uint8Array.from(question.message) });
      const { message } = await succeed(question);
      answers.push(Uint8Array.from(message));
      return { clientKnown: true, message };
    });
    const client = await aClient();
    const message = aQuestion();
    client.write(message);
    assert.deepEqual(await client.read(), answers[0]);
    const fingerprint = fingerprintOf(new X509Certificate(certificate.certificate));
    assert.deepEqual(questions, [{ fingerprint, peerAddress: '127.0.0.1', message }]);
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    it(`speaks ${version}`, async () => {
      const client = await connectRaw(gateway.port, certificate, { minVersion: version, maxVersion: version });
      open.push(client);
      assert.equal(client.socket.getProtocol(), version);
      assert.equal(await ask(client), 'Success');
    });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    it(`knows who a client is in a resumed ${version} session`, async () => {
      const fingerprints: string[] = [];
      gateway.answerWith(async (question) => {
        fingerprints.push(question.fingerprint);
        return await succeed(question);
      });
      const tls = { minVersion: version, maxVersion: version };
      const first = await connectRaw(gateway.port, certificate, tls);
      assert.equal(await ask(first), 'Success');
      const session = await waitUntil('there is a session', () => first.session());
      const resumed = await connectRaw(gateway.port, certificate, { ...tls, session });
      open.push(first, resumed);
      assert.equal(resumed.socket.isSessionReused(), true);
      assert.equal(await ask(resumed), 'Success');
      assert.equal(fingerprints.length, 2);
      assert.equal(fingerprints[0], fingerprints[1]);
    });

  it('ends a session whose client shows no certificate', async () => {
    const client = await connectRaw(gateway.port, undefined);
    await client.ended();
  });

  it('ends a session whose client’s certificate is not valid now', async () => {
    const hour = 3_600_000;
    const expired = { notBefore: new Date(Date.now() - 2 * hour), notAfter: new Date(Date.now() - hour) };
    const early = { notBefore: new Date(Date.now() + hour), notAfter: new Date(Date.now() + 2 * hour) };
    for (const validity of [expired, early]) {
      const client = await aClient({ as: await selfSigned({ commonName: 'not now', ...validity }) });
      await client.ended();
    }
  });

  it('stops answering when a certificate expires during the session', async () => {
    const brief = await selfSigned({ commonName: 'brief', notAfter: new Date(Date.now() + 2_500) });
    const client = await aClient({ as: brief });
    assert.equal(await ask(client), 'Success');
    await waitUntil(
      'the certificate is expired',
      () => new X509Certificate(brief.certificate).validToDate < new Date(),
    );
    assert.equal(await ask(client), 'closed');
  });

  it('minds no session without a message, nor one that is cut in the middle of one', async () => {
    (await aClient()).close();
    const client = await aClient();
    client.write(aQuestion().subarray(0, 20));
    client.close();
    assert.equal(await ask(await aClient()), 'Success');
  });

  it('answers the messages of a connection in their order, one at a time', async () => {
    let asked = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    gateway.answerWith(async (question) => {
      asked += 1;
      if (asked === 1) await promise;
      return await succeed(question);
    });
    const client = await aClient();
    const messages = [11, 12, 13].map((bytes) => aQuestion(bytes));
    client.write(Buffer.concat(messages));
    await waitUntil('kms is asked', () => asked === 1);
    const other = await aClient();
    assert.equal(await ask(other), 'Success');
    assert.equal(asked, 2);
    resolve();
    for (const _ of messages) assert.equal(resultOf(await client.read()), 'Success');
    assert.equal(asked, 4);
  });

  it('tells a client that kms does not know so, and ends its session', async () => {
    gateway.answerWith(async ({ message }) => {
      const failure = { resultReason: 'AuthenticationNotSuccessful', resultMessage: 'unknown' } as const;
      return { clientKnown: false, message: errorResponse(message, failure, new Date()) };
    });
    const client = await aClient();
    assert.equal(await ask(client), 'AuthenticationNotSuccessful');
    await client.ended();
  });

  it('takes 8 KiB from a client until kms knows it, then 1 MiB', async () => {
    const large = aQuestion(sizes.kmipRequestUnauthenticatedBytesMax);
    const early = await aClient();
    assert.equal(await ask(early, large), 'InvalidMessage');
    await early.ended();
    const known = await aClient();
    assert.equal(await ask(known), 'Success');
    assert.equal(await ask(known, large), 'Success');
  });

  it('brings the largest request and the largest answer across the bus', async () => {
    const client = await aClient();
    assert.equal(await ask(client), 'Success');
    const overhead = aQuestion(8).length - 8;
    const question = aQuestion(sizes.kmipRequestBytesMax - overhead);
    assert.equal(question.length, sizes.kmipRequestBytesMax);
    const answer = new Uint8Array(sizes.kmipResponseBytesMax).fill(7);
    answer.set([0x42, 0, 0x7b, 1]);
    new DataView(answer.buffer).setUint32(4, answer.length - 8);
    let asked: Uint8Array | undefined;
    gateway.answerWith(async ({ message }) => {
      asked = Uint8Array.from(message);
      return { clientKnown: true, message: answer };
    });
    client.write(question);
    assert.ok(Buffer.from(answer).equals((await client.read()) ?? new Uint8Array()));
    assert.ok(Buffer.from(question).equals(asked ?? new Uint8Array()));
    client.write(aQuestion(sizes.kmipRequestBytesMax - overhead + 8));
    assert.equal(resultOf(await client.read()), 'InvalidMessage');
    await client.ended();
  });

  it('answers General Failure when kms does not answer in its time', async () => {
    gateway.answerWith(() => new Promise(() => undefined));
    const client = await aClient();
    assert.equal(await ask(client), 'GeneralFailure');
    gateway.answerWith(succeed);
    assert.equal(await ask(client), 'Success');
  });

  it('answers General Failure when kms fails', async () => {
    gateway.answerWith(() => Promise.reject(new Error('a bug in kms')));
    const client = await aClient();
    assert.equal(await ask(client), 'GeneralFailure');
  });

  it('refuses what is more than it may have in flight, and queues nothing', async () => {
    const { port } = await gateway.another({ inFlightMax: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    gateway.answerWith(async (question) => {
      asked += 1;
      await promise;
      return await succeed(question);
    });
    const [first, second] = [await aClient({ port }), await aClient({ port })];
    first.write(aQuestion());
    await waitUntil('kms is asked', () => asked === 1);
    assert.equal(await ask(second), 'GeneralFailure');
    resolve();
    assert.equal(resultOf(await first.read()), 'Success');
    assert.equal(await ask(second), 'Success');
  });

  it('ends a session that sends nothing, or too slowly', async () => {
    const { port } = await gateway.another({ idleTimeoutMs: 150, messageTimeoutMs: 150 });
    await (await aClient({ port })).ended();
    const slow = await aClient({ port });
    const message = aQuestion();
    let at = 0;
    const dripping = setInterval(() => slow.write(message.subarray(at, ++at)), 20);
    await slow.ended();
    clearInterval(dripping);
    assert.ok(at < message.length);
  });
});
