import { Failure } from '@kagibako/contracts/failures';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { KeyWrapError } from '@kagibako/crypto/key-wrap';
import { attributeValue } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { succeeded } from './audit.ts';
import type { ClientContext, DeedContext } from './client-context.ts';
import { unwrapMaterial } from './key-hierarchy.ts';
import type { ManagedObject } from './managed-object.ts';
import type { ObjectForm } from './object-form.ts';
import { readMaterial } from './store/objects.ts';

/** Whether the material is still here and on line. @throws KmipError */
export function checkPresent({ state, attributes }: ManagedObject): void {
  if (attributeValue(attributes, 'Archive Date') !== undefined)
    throw new KmipError('ObjectArchived', 'the object is archived');
  if (state === 'Destroyed' || state === 'DestroyedCompromised')
    throw new KmipError('IllegalOperation', 'the key material is destroyed; only attributes are left');
}

/** Whether the key may leave here in the clear. @throws KmipError */
export function checkObtainable(object: ManagedObject): void {
  checkPresent(object);
  checkExtractable(object);
  if (attributeValue(object.attributes, 'Sensitive') === true)
    throw new KmipError('Sensitive', 'the key leaves only wrapped');
}

/** Whether the key may leave here at all. @throws KmipError */
export function checkExtractable({ attributes }: ManagedObject): void {
  if (attributeValue(attributes, 'Extractable') === false) throw new KmipError('NotExtractable', 'the key stays here');
}

/** An object's material and what it is. */
export interface OpenMaterial {
  key: KeyMaterial;
  form: ObjectForm;
}

/** The key itself, in the context's secrets. Its audit entry is written in the statement that reads it. */
export async function openMaterial(context: DeedContext, objectId: string): Promise<OpenMaterial> {
  const { client, service, sql } = context;
  const audit = succeeded(context.asker, { ...context.deed, objectId });
  const stored = await readMaterial(sql, audit, client, objectId);
  if (stored === undefined) throw rootKeyNotActive();
  try {
    const key = await unwrapMaterial(service.root, stored);
    context.secrets.push(key);
    service.metrics.count('keyUnwraps', { kind: 'object', result: 'ok' });
    return { key, form: stored.form };
  } catch (error) {
    service.metrics.count('keyUnwraps', { kind: 'object', result: 'failed' });
    if (error instanceof KeyWrapError)
      throw new Failure('DataCorrupt', 'the stored key does not open', { cause: error });
    throw error;
  }
}

/** What every event about an object says. */
export const eventBody = ({ client }: ClientContext): { instanceId: string; adapterId: string } => ({
  instanceId: client.instanceId,
  adapterId: client.adapterId,
});

export const rootKeyNotActive = (): Failure =>
  new Failure('NotAllowedInCurrentState', 'the root key that protects this adapter’s objects is not active');
