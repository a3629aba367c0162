import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { type Attribute, attributeValue } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { succeeded } from './audit.ts';
import type { DeedContext } from './client-context.ts';
import type { ManagedObject } from './managed-object.ts';
import { eventBody } from './object-material.ts';
import { changeObject } from './store/objects.ts';
import { storeAttribute } from './stored-attribute.ts';

/** KMIP 1.4 §3.21: the server sets the Count, and it begins at the Total. */
export function withWholeUsageLimits(one: Attribute): Attribute {
  if (one.name !== 'Usage Limits') return one;
  return { ...one, value: { ...one.value, usageLimitsCount: one.value.usageLimitsTotal } };
}

/** What is left of an object's Usage Limits; undefined where it has none. */
export function usageLeft({ attributes }: ManagedObject): bigint | undefined {
  const limits = attributeValue(attributes, 'Usage Limits');
  return limits && (limits.usageLimitsCount ?? limits.usageLimitsTotal);
}

/** Whether a part was taken already: then the Total stays (KMIP 1.4 §3.21). */
export function usageHasBegun({ attributes }: ManagedObject): boolean {
  const limits = attributeValue(attributes, 'Usage Limits');
  return limits?.usageLimitsCount !== undefined && limits.usageLimitsCount < limits.usageLimitsTotal;
}

/** Takes from the limits of an object that has them. @throws KmipError Permission Denied when less is left */
export async function takeUsage(
  context: DeedContext,
  object: ManagedObject,
  count: bigint,
  request: DeedContext['request'] | undefined,
): Promise<void> {
  const limits = attributeValue(object.attributes, 'Usage Limits');
  const left = usageLeft(object);
  if (limits === undefined || left === undefined) return;
  if (count > left) throw new KmipError('PermissionDenied', `${left} of the Usage Limits are left`);
  const attribute: Attribute = { name: 'Usage Limits', value: { ...limits, usageLimitsCount: left - count } };
  const { uniqueIdentifier } = object;
  const fact = { ...eventBody(context), uniqueIdentifier, attributeName: attribute.name };
  const audit = succeeded(context.asker, { ...context.deed, objectId: uniqueIdentifier });
  const facts = [eventFact('attributeModified', randomUUID(), fact)];
  await changeObject(context.sql, { audit, facts, request }, context.client, {
    object,
    state: object.state,
    dates: object,
    attributes: [storeAttribute(attribute)],
  });
}

/** What a cryptographic operation on this many bytes counts for. */
export function usageOf({ attributes }: ManagedObject, dataBytes: number): bigint {
  return attributeValue(attributes, 'Usage Limits')?.usageLimitsUnit === 'Byte' ? BigInt(dataBytes) : 1n;
}
