import { Failure, type FailureCode } from '@kagibako/contracts/failures';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import type { SealedCaller } from '@kagibako/sealed-bus/sealed-caller';
import type { StoredKeyProvider } from '../store/key-providers.ts';
import { type KeyLabels, productLabels } from './key-labels.ts';
import { brokenServer, healthyServer, type ServerStatus } from './server-status.ts';

const kekBytes = 32;

/** What kms says, in the words of a key provider. */
const codes: Partial<Record<FailureCode, FailureCode>> = {
  Unauthenticated: 'ClientNotTrusted',
  ServiceUnavailable: 'ProviderUnreachable',
  NotFound: 'KeyUnavailable',
  NotAllowedInCurrentState: 'KeyUnavailable',
};

export async function createBusKey(kms: SealedCaller, provider: StoredKeyProvider, labels: KeyLabels): Promise<string> {
  return await named(provider, async () => {
    const { keyId } = await kms.call('createKey', { attributes: { ...productLabels, ...labels } });
    return keyId;
  });
}

/** The caller destroys it. */
export async function getBusKey(kms: SealedCaller, provider: StoredKeyProvider, keyId: string): Promise<KeyMaterial> {
  return await named(provider, async () => {
    const key = KeyMaterial.move(await kms.call('getKey', { keyId }));
    if (key.length === kekBytes) return key;
    key.destroy();
    throw new Failure('KeyUnavailable', `key ${keyId} is not of 256 bits`);
  });
}

export async function busStatus(
  kms: SealedCaller,
  certificate: string,
  provider: StoredKeyProvider,
): Promise<ServerStatus[]> {
  try {
    await named(provider, () => kms.call('probeClient', {}));
    return [healthyServer(serverName, [certificate])];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [brokenServer(serverName, error)];
  }
}

/** Any process of kms. */
const serverName = 'kms';

async function named<T>(provider: StoredKeyProvider, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const code = codes[error.code] ?? error.code;
    throw new Failure(code, `key provider ${provider.name}: ${error.message}`, { cause: error });
  }
}
