import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { type Attribute, attributeValues } from '@kagibako/kmip/attribute';
import { attributeRules } from '@kagibako/kmip/attributes';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { succeeded } from './audit.ts';
import type { DeedContext } from './client-context.ts';
import type { ManagedObject } from './managed-object.ts';
import { checkPresent, eventBody } from './object-material.ts';
import { changeObject } from './store/objects.ts';
import { storeAttribute } from './stored-attribute.ts';

/** Whether a key can be replaced: it still has its material, and no other took its place. @throws KmipError */
export function checkReplaceable(object: ManagedObject): void {
  checkPresent(object);
  const links = attributeValues(object.attributes, 'Link');
  if (object.state !== 'Active' && object.state !== 'PreActive' && object.state !== 'Deactivated')
    throw new KmipError('PermissionDenied', `a key in state ${object.state} is not replaced`);
  if (links.some(({ linkType }) => linkType === 'ReplacementObjectLink'))
    throw new KmipError('PermissionDenied', 'the key was replaced before');
}

/** Not taken over: Links are the old key's own, and its dates are counted anew. */
const notInherited: ReadonlySet<string> = new Set(['Link', 'Process Start Date', 'Protect Stop Date', 'Archive Date']);

/**
 * Attributes of the key that takes the place of another (KMIP 1.4 §4.4): those of the old one, its Names too, and what
 * the client says beyond or instead. With an offset in seconds all dates keep their distances from the activation.
 */
export function replacementAttributes(
  old: ManagedObject,
  asked: readonly Attribute[],
  offset: number | undefined,
  now: Date,
): readonly Attribute[] {
  if (offset !== undefined && asked.some(({ value }) => value instanceof Date))
    throw new KmipError('InvalidMessage', 'an Offset and dates are both given');
  const inherited = old.attributes.filter(
    ({ name }) => !notInherited.has(name) && attributeRules(name)?.setBy !== 'server',
  );
  const all = [...inherited.map(withoutIndex), ...datesFrom(old, offset, now)];
  const replaced = new Set(
    asked.filter(({ name }) => attributeRules(name)?.multiple === false).map(({ name }) => name),
  );
  const link = { linkType: 'ReplacedObjectLink' as const, linkedObjectIdentifier: old.uniqueIdentifier };
  return [...all.filter(({ name }) => !replaced.has(name)), ...asked, { name: 'Link', value: link }];
}

function withoutIndex({ index: _index, ...one }: Attribute): Attribute {
  // Without its index an instance is still one of the same attribute.
  return one as Attribute;
}

const dateNames = ['Process Start Date', 'Protect Stop Date'] as const;

function datesFrom(old: ManagedObject, offset: number | undefined, now: Date): readonly Attribute[] {
  const { activationDate, deactivationDate } = old;
  const activation = offset === undefined ? activationDate : new Date(now.getTime() + offset * 1_000);
  if (activation === undefined) return [];
  const shiftMs = activationDate === undefined ? 0 : activation.getTime() - activationDate.getTime();
  const shifted = (date: Date): Date => new Date(date.getTime() + shiftMs);
  const isAhead = (date: Date | undefined): date is Date => date !== undefined && shifted(date) > now;
  return [
    { name: 'Activation Date', value: activation },
    ...dateNames.flatMap((name) =>
      attributeValues(old.attributes, name)
        .filter(isAhead)
        .map((date) => ({ name, value: shifted(date) })),
    ),
    ...(isAhead(deactivationDate) ? [{ name: 'Deactivation Date' as const, value: shifted(deactivationDate) }] : []),
  ];
}

/** The old key gives its Names away and points at the new one. Comes before the new key, which takes the Names. */
export async function markReplaced(
  context: DeedContext,
  old: ManagedObject,
  replacement: string,
  followsOthers = false,
): Promise<void> {
  const { uniqueIdentifier, attributes } = old;
  const index = Math.max(-1, ...attributes.filter(({ name }) => name === 'Link').map((link) => link.index ?? 0)) + 1;
  const link = { linkType: 'ReplacementObjectLink' as const, linkedObjectIdentifier: replacement };
  const audit = succeeded(context.asker, { ...context.deed, objectId: uniqueIdentifier });
  const body = { ...eventBody(context), uniqueIdentifier, attributeName: 'Link' };
  const facts = [eventFact('attributeAdded', randomUUID(), body)];
  const request = followsOthers ? undefined : context.request;
  await changeObject(context.sql, { audit, facts, request }, context.client, {
    object: old,
    state: old.state,
    dates: { ...old, lastChangeDate: context.now },
    attributes: [storeAttribute({ name: 'Link', index, value: link })],
    removed: attributes.filter(({ name }) => name === 'Name').map(({ name, index: at = 0 }) => ({ name, index: at })),
  });
}
