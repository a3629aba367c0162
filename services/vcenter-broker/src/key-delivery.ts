import { createPublicKey } from 'node:crypto';
import { Failure } from '@kagibako/contracts/failures';
import {
  type KeyAnswer,
  KeyDeliveryError,
  type KeyRequest,
  requestHash,
  sealKeyAnswer,
  verifyKeyRequest,
} from '@kagibako/crypto/key-delivery';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { failed, hostAsker, succeeded } from './audit.ts';
import type { Service } from './service.ts';
import { findHost } from './store/hosts.ts';
import { findKeyProvider } from './store/key-providers.ts';
import { acceptOnce, areGranted } from './store/key-requests.ts';
import { writeAudit } from './store/recorded-change.ts';

/**
 * KEKs for the host that asks. `askedAs` is the host that the bus knows it by. All refusals look the same to it; the
 * audit says why. @throws Failure
 */
export async function deliverKeys(service: Service, askedAs: string, request: KeyRequest): Promise<KeyAnswer> {
  const { database, metrics } = service;
  const asker = hostAsker(askedAs);
  const objectId = request.keys.map(({ providerId, keyId }) => `${providerId}/${keyId}`).join(' ');
  try {
    await checkRequest(service, askedAs, request);
    const materials = await fetchKeys(service, request);
    try {
      await writeAudit(database, succeeded(asker, 'host.keys.get', objectId));
      metrics.count('hostKeyRequests', { result: 'ok' });
      return await sealKeyAnswer({ request, materials, signingKey: service.signingKey });
    } finally {
      for (const material of materials) material.destroy();
    }
  } catch (error) {
    if (!(error instanceof KeyDeliveryError || error instanceof Failure)) throw error;
    const reason = error instanceof Failure ? error.code : error.message;
    metrics.count('hostKeyRequests', { result: error instanceof Failure ? error.code : 'refused' });
    await writeAudit(database, failed(asker, 'host.keys.get', reason, objectId));
    throw error instanceof Failure
      ? error
      : new Failure('Unauthorized', 'these keys are not given to this host', { cause: error });
  }
}

/** @throws KeyDeliveryError */
async function checkRequest({ database }: Service, askedAs: string, request: KeyRequest): Promise<void> {
  if (request.hostId !== askedAs) throw new KeyDeliveryError('another host’s request');
  const host = await findHost(database, askedAs);
  if (host?.publicKey === undefined) throw new KeyDeliveryError('the host is not enrolled');
  verifyKeyRequest(request, createPublicKey(host.publicKey));
  if (!(await areGranted(database, askedAs, request.keys))) throw new KeyDeliveryError('no grant');
  if (!(await acceptOnce(database, requestHash(request)))) throw new KeyDeliveryError('the request was replayed');
}

/** In the order of the request; the caller destroys them. */
async function fetchKeys({ database, providers }: Service, { keys }: KeyRequest): Promise<KeyMaterial[]> {
  const materials: KeyMaterial[] = [];
  try {
    for (const { providerId, keyId } of keys) {
      const provider = await findKeyProvider(database, providerId);
      if (provider === undefined) throw new Failure('KeyUnavailable', `there is no key provider ${providerId}`);
      materials.push(await providers.getKey(provider, keyId));
    }
    return materials;
  } catch (error) {
    for (const material of materials) material.destroy();
    throw error;
  }
}
