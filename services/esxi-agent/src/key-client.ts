import type { KeyObject } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '@kagibako/bus/bus';
import { sendRequest } from '@kagibako/bus/request-reply';
import { Failure } from '@kagibako/contracts/failures';
import { createKeyRequest, KeyDeliveryError } from '@kagibako/crypto/key-delivery';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import type { ProviderKey } from './encryption-bundle.ts';

const attemptsMax = 4;
const pauseMs = 1_000;
/** AES-256. */
const kekBytes = 32;

export interface KeyClientOptions {
  bus: Bus;
  hostId: string;
  /** The host's own. */
  signingKey: KeyObject;
  /** The broker's, public. */
  brokerKey: KeyObject;
}

/** Asks the broker for one KEK; the caller destroys it. @throws Failure KeyUnavailable */
export type FetchKek = (key: ProviderKey, taskId: string) => Promise<KeyMaterial>;

/** A new request, with a new nonce and a fresh key to seal to, at each attempt: none is ever sent twice. */
export function createKeyClient(options: KeyClientOptions): FetchKek {
  return async (key, taskId) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await askOnce(options, key, taskId);
      } catch (error) {
        if (!isPassing(error) || attempt === attemptsMax) throw explain(error, key);
        await wait(pauseMs);
      }
    }
  };
}

async function askOnce(
  { bus, hostId, signingKey, brokerKey }: KeyClientOptions,
  key: ProviderKey,
  taskId: string,
): Promise<KeyMaterial> {
  const { request, open } = await createKeyRequest({ hostId, taskId, keys: [key], signingKey });
  const [kek] = await open(await sendRequest(bus, 'getKeys', request, { hostId }), brokerKey);
  if (kek?.length === kekBytes) return kek;
  kek?.destroy();
  throw new KeyDeliveryError(`the key is not one of ${kekBytes} bytes`);
}

/** The broker is away for a moment. */
const isPassing = (error: unknown): boolean => error instanceof Failure && error.code === 'ServiceUnavailable';

function explain(error: unknown, { providerId, keyId }: ProviderKey): unknown {
  if (!(error instanceof Failure || error instanceof KeyDeliveryError)) return error;
  const message = `key ${keyId} of key provider ${providerId} cannot be had: ${error.message}`;
  return new Failure('KeyUnavailable', message, { cause: error });
}
