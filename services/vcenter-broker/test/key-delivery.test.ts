import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sendRequest } from '@kagibako/bus/request-reply';
import { Failure } from '@kagibako/contracts/failures';
import { toBase64 } from '@kagibako/crypto/base64';
import { createKeyRequest, type KeyRequest, keyDeliveryLimits } from '@kagibako/crypto/key-delivery';
import { generateExchangeKey } from '@kagibako/crypto/seal';
import { startBroker, type TestBroker } from './broker.ts';
import { startHost, type TestHost } from './host.ts';
import { startKmipServer, type TestKmipServer } from './kmip-server.ts';
import { aProvider, assign, aVm, enrol, policies } from './steps.ts';

describe('a host', () => {
  let broker: TestBroker;
  let kmip: TestKmipServer;
  let host: TestHost;
  let other: TestHost;
  let keys: { providerId: string; keyId: string }[];

  before(async () => {
    [broker, kmip] = await Promise.all([startBroker(), startKmipServer()]);
    [host, other] = await Promise.all([startHost(broker.nats, 'esx-1'), startHost(broker.nats, 'esx-2')]);
    await enrol(broker, host);
    await enrol(broker, other);
    await aProvider(broker, 'kms', kmip);
    assert.equal((await assign(broker, await aVm(broker), policies.encryption)).status, 204);
    keys = [{ providerId: 'kms', keyId: [...kmip.keys.keys()][0] ?? '' }];
  });
  after(async () => {
    await host.close();
    await other.close();
    kmip.close();
    await broker.stop();
  });

  const ask = async (from: TestHost, more: Partial<Parameters<typeof createKeyRequest>[0]> = {}) => {
    const made = await createKeyRequest({ hostId: from.id, taskId: 't', keys, signingKey: from.signingKey, ...more });
    return { ...made, send: () => sendRequest(from.bus, 'getKeys', made.request, { hostId: from.id }) };
  };

  /** Refused in words that say nothing, and with the reason in the audit. */
  const refused = async (attempt: Promise<unknown>, reason: RegExp): Promise<void> => {
    const gets = kmip.asked.filter(({ operation }) => operation === 'Get').length;
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof Failure);
      assert.deepEqual([error.code, error.message], ['Unauthorized', 'these keys are not given to this host']);
      return true;
    });
    const [entry] = await broker.database.query('SELECT * FROM audit ORDER BY seq DESC LIMIT 1');
    assert.deepEqual([entry?.['action'], entry?.['outcome']], ['host.keys.get', 'failure']);
    assert.match(String(entry?.['reason']), reason);
    assert.equal(kmip.asked.filter(({ operation }) => operation === 'Get').length, gets, 'the key was fetched');
  };

  it('gets a key that it is granted', async () => {
    const { send, open } = await ask(host);
    const [key] = await open(await send(), createPublicKey(broker.signingPublicKey));
    assert.deepEqual(key?.expose(), kmip.keys.get(keys[0]?.keyId ?? '')?.material);
    const [entry] = await broker.database.query('SELECT * FROM audit ORDER BY seq DESC LIMIT 1');
    assert.deepEqual([entry?.['actor'], entry?.['outcome']], ['host:esx-1', 'success']);
  });

  it('gets nothing for a request that was answered before', async () => {
    const { send } = await ask(host);
    await send();
    await refused(send(), /replayed/);
  });

  it('gets nothing by another host’s request, nor by its own in another’s name', async () => {
    const theirs = await ask(host);
    await refused(sendRequest(other.bus, 'getKeys', theirs.request, { hostId: other.id }), /another host/);
    await refused((await ask(other, { signingKey: host.signingKey })).send(), /signature/);
    const claimed = await ask(other, { hostId: host.id });
    await refused(claimed.send(), /another host/);
  });

  it('gets nothing for what was changed after it was signed', async () => {
    const { request } = await ask(host);
    const ephemeralPublicKey = toBase64((await generateExchangeKey()).publicKey);
    const changes: Partial<KeyRequest>[] = [
      { ephemeralPublicKey },
      { keys: [...keys, ...keys] },
      { taskId: 'another' },
      { nonce: Buffer.alloc(16).toString('base64') },
      { issuedAt: new Date(Date.now() + 1_000).toISOString() },
      { signature: Buffer.alloc(64).toString('base64') },
    ];
    for (const change of changes)
      await refused(sendRequest(host.bus, 'getKeys', { ...request, ...change }, { hostId: host.id }), /signature/);
  });

  it('gets nothing for a request that is too old, or from a time to come', async () => {
    for (const ms of [-keyDeliveryLimits.requestAgeMs - 5_000, keyDeliveryLimits.requestAgeMs + 5_000])
      await refused((await ask(host, { now: new Date(Date.now() + ms) })).send(), /fresh/);
  });

  it('gets no key that is granted to another host, or to nobody, nor the ones it asked for beside it', async () => {
    await refused((await ask(other)).send(), /no grant/);
    const unknown = { providerId: 'kms', keyId: 'none' };
    await refused((await ask(host, { keys: [unknown] })).send(), /no grant/);
    await refused((await ask(host, { keys: [...keys, unknown] })).send(), /no grant/);
  });

  it('gets nothing with an identity that is not the enrolled one', async () => {
    await refused((await ask(host, { signingKey: generateKeyPairSync('ed25519').privateKey })).send(), /signature/);
  });

  it('is told that a key is no longer Active, and that its key provider is away', async () => {
    const key = kmip.keys.get(keys[0]?.keyId ?? '');
    assert.ok(key);
    key.state = 'Deactivated';
    await assert.rejects((await ask(host)).send(), { code: 'KeyUnavailable', message: /is Deactivated, not Active/ });
    key.state = 'Active';
    kmip.close();
    await assert.rejects((await ask(host)).send(), {
      code: 'ProviderUnreachable',
      message: /^key provider kms: server one/,
    });
  });

  it('gets nothing once it is revoked', async () => {
    assert.equal((await broker.ask('DELETE', '/api/kagibako/hosts/esx-1')).status, 204);
    await refused((await ask(host)).send(), /not enrolled/);
  });
});
