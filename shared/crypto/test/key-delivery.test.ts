import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  createKeyRequest,
  KeyDeliveryError,
  keyDeliveryLimits,
  sealKeyAnswer,
  verifyKeyRequest,
} from '@kagibako/crypto/key-delivery';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { SealError } from '@kagibako/crypto/seal';

const host = generateKeyPairSync('ed25519');
const otherHost = generateKeyPairSync('ed25519');
const broker = generateKeyPairSync('ed25519');
const keys = [
  { providerId: 'kp-1', keyId: 'key-1' },
  { providerId: 'kp-1', keyId: 'key-2' },
];
const newRequest = (now?: Date) =>
  createKeyRequest({ hostId: 'esx-1', taskId: 'task-1', keys, signingKey: host.privateKey, ...(now && { now }) });
const newMaterials = () => [KeyMaterial.take(new Uint8Array(32).fill(7)), KeyMaterial.take(new Uint8Array(32).fill(9))];

describe('key delivery', () => {
  it('brings every requested key, in order, to the host that signed', async () => {
    const { request, open } = await newRequest();
    verifyKeyRequest(request, host.publicKey);
    const answer = await sealKeyAnswer({ request, materials: newMaterials(), signingKey: broker.privateKey });
    const opened = await open(answer, broker.publicKey);
    assert.deepEqual(
      opened.map((material) => [...material.expose()]),
      newMaterials().map((material) => [...material.expose()]),
    );
  });

  it('refuses a request signed by another host', async () => {
    const { request } = await newRequest();
    assert.throws(() => verifyKeyRequest(request, otherHost.publicKey), KeyDeliveryError);
  });

  const changes: [string, Record<string, unknown>][] = [
    ['host', { hostId: 'esx-2' }],
    ['task', { taskId: 'task-2' }],
    ['keys', { keys: [{ providerId: 'kp-1', keyId: 'key-3' }] }],
    ['public key', { ephemeralPublicKey: Buffer.alloc(32, 1).toString('base64') }],
    ['nonce', { nonce: Buffer.alloc(16, 1).toString('base64') }],
    ['time', { issuedAt: new Date(Date.now() + 1_000).toISOString() }],
  ];
  for (const [what, change] of changes) {
    it(`refuses a request whose ${what} was changed`, async () => {
      const { request } = await newRequest();
      assert.throws(() => verifyKeyRequest({ ...request, ...change }, host.publicKey), KeyDeliveryError);
    });
  }

  it('refuses a request that is too old, too new, or undated', async () => {
    for (const offsetMs of [-keyDeliveryLimits.requestAgeMs - 1_000, keyDeliveryLimits.requestAgeMs + 1_000]) {
      const { request } = await newRequest(new Date(Date.now() + offsetMs));
      assert.throws(() => verifyKeyRequest(request, host.publicKey), /not fresh/);
    }
  });

  it('refuses an answer that the broker did not sign', async () => {
    const { request, open } = await newRequest();
    const forged = await sealKeyAnswer({ request, materials: newMaterials(), signingKey: otherHost.privateKey });
    await assert.rejects(open(forged, broker.publicKey), /not the broker/);
  });

  it('refuses an answer to another request', async () => {
    const first = await newRequest();
    const second = await newRequest();
    const answer = await sealKeyAnswer({
      request: first.request,
      materials: newMaterials(),
      signingKey: broker.privateKey,
    });
    await assert.rejects(second.open(answer, broker.publicKey), /another request/);
  });

  it('refuses an answer that has expired', async () => {
    const { request, open } = await newRequest();
    const answer = await sealKeyAnswer({ request, materials: newMaterials(), signingKey: broker.privateKey });
    await assert.rejects(open(answer, broker.publicKey, new Date(Date.parse(answer.expiresAt) + 1)), /expired/);
  });

  it('does not open what was sealed to another fresh key, even signed by the broker', async () => {
    const first = await newRequest();
    const second = await newRequest();
    const request = { ...first.request, ephemeralPublicKey: second.request.ephemeralPublicKey };
    const answer = await sealKeyAnswer({ request, materials: newMaterials(), signingKey: broker.privateKey });
    await assert.rejects(
      first.open(answer, broker.publicKey),
      (error) => error instanceof KeyDeliveryError || error instanceof SealError,
    );
  });
});
