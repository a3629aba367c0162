import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { Failure } from '@kagibako/contracts/failures';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { KeyWrapError } from '@kagibako/crypto/key-wrap';
import { type Attribute, attributeValue } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { succeeded } from './audit.ts';
import type { ClientContext, DeedContext } from './client-context.ts';
import { unwrapMaterial, wrapMaterial } from './key-hierarchy.ts';
import { type ManagedObject, stateByDates } from './managed-object.ts';
import { numberInstances } from './new-attributes.ts';
import { crkStates } from './store/clients.ts';
import { createObject, readMaterial } from './store/objects.ts';
import { storeAttribute } from './stored-attribute.ts';

/** Key lengths in bits that can be made, by Cryptographic Algorithm; the first is the default. */
const keyBits: Readonly<Record<string, readonly number[]>> = { AES: [256, 192, 128] };

/** Makes a Symmetric Key with these attributes and answers its Unique Identifier (KMIP 1.4 §4.1). */
export async function createSymmetricKey(context: DeedContext, attributes: readonly Attribute[]): Promise<string> {
  const { client, now, service, sql } = context;
  if (client.rootKeyState !== crkStates.active) throw rootKeyNotActive();
  const described = withLength(attributes);
  const dates = datesOf(described, now);
  const objectId = randomUUID();
  const object = { adapterId: client.adapterId, objectId };
  using key = KeyMaterial.random(lengthOf(described) / 8);
  const material = await wrapMaterial(service.root, client.rootKey, object, key);
  const audit = succeeded(context.asker, { ...context.deed, objectId });
  const facts = [eventFact('keyCreated', randomUUID(), { ...eventBody(context), uniqueIdentifier: objectId })];
  await createObject(sql, { audit, facts, request: context.request }, client, {
    ...dates,
    material,
    objectType: 'SymmetricKey',
    state: stateByDates('PreActive', dates, now),
    attributes: numberInstances(described.filter(({ name }) => !isDateColumn(name))).map(storeAttribute),
  });
  return objectId;
}

/** Whether the key may leave here in the clear. @throws KmipError */
export function checkObtainable({ state, attributes }: ManagedObject): void {
  if (state === 'Destroyed' || state === 'DestroyedCompromised')
    throw new KmipError('IllegalOperation', 'the key material is destroyed; only attributes are left');
  if (attributeValue(attributes, 'Sensitive') === true) throw new KmipError('Sensitive', 'the key leaves only wrapped');
  if (attributeValue(attributes, 'Extractable') === false) throw new KmipError('NotExtractable', 'the key stays here');
}

/** The key itself, in the context's secrets. Its audit entry is written in the statement that reads it. */
export async function openMaterial(context: DeedContext, objectId: string): Promise<KeyMaterial> {
  const { client, service, sql } = context;
  const stored = await readMaterial(sql, succeeded(context.asker, context.deed), client, objectId);
  if (stored === undefined) throw rootKeyNotActive();
  try {
    const key = await unwrapMaterial(service.root, stored);
    context.secrets.push(key);
    service.metrics.count('keyUnwraps', { kind: 'object', result: 'ok' });
    return key;
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

const rootKeyNotActive = (): Failure =>
  new Failure('NotAllowedInCurrentState', 'the root key that protects this adapter’s objects is not active');

function withLength(attributes: readonly Attribute[]): readonly Attribute[] {
  const algorithm = attributeValue(attributes, 'Cryptographic Algorithm');
  if (algorithm === undefined) throw new KmipError('InvalidField', 'Cryptographic Algorithm is missing');
  if (attributeValue(attributes, 'Cryptographic Usage Mask') === undefined)
    throw new KmipError('InvalidField', 'Cryptographic Usage Mask is missing');
  const lengths = keyBits[algorithm];
  if (lengths === undefined) throw new KmipError('InvalidField', `keys for ${algorithm} cannot be made here`);
  const length = attributeValue(attributes, 'Cryptographic Length') ?? lengths[0] ?? 0;
  if (!lengths.includes(length))
    throw new KmipError('InvalidField', `Cryptographic Length ${length} is not one of ${lengths.join(', ')}`);
  const others = attributes.filter(({ name }) => name !== 'Cryptographic Length');
  return [...others, { name: 'Cryptographic Length', value: length }];
}

const lengthOf = (attributes: readonly Attribute[]): number => attributeValue(attributes, 'Cryptographic Length') ?? 0;

const isDateColumn = (name: string): boolean => name === 'Activation Date' || name === 'Deactivation Date';

function datesOf(attributes: readonly Attribute[], now: Date) {
  const activationDate = attributeValue(attributes, 'Activation Date');
  const deactivationDate = attributeValue(attributes, 'Deactivation Date');
  if (deactivationDate !== undefined && deactivationDate < (activationDate ?? now))
    throw new KmipError('InvalidField', 'Deactivation Date is before Activation Date');
  return { initialDate: now, lastChangeDate: now, activationDate, deactivationDate };
}
