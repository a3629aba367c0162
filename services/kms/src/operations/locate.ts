import { KmipError } from '@kagibako/kmip/kmip-error';
import { Locate } from '@kagibako/kmip/operations/locate';
import { checkAttributeName } from '../new-attributes.ts';
import { handle } from '../operation-handler.ts';
import { locateObjects } from '../store/locate.ts';

/** More do not fit into an answer. */
const locatedMax = 80_000;
const filtersMax = 64;
/** KMIP 1.4 §9.1.3.3.2. */
const onLineStorage = 1;

/** Finds objects of the client's adapter (KMIP 1.4 §4.9). What cannot be searched for is an error, never passed over. */
export const locate = handle(Locate, 'before the answer', async (request, context) => {
  const attributes = [...request.attribute, ...(request.templateAttribute?.attribute ?? [])];
  if (attributes.length > filtersMax) throw new KmipError('InvalidField', `more than ${filtersMax} attributes`);
  for (const { name } of attributes) checkAttributeName(name);
  if (request.objectGroupMember !== undefined) throw new KmipError('FeatureNotSupported', 'Object Group Member');
  if (((request.storageStatusMask ?? onLineStorage) & onLineStorage) === 0)
    return { locatedItems: 0, uniqueIdentifier: [] };
  const { ids, located } = await locateObjects(context.sql, {
    adapterId: context.client.adapterId,
    now: context.now,
    attributes,
    offset: nonNegative(request.offsetItems ?? 0, 'Offset Items'),
    maximum: Math.min(nonNegative(request.maximumItems ?? locatedMax, 'Maximum Items'), locatedMax),
  });
  return { locatedItems: located, uniqueIdentifier: ids };
});

function nonNegative(value: number, name: string): number {
  if (value < 0) throw new KmipError('InvalidField', `${name} is ${value}`);
  return value;
}
