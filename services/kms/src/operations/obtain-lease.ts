import { ObtainLease } from '@kagibako/kmip/operations/obtain-lease';
import { leaseSeconds } from '../leases.ts';
import { checkPresent } from '../object-material.ts';
import { handle, objectOf } from '../operation-handler.ts';

export const obtainLease = handle(ObtainLease, 'before the answer', async (request, context) => {
  const object = await objectOf(request, context);
  checkPresent(object);
  const { uniqueIdentifier, lastChangeDate } = object;
  return { uniqueIdentifier, leaseTime: leaseSeconds, lastChangeDate };
});
