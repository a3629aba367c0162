import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import type { Attribute } from '@kagibako/kmip/attribute';
import { type AttributeName, attributeRules } from '@kagibako/kmip/attributes';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { AddAttribute } from '@kagibako/kmip/operations/add-attribute';
import { changedBy, writeChange } from '../attribute-change.ts';
import { succeeded } from '../audit.ts';
import { attributesOf, type ManagedObject } from '../managed-object.ts';
import { attributeLimits, checkAttributeName } from '../new-attributes.ts';
import { eventBody } from '../object-material.ts';
import { handle, objectOf } from '../operation-handler.ts';
import { addAttribute as storeNewAttribute } from '../store/objects.ts';
import { storeAttribute } from '../stored-attribute.ts';

export const addAttribute = handle(AddAttribute, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  const added = numbered(request.attribute, object);
  const { uniqueIdentifier } = object;
  const recorded = {
    audit: succeeded(context.asker, context.deed),
    facts: [
      eventFact('attributeAdded', randomUUID(), {
        ...eventBody(context),
        uniqueIdentifier,
        attributeName: added.name,
      }),
    ],
    request: context.request,
  };
  const { sql, client, now } = context;
  if (hasRules.has(added.name)) await writeChange(context, 'attributeAdded', changedBy(object, added, now), added.name);
  else await storeNewAttribute(sql, recorded, client, { object, attribute: storeAttribute(added), at: now });
  return { uniqueIdentifier, attribute: added };
});

/** Attributes that change more than themselves; the others can be added by several clients at the same time. */
const hasRules: ReadonlySet<string> = new Set<AttributeName>([
  'Activation Date',
  'Deactivation Date',
  'Process Start Date',
  'Protect Stop Date',
  'Usage Limits',
]);

/** KMIP 1.4 §4.14, §11.13: the new instance with its index, which is not told where it is 0. */
function numbered(one: Attribute, object: ManagedObject): Attribute {
  checkAttributeName(one.name);
  if (one.index !== undefined) throw new KmipError('InvalidField', 'a new attribute has no Attribute Index yet');
  const rules = attributeRules(one.name);
  if (rules === undefined || rules.setBy === 'server')
    throw new KmipError('PermissionDenied', `${one.name} is set by the server alone`);
  const same = attributesOf(object).filter(({ name }) => name === one.name);
  if (!rules.multiple && same.length > 0) throw new KmipError('IllegalOperation', `${one.name} has its one value`);
  if (object.attributes.length >= attributeLimits.perObjectMax)
    throw new KmipError('IndexOutOfBounds', `an object has at most ${attributeLimits.perObjectMax} attributes`);
  const index = Math.max(-1, ...same.map((instance) => instance.index ?? 0)) + 1;
  return index === 0 ? one : { ...one, index };
}
