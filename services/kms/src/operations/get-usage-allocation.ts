import { KmipError } from '@kagibako/kmip/kmip-error';
import { GetUsageAllocation } from '@kagibako/kmip/operations/get-usage-allocation';
import { handle, objectOf } from '../operation-handler.ts';
import { takeUsage, usageLeft } from '../usage-limits.ts';

export const getUsageAllocation = handle(GetUsageAllocation, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  const count = request.usageLimitsCount;
  if (usageLeft(object) === undefined) throw new KmipError('IllegalOperation', 'the object has no Usage Limits');
  if (object.state !== 'Active')
    throw new KmipError('IllegalOperation', `an object in state ${object.state} protects nothing`);
  if (count < 1n) throw new KmipError('InvalidField', 'Usage Limits Count is at least 1');
  await takeUsage(context, object, count, context.request);
  return { uniqueIdentifier: object.uniqueIdentifier };
});
