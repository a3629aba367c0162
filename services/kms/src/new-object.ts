import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { type Attribute, attributeValue } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { checkUsageDates } from './attribute-change.ts';
import { succeeded } from './audit.ts';
import type { DeedContext } from './client-context.ts';
import { wrapMaterial } from './key-hierarchy.ts';
import { stateByDates } from './managed-object.ts';
import { numberInstances } from './new-attributes.ts';
import type { ObjectForm, StoredObjectType } from './object-form.ts';
import { eventBody, rootKeyNotActive } from './object-material.ts';
import { crkStates } from './store/clients.ts';
import { createObject } from './store/objects.ts';
import { storeAttribute } from './stored-attribute.ts';
import { withWholeUsageLimits } from './usage-limits.ts';

export interface ObjectToStore {
  objectType: StoredObjectType;
  attributes: readonly Attribute[];
  form: ObjectForm;
  /** Stays the caller's. */
  material: KeyMaterial;
  /** Chosen here unless given; of several objects that an operation makes, each must be able to name the others. */
  uniqueIdentifier?: string;
  /** Several changes of one operation are one request: the first of them is recorded under its id. */
  followsOthers?: boolean;
}

/** Stores a new object, wrapped, and answers its Unique Identifier. */
export async function storeObject(context: DeedContext, made: ObjectToStore): Promise<string> {
  const { client, now, service, sql } = context;
  if (client.rootKeyState !== crkStates.active) throw rootKeyNotActive();
  const dates = datesOf(made.attributes, now);
  checkUsageDates(dates, made.attributes);
  const objectId = made.uniqueIdentifier ?? randomUUID();
  const object = { adapterId: client.adapterId, objectId };
  const material = await wrapMaterial(service.root, client.rootKey, object, made.material);
  const audit = succeeded(context.asker, { ...context.deed, objectId });
  const facts = [eventFact('keyCreated', randomUUID(), { ...eventBody(context), uniqueIdentifier: objectId })];
  const request = made.followsOthers === true ? undefined : context.request;
  await createObject(sql, { audit, facts, request }, client, {
    ...dates,
    material,
    form: made.form,
    objectType: made.objectType,
    state: stateByDates('PreActive', dates, now),
    attributes: numberInstances(made.attributes.filter(({ name }) => !isDateColumn(name)))
      .map(withWholeUsageLimits)
      .map(storeAttribute),
  });
  return objectId;
}

const isDateColumn = (name: string): boolean => name === 'Activation Date' || name === 'Deactivation Date';

function datesOf(attributes: readonly Attribute[], now: Date) {
  const activationDate = attributeValue(attributes, 'Activation Date');
  const deactivationDate = attributeValue(attributes, 'Deactivation Date');
  if (deactivationDate !== undefined && deactivationDate < (activationDate ?? now))
    throw new KmipError('InvalidField', 'Deactivation Date is before Activation Date');
  return { initialDate: now, lastChangeDate: now, activationDate, deactivationDate };
}
