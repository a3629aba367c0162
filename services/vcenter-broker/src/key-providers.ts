import { Failure } from '@kagibako/contracts/failures';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import type { SealedCaller } from '@kagibako/sealed-bus/sealed-caller';
import { busStatus, createBusKey, getBusKey } from './key-providers/bus-provider.ts';
import type { KeyLabels } from './key-providers/key-labels.ts';
import { createKmipKey, getKmipKey, type KmipContext, kmipStatus } from './key-providers/kmip-provider.ts';
import { type Health, overallHealth, type ServerStatus } from './key-providers/server-status.ts';
import type { StoredKeyProvider } from './store/key-providers.ts';

/** What every kind of key provider does. */
export interface KeyProviders {
  /** An Active KEK, by its id at the provider. */
  createKey(provider: StoredKeyProvider, labels: KeyLabels): Promise<string>;
  /** The caller destroys it. */
  getKey(provider: StoredKeyProvider, keyId: string): Promise<KeyMaterial>;
  status(provider: StoredKeyProvider): Promise<{ health: Health; servers: ServerStatus[] }>;
  /** The certificate that the provider knows this broker by. @throws Failure NotFound while there is none */
  clientCertificate(provider: StoredKeyProvider): string;
  storageKey: KeyMaterial;
  close(): void;
}

interface Kind {
  createKey(provider: StoredKeyProvider, labels: KeyLabels): Promise<string>;
  getKey(provider: StoredKeyProvider, keyId: string): Promise<KeyMaterial>;
  status(provider: StoredKeyProvider): Promise<ServerStatus[]>;
  clientCertificate(provider: StoredKeyProvider): string | undefined;
}

/** `busCertificate` is this process's on the bus, by which kms knows it. */
export function createKeyProviders(kmip: KmipContext, kms: SealedCaller, busCertificate: string): KeyProviders {
  const kinds: Record<StoredKeyProvider['kind'], Kind> = {
    KMIP: {
      createKey: (provider, labels) => createKmipKey(kmip, provider, labels),
      getKey: (provider, keyId) => getKmipKey(kmip, provider, keyId),
      status: (provider) => kmipStatus(kmip, provider),
      clientCertificate: ({ client }) => client?.certificate,
    },
    BUS: {
      createKey: (provider, labels) => createBusKey(kms, provider, labels),
      getKey: (provider, keyId) => getBusKey(kms, provider, keyId),
      status: (provider) => busStatus(kms, busCertificate, provider),
      clientCertificate: () => busCertificate,
    },
  };
  return {
    createKey: (provider, labels) => kinds[provider.kind].createKey(provider, labels),
    getKey: (provider, keyId) => kinds[provider.kind].getKey(provider, keyId),
    status: async (provider) => {
      const servers = await kinds[provider.kind].status(provider);
      return { health: overallHealth(servers), servers };
    },
    clientCertificate: (provider) => {
      const certificate = kinds[provider.kind].clientCertificate(provider);
      if (certificate === undefined)
        throw new Failure('NotFound', `key provider ${provider.name} has no client certificate yet`);
      return certificate;
    },
    storageKey: kmip.storageKey,
    close: kmip.sessions.close,
  };
}
