import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import type { Attribute } from '@kagibako/kmip/attribute';
import { attributeRules } from '@kagibako/kmip/attributes';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { AddAttribute } from '@kagibako/kmip/operations/add-attribute';
import { succeeded } from '../audit.ts';
import { attributesOf, type ManagedObject, stateByDates } from '../managed-object.ts';
import { attributeLimits, checkAttributeName } from '../new-attributes.ts';
import { handle, type OperationContext, objectOf } from '../operation-handler.ts';
import { changeState, addAttribute as storeNewAttribute } from '../store/objects.ts';
import { storeAttribute } from '../stored-attribute.ts';
import { eventBody } from '../symmetric-key.ts';

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
  if (added.name === 'Activation Date' || added.name === 'Deactivation Date')
    await changeState(sql, recorded, client, withDate(object, added, context));
  else await storeNewAttribute(sql, recorded, client, { object, attribute: storeAttribute(added), at: now });
  return { uniqueIdentifier, attribute: added };
});

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

/** A date brings about its state as soon as it is reached (KMIP 1.4 §3.22, §3.24, §3.27). */
function withDate(object: ManagedObject, added: Attribute, { now }: OperationContext) {
  const activates = added.name === 'Activation Date';
  if (object.state !== 'PreActive' && (activates || object.state !== 'Active'))
    throw new KmipError('PermissionDenied', `${added.name} cannot be set in state ${object.state}`);
  const value = added.value instanceof Date ? added.value : now;
  const dates = { ...object, lastChangeDate: now, [activates ? 'activationDate' : 'deactivationDate']: value };
  return { object, state: stateByDates(object.state, dates, now), dates, attributes: [] };
}
