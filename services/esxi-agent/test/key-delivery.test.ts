import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Failure } from '@kagibako/contracts/failures';
import { createKeyRequest, type KeyAnswer, type KeyRequest, keyDeliveryLimits } from '@kagibako/crypto/key-delivery';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { seal, startBroker, startHost, type TestBroker, type TestHost } from './host.ts';
import { aVm, digest, failed, filesOf, keyOf, sha256, succeeded, type TestVm, taskOf } from './vms.ts';

describe('a host that asks for a KEK', () => {
  let broker: TestBroker;
  let esx: TestHost;
  let clear: TestVm;
  let encrypted: TestVm;
  const lengthBytes = 128 * 1024;

  before(async () => {
    broker = await startBroker();
    esx = await startHost(broker);
    clear = await aVm(broker, esx.datastore, lengthBytes);
    encrypted = await aVm(broker, esx.datastore, lengthBytes);
    succeeded(await broker.order('encryptVm', { ...taskOf(encrypted), key: keyOf('kek-1') }));
  });
  after(async () => {
    await esx.stop();
    await broker.stop();
  });
  beforeEach(() => {
    broker.answer = (request) => seal(broker, request);
  });

  /** No command that needs a KEK does anything. */
  const refuses = async (answer: TestBroker['answer'], message: RegExp): Promise<void> => {
    const files = async () => [await filesOf(clear.folder), await filesOf(encrypted.folder)];
    const was = await files();
    broker.answer = answer;
    failed(await broker.order('encryptVm', { ...taskOf(clear), key: keyOf('kek-1') }), 'KeyUnavailable', message);
    failed(await broker.order('decryptVm', taskOf(encrypted)), 'KeyUnavailable', message);
    failed(await broker.order('powerOnVm', taskOf(encrypted)), 'KeyUnavailable', message);
    await assert.rejects(digest(broker, encrypted, { lengthBytes }), { code: 'KeyUnavailable', message });
    assert.deepEqual(await files(), was);
    assert.ok(!esx.host.poweredOn.has(encrypted.vmId));
  };

  it('signs each request afresh', async () => {
    const from = broker.asked.length;
    const read = async () => await digest(broker, encrypted, { lengthBytes });
    assert.equal(await read(), await read());
    const [one, other] = broker.asked.slice(from);
    assert.ok(one && other);
    for (const field of ['nonce', 'ephemeralPublicKey', 'signature'] as const)
      assert.notEqual(one[field], other[field]);
  });

  it('refuses an answer that another key signed', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    await refuses((request) => seal(broker, request, { signingKey: privateKey }), /not the broker’s/);
  });

  it('refuses an answer that was changed after it was signed', async () => {
    const flip = (text: string): string => {
      const bytes = Buffer.from(text, 'base64');
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      return bytes.toString('base64');
    };
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const changes: ((answer: KeyAnswer) => Partial<KeyAnswer>)[] = [
      ({ ciphertext }) => ({ ciphertext: flip(ciphertext) }),
      ({ encapsulatedKey }) => ({ encapsulatedKey: flip(encapsulatedKey) }),
      ({ requestHash }) => ({ requestHash: flip(requestHash) }),
      ({ signature }) => ({ signature: flip(signature) }),
      () => ({ expiresAt: later }),
    ];
    for (const change of changes)
      await refuses(async (request) => {
        const answer = await seal(broker, request);
        return { ...answer, ...change(answer) };
      }, /not the broker’s/);
  });

  it('refuses an answer that has expired', async () => {
    const now = new Date(Date.now() - keyDeliveryLimits.answerLifetimeMs - 1_000);
    await refuses((request) => seal(broker, request, { now }), /has expired/);
  });

  it('refuses the answer to another request, its own of before or another host’s', async () => {
    let kept: KeyAnswer | undefined;
    broker.answer = async (request) => {
      kept = await seal(broker, request);
      return kept;
    };
    await digest(broker, encrypted, { lengthBytes });
    await refuses(async () => kept ?? assert.fail(), /another request/);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const ofAnother = { hostId: 'esx-2', taskId: 'task', keys: [keyOf('kek-1')], signingKey: privateKey };
    const { request: theirs } = await createKeyRequest(ofAnother);
    await refuses(() => seal({ ...broker, hostKey: publicKey }, theirs), /another request/);
  });

  it('refuses a key that is none for AES-256', async () => {
    for (const bytes of [16, 64]) {
      const material = KeyMaterial.random(bytes);
      await refuses((request) => seal(broker, request, { materials: [material] }), /not one of 32 bytes/);
    }
  });

  it('is told why the broker refuses', async () => {
    await refuses(() => Promise.reject(new Failure('ProviderUnreachable', 'key provider kms is away')), /kms is away/);
  });

  it('asks again while the broker is away for a moment', async () => {
    let times = 0;
    broker.answer = (request) => {
      times += 1;
      if (times < 3) throw new Failure('ServiceUnavailable', 'in a moment');
      return seal(broker, request);
    };
    await digest(broker, encrypted, { lengthBytes });
    assert.equal(times, 3);
  });

  it('leaves a VM as it is whose KEK is another one', async () => {
    const swapped = async (request: KeyRequest) => {
      const materials = [KeyMaterial.random(32)];
      return await seal(broker, request, { materials });
    };
    const was = await filesOf(encrypted.folder);
    const content = await digest(broker, encrypted, { lengthBytes });
    broker.answer = swapped;
    failed(await broker.order('decryptVm', taskOf(encrypted)), 'KeyUnavailable', /does not open/);
    failed(await broker.order('powerOnVm', taskOf(encrypted)), 'KeyUnavailable', /does not open/);
    assert.deepEqual(await filesOf(encrypted.folder), was);
    broker.answer = (request) => seal(broker, request);
    assert.equal(await digest(broker, encrypted, { lengthBytes }), content);
    const asked = broker.asked.length;
    await digest(broker, encrypted, { lengthBytes });
    assert.equal(broker.asked.length, asked + 1, 'a KEK was kept after power on failed');
    assert.notEqual(content, sha256(new Uint8Array(lengthBytes)));
  });
});
