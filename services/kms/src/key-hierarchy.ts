import { canonical } from '@kagibako/crypto/canonical';
import { KeyMaterial, withKeyMaterial } from '@kagibako/crypto/key-material';
import { unwrapKey, type WrappedKey, wrapKey } from '@kagibako/crypto/key-wrap';

/**
 * What is at the top: the master key, in versions. It wraps and unwraps and never shows itself. The software root is a
 * sealed file; an HSM has the same two operations.
 */
export interface Root {
  /** By the newest master key. */
  wrap(key: KeyMaterial, binding: Uint8Array): Promise<WrappedByRoot>;
  unwrap(stored: WrappedByRoot, binding: Uint8Array): Promise<KeyMaterial>;
  close(): void;
}

export interface WrappedByRoot {
  masterKeyVersion: number;
  wrapped: WrappedKey;
}

export interface StoredInstanceKey extends WrappedByRoot {
  instanceId: string;
  version: number;
}

/** A version of a customer root key (CRK), with the instance key that wrapped it. */
export interface StoredRootKeyVersion {
  crkId: string;
  version: number;
  wrapped: WrappedKey;
  instanceKey: StoredInstanceKey;
}

/** The material of a KMIP object, with the CRK version that wrapped it. */
export interface StoredMaterial {
  adapterId: string;
  objectId: string;
  wrapped: WrappedKey;
  rootKey: StoredRootKeyVersion;
}

export interface StoredTokenKey extends WrappedByRoot {
  id: string;
}

const keyBytes = 32;

export async function createInstanceKey(root: Root, instanceId: string, version: number): Promise<StoredInstanceKey> {
  using key = KeyMaterial.random(keyBytes);
  return { instanceId, version, ...(await root.wrap(key, instanceKeyBinding({ instanceId, version }))) };
}

export async function createRootKeyVersion(
  root: Root,
  instanceKey: StoredInstanceKey,
  crkId: string,
  version: number,
): Promise<StoredRootKeyVersion> {
  using key = KeyMaterial.random(keyBytes);
  const stored = { crkId, version, instanceKey };
  return await withKeyMaterial(await openInstanceKey(root, instanceKey), (wrappingKey) => ({
    ...stored,
    wrapped: wrapKey(wrappingKey, key, rootKeyBinding(stored)),
  }));
}

/** Wraps the material of a new object, which stays the caller's. */
export async function wrapMaterial(
  root: Root,
  rootKey: StoredRootKeyVersion,
  object: { adapterId: string; objectId: string },
  material: KeyMaterial,
): Promise<StoredMaterial> {
  const stored = { ...object, rootKey };
  return await withKeyMaterial(await openRootKey(root, rootKey), (wrappingKey) => ({
    ...stored,
    wrapped: wrapKey(wrappingKey, material, materialBinding(stored)),
  }));
}

/** The material in the clear, to be destroyed by the caller. Nothing on the way to it is kept. */
export async function unwrapMaterial(root: Root, stored: StoredMaterial): Promise<KeyMaterial> {
  return await withKeyMaterial(await openRootKey(root, stored.rootKey), (wrappingKey) =>
    unwrapKey(wrappingKey, stored.wrapped, materialBinding(stored)),
  );
}

export async function createTokenKey(root: Root, id: string): Promise<StoredTokenKey> {
  using key = KeyMaterial.random(keyBytes);
  return { id, ...(await root.wrap(key, tokenKeyBinding(id))) };
}

export const openTokenKey = (root: Root, stored: StoredTokenKey): Promise<KeyMaterial> =>
  root.unwrap(stored, tokenKeyBinding(stored.id));

export const openInstanceKey = (root: Root, stored: StoredInstanceKey): Promise<KeyMaterial> =>
  root.unwrap(stored, instanceKeyBinding(stored));

export async function openRootKey(root: Root, stored: StoredRootKeyVersion): Promise<KeyMaterial> {
  return await withKeyMaterial(await openInstanceKey(root, stored.instanceKey), (wrappingKey) =>
    unwrapKey(wrappingKey, stored.wrapped, rootKeyBinding(stored)),
  );
}

/** Each kind of key has a label of its own and names its row, so that a blob opens in that row alone. */
const instanceKeyBinding = (key: Pick<StoredInstanceKey, 'instanceId' | 'version'>): Uint8Array =>
  canonical('kagibako instance key v1', [key.instanceId, String(key.version)]);

const rootKeyBinding = ({ instanceKey, crkId, version }: Omit<StoredRootKeyVersion, 'wrapped'>): Uint8Array =>
  canonical('kagibako root key v1', [instanceKey.instanceId, String(instanceKey.version), crkId, String(version)]);

const materialBinding = ({ rootKey, adapterId, objectId }: Omit<StoredMaterial, 'wrapped'>): Uint8Array =>
  canonical('kagibako object material v1', [
    rootKey.instanceKey.instanceId,
    rootKey.crkId,
    String(rootKey.version),
    adapterId,
    objectId,
  ]);

const tokenKeyBinding = (id: string): Uint8Array => canonical('kagibako token key v1', [id]);
