import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { type Attribute, attributeValue } from '@kagibako/kmip/attribute';
import { attributeRules } from '@kagibako/kmip/attributes';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { succeeded } from './audit.ts';
import type { DeedContext } from './client-context.ts';
import { attributesOf, type ManagedObject, stateByDates } from './managed-object.ts';
import { eventBody } from './object-material.ts';
import { changeObject, type ObjectChange } from './store/objects.ts';
import { type StoredAttribute, storeAttribute } from './stored-attribute.ts';
import { usageHasBegun, withWholeUsageLimits } from './usage-limits.ts';

/** The instance that a Modify or Delete means; no index is 0. @throws KmipError */
export function instanceOf(
  object: ManagedObject,
  name: string,
  index: number,
  missing: 'InvalidField' | 'ItemNotFound',
) {
  if (attributeRules(name) === undefined) throw new KmipError(missing, `no attribute ${JSON.stringify(name)}`);
  const same = attributesOf(object).filter((one) => one.name === name);
  if (same.length === 0) throw new KmipError(missing, `the object has no ${name}`);
  const found = same.find((one) => (one.index ?? 0) === index);
  if (found === undefined) throw new KmipError('ItemNotFound', `${name} has no instance ${index}`);
  return found;
}

/** Writes what becomes of an object when one of its attributes gets another value, or none. */
export async function writeChange(context: DeedContext, event: ChangeEvent, change: ObjectChange, attributeName = '') {
  const { uniqueIdentifier } = change.object;
  const body = { ...eventBody(context), uniqueIdentifier };
  const audit = succeeded(context.asker, { ...context.deed, objectId: uniqueIdentifier });
  const fact =
    event === 'objectArchived' || event === 'objectRecovered'
      ? eventFact(event, randomUUID(), body)
      : eventFact(event, randomUUID(), { ...body, attributeName });
  const recorded = { audit, facts: [fact], request: context.request };
  await changeObject(context.sql, recorded, context.client, change);
}

type ChangeEvent = 'attributeAdded' | 'attributeModified' | 'attributeDeleted' | 'objectArchived' | 'objectRecovered';

/** An object with this instance in the place of the one with its name and index, or added. @throws KmipError */
export function changedBy(object: ManagedObject, one: Attribute, now: Date): ObjectChange {
  const dates = { ...object, lastChangeDate: now };
  const unchanged = { object, state: object.state, dates };
  switch (one.name) {
    case 'Activation Date':
    case 'Deactivation Date':
      return withDate(object, one.name, one.value, now);
    case 'Process Start Date':
    case 'Protect Stop Date':
      checkUsageDate(object, one, now);
      return { ...unchanged, attributes: [storeAttribute(one)] };
    case 'Usage Limits':
      if (usageHasBegun(object))
        throw new KmipError('PermissionDenied', 'a part of the Usage Limits was taken already');
      return { ...unchanged, attributes: [storeAttribute(withWholeUsageLimits(one))] };
    case 'Sensitive':
      return { ...unchanged, attributes: [storeAttribute(one), ...history('Always Sensitive', object, one.value)] };
    case 'Extractable':
      return { ...unchanged, attributes: [storeAttribute(one), ...history('Never Extractable', object, !one.value)] };
    default:
      return { ...unchanged, attributes: [storeAttribute(one)] };
  }
}

/** KMIP 1.4 §3.50, §3.52: what once was not so is never again always so. */
function history(
  name: 'Always Sensitive' | 'Never Extractable',
  object: ManagedObject,
  willBe: boolean,
): readonly StoredAttribute[] {
  const wasSo = attributeValue(attributesOf(object), name) === true;
  return [storeAttribute({ name, value: wasSo && willBe })];
}

/** A date brings about its state as soon as it is reached (KMIP 1.4 §3.22, §3.24, §3.27). */
function withDate(
  object: ManagedObject,
  name: 'Activation Date' | 'Deactivation Date',
  value: Date,
  now: Date,
): ObjectChange {
  const activates = name === 'Activation Date';
  if (object.state !== 'PreActive' && (activates || object.state !== 'Active'))
    throw new KmipError('PermissionDenied', `${name} cannot be set in state ${object.state}`);
  const dates = { ...object, lastChangeDate: now, [activates ? 'activationDate' : 'deactivationDate']: value };
  const { activationDate, deactivationDate } = dates;
  if (activationDate !== undefined && deactivationDate !== undefined && deactivationDate < activationDate)
    throw new KmipError('InvalidField', 'Deactivation Date is before Activation Date');
  return { object, state: stateByDates(object.state, dates, now), dates, attributes: [] };
}

/** KMIP 1.4 §3.25, §3.26: within the dates of the object's active life, and not once it was reached. */
function checkUsageDate(object: ManagedObject, one: Attribute & { value: Date }, now: Date): void {
  if (object.state !== 'PreActive' && object.state !== 'Active')
    throw new KmipError('PermissionDenied', `${one.name} cannot be set in state ${object.state}`);
  const before = attributesOf(object).find(({ name }) => name === one.name);
  if (before?.value instanceof Date && before.value <= now)
    throw new KmipError('PermissionDenied', `${one.name} was reached already`);
  checkUsageDates(object, [one]);
}

/** Process Start is not before activation, and Protect Stop not after deactivation. */
export function checkUsageDates(
  dates: Pick<ManagedObject, 'activationDate' | 'deactivationDate'>,
  attributes: readonly Attribute[],
): void {
  for (const { name, value } of attributes) {
    if (!(value instanceof Date)) continue;
    if (name === 'Process Start Date' && dates.activationDate !== undefined && value < dates.activationDate)
      throw new KmipError('InvalidField', 'Process Start Date is before Activation Date');
    if (name === 'Protect Stop Date' && dates.deactivationDate !== undefined && value > dates.deactivationDate)
      throw new KmipError('InvalidField', 'Protect Stop Date is after Deactivation Date');
  }
}
