import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Bus } from '@kagibako/bus/bus';
import { Failure } from '@kagibako/contracts/failures';
import { requests } from '@kagibako/contracts/requests';
import { sizes } from '@kagibako/contracts/sizes';
import { readBusIdentity } from '@kagibako/sealed-bus/identity';
import { createSealedCaller, type SealedCaller } from '@kagibako/sealed-bus/sealed-caller';
import { type Asked, createSealedServer, type SealedServer } from '@kagibako/sealed-bus/sealed-server';
import { sealedHeaders } from '@kagibako/sealed-bus/session-messages';
import { connectAs } from '@kagibako/testing/bus';
import { startNats, type TestNats } from '@kagibako/testing/nats';
import { headers, type Msg } from '@nats-io/transport-node';

describe('sealed requests between processes', () => {
  let nats: TestNats;
  let gateway: Bus;
  let kms: Bus;
  let observer: Bus;
  let server: SealedServer;
  let caller: SealedCaller;
  const asked: Asked<'executeKmip'>[] = [];
  const overheard: Msg[] = [];

  const startServer = async (): Promise<SealedServer> => {
    const made = await createSealedServer(kms, readBusIdentity(await nats.settingsFor('kms')));
    made.serve('executeKmip', async (request) => {
      asked.push({ ...request, body: Uint8Array.from(request.body) });
      return Uint8Array.from(request.body).reverse();
    });
    await kms.connection.flush();
    return made;
  };

  before(async () => {
    nats = await startNats();
    kms = await connectAs(nats, 'kms');
    gateway = await connectAs(nats, 'kmip-gateway');
    observer = await connectAs(nats, 'observer');
    observer.connection.subscribe('>', { callback: (_error, message) => void overheard.push(message) });
    await observer.connection.flush();
    server = await startServer();
    caller = createSealedCaller(gateway, readBusIdentity(await nats.settingsFor('kmip-gateway')));
  });

  after(async () => {
    caller.close();
    server.close();
    for (const bus of [gateway, kms, observer]) await bus.close();
    await nats.stop();
  });

  it('brings the question and the answer, and says who asked', async () => {
    const answer = await caller.call('executeKmip', Uint8Array.of(1, 2, 3), 'request-1');
    assert.deepEqual([...answer], [3, 2, 1]);
    assert.equal(asked.at(-1)?.peer.name, 'kmip-gateway');
    assert.equal(asked.at(-1)?.requestId, 'request-1');
  });

  it('shows nothing of either on the bus', async () => {
    const secret = randomBytes(64);
    await caller.call('executeKmip', secret);
    const spoken = Buffer.concat(overheard.map((message) => message.data));
    assert.ok(overheard.length > 2);
    assert.equal(spoken.indexOf(secret), -1);
    assert.equal(spoken.indexOf(Buffer.from(secret).reverse()), -1);
  });

  it('carries the largest question and the largest answer', async () => {
    const question = randomBytes(sizes.kmipRequestBytesMax);
    assert.equal((await caller.call('executeKmip', question)).length, question.length);
    assert.equal(
      (await caller.call('executeKmip', randomBytes(sizes.kmipResponseBytesMax))).length,
      sizes.kmipResponseBytesMax,
    );
  });

  it('goes on when kms has lost its sessions, without doing anything twice', async () => {
    server.close();
    const before = asked.length;
    const answer = await caller.call('executeKmip', Uint8Array.of(9), 'after-restart');
    assert.deepEqual([...answer], [9]);
    assert.equal(asked.length, before + 1);
  });

  it('does not do a message again whose bytes were changed or moved to another request', async () => {
    await caller.call('executeKmip', Uint8Array.of(4), 'original');
    const original = overheard.findLast(
      (message) => message.headers?.get(sealedHeaders.request) === 'original' && message.reply,
    );
    assert.ok(original);
    const before = asked.length;
    for (const [requestId, change] of [
      ['original', 1],
      ['moved', 0],
    ] as const) {
      const made = headers();
      made.set(sealedHeaders.session, original.headers?.get(sealedHeaders.session) ?? '');
      made.set(sealedHeaders.request, requestId);
      const data = Uint8Array.from(original.data, (byte, at) => (at === 14 ? byte ^ change : byte));
      const answer = await gateway.connection.request(original.subject, data, { headers: made, timeout: 1_000 });
      assert.equal(answer.headers?.get('Kagibako-Failure'), 'Internal');
    }
    assert.equal(asked.length, before);
  });

  it('refuses a caller that the table of requests does not name', async () => {
    server.serve('getKey', async () => new Uint8Array(32));
    await kms.connection.flush();
    const broker = await connectAs(nats, 'vcenter-broker');
    const asBroker = createSealedCaller(broker, readBusIdentity(await nats.settingsFor('vcenter-broker')));
    assert.equal((await asBroker.call('getKey', { keyId: 'key-1' })).length, 32);
    // The broker's connection with the gateway's certificate: NATS lets it through, the session does not.
    const asGateway = createSealedCaller(broker, readBusIdentity(await nats.settingsFor('kmip-gateway')));
    await assert.rejects(
      asGateway.call('getKey', { keyId: 'key-1' }),
      (error) => error instanceof Failure && error.code === 'Unauthorized',
    );
    await broker.close();
  });

  it('does not give its secret to a process that is not kms', async () => {
    const stranger = createSealedCaller(gateway, readBusIdentity(await nats.settingsFor('kmip-gateway')));
    const impostor = await connectAs(nats, 'kms');
    server.close();
    const sealed = await createSealedServer(impostor, readBusIdentity(await nats.settingsFor('esxi-agent-esx-1')));
    sealed.serve('executeKmip', async () => Uint8Array.of(0));
    await impostor.connection.flush();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => stranger.call('executeKmip', Uint8Array.of(7))),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.ok(refused.length > 0, 'the queue group never chose the impostor');
    for (const { reason } of refused) assert.match(String(reason), /offered by esxi-agent-esx-1, not kms/);
    await impostor.close();
  });

  it('fails at once when nobody answers for kms', async () => {
    // An observer that hears everything counts as somebody who might answer.
    await observer.close();
    await kms.close();
    await assert.rejects(
      caller.call('executeKmip', Uint8Array.of(1)),
      (error) => error instanceof Failure && error.code === 'ServiceUnavailable',
    );
    assert.ok(requests.executeKmip.sealed);
  });
});
