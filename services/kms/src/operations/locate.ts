import { StorageStatusMask } from '@kagibako/kmip/enums';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { Locate } from '@kagibako/kmip/operations/locate';
import { checkAttributeName } from '../new-attributes.ts';
import { handle } from '../operation-handler.ts';
import { locateObjects } from '../store/locate.ts';

/** More do not fit into an answer. */
const locatedMax = 80_000;
const filtersMax = 64;

/** Finds objects of the client's adapter (KMIP 1.4 §4.9). What cannot be searched for is an error, never passed over. */
export const locate = handle(Locate, 'before the answer', async (request, context) => {
  const attributes = [...request.attribute, ...(request.templateAttribute?.attribute ?? [])];
  if (attributes.length > filtersMax) throw new KmipError('InvalidField', `more than ${filtersMax} attributes`);
  for (const { name } of attributes) checkAttributeName(name);
  if (request.objectGroupMember !== undefined) throw new KmipError('FeatureNotSupported', 'Object Group Member');
  const mask = request.storageStatusMask ?? StorageStatusMask.OnLineStorage;
  const storage = {
    onLine: (mask & StorageStatusMask.OnLineStorage) !== 0,
    archived: (mask & StorageStatusMask.ArchivalStorage) !== 0,
  };
  if (!storage.onLine && !storage.archived) return { locatedItems: 0, uniqueIdentifier: [] };
  const { ids, located } = await locateObjects(context.sql, {
    adapterId: context.client.adapterId,
    now: context.now,
    attributes,
    storage,
    offset: nonNegative(request.offsetItems ?? 0, 'Offset Items'),
    maximum: Math.min(nonNegative(request.maximumItems ?? locatedMax, 'Maximum Items'), locatedMax),
  });
  return { locatedItems: located, uniqueIdentifier: ids };
});

function nonNegative(value: number, name: string): number {
  if (value < 0) throw new KmipError('InvalidField', `${name} is ${value}`);
  return value;
}
