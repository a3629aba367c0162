import type { KeyMaterial } from '@kagibako/crypto/key-material';
import type { ProviderKey } from './encryption-bundle.ts';
import type { FetchKek } from './key-client.ts';

/** KEKs in memory and nowhere else: each for as long as work or a running VM needs it, then wiped. */
export interface KeyCache {
  /** Runs `work` with the KEK, which stays the cache's. @throws Failure KeyUnavailable */
  use<T>(key: ProviderKey, taskId: string, work: (kek: KeyMaterial) => Promise<T> | T): Promise<T>;
  /** Keeps the KEK until the VM is off. */
  hold(key: ProviderKey, taskId: string, vmId: string): Promise<void>;
  release(vmId: string): Promise<void>;
  clear(): void;
}

interface Entry {
  kek: Promise<KeyMaterial>;
  users: number;
  heldBy: Set<string>;
}

export function createKeyCache(fetchKek: FetchKek): KeyCache {
  const entries = new Map<string, Entry>();

  async function begin(key: ProviderKey, taskId: string): Promise<[string, Entry, KeyMaterial]> {
    const id = JSON.stringify([key.providerId, key.keyId]);
    const entry = entries.get(id) ?? { kek: fetchKek(key, taskId), users: 0, heldBy: new Set<string>() };
    entries.set(id, entry);
    entry.users += 1;
    try {
      return [id, entry, await entry.kek];
    } catch (error) {
      await end(id, entry);
      throw error;
    }
  }

  async function end(id: string, entry: Entry): Promise<void> {
    entry.users -= 1;
    await forgetUnlessNeeded(id, entry);
  }

  async function forgetUnlessNeeded(id: string, entry: Entry): Promise<void> {
    if (entry.users > 0 || entry.heldBy.size > 0) return;
    if (entries.get(id) === entry) entries.delete(id);
    await entry.kek.then(destroy, () => undefined);
  }

  return {
    use: async (key, taskId, work) => {
      const [id, entry, kek] = await begin(key, taskId);
      try {
        return await work(kek);
      } finally {
        await end(id, entry);
      }
    },
    hold: async (key, taskId, vmId) => {
      const [id, entry] = await begin(key, taskId);
      entry.heldBy.add(vmId);
      await end(id, entry);
    },
    release: async (vmId) => {
      for (const [id, entry] of entries) if (entry.heldBy.delete(vmId)) await forgetUnlessNeeded(id, entry);
    },
    clear: () => {
      for (const { kek } of entries.values()) void kek.then(destroy, () => undefined);
      entries.clear();
    },
  };
}

const destroy = (kek: KeyMaterial): void => kek.destroy();
