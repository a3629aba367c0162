import { attributeValue } from '@kagibako/kmip/attribute';
import { Check } from '@kagibako/kmip/operations/check';
import { leaseSeconds } from '../leases.ts';
import { handle, objectOf } from '../operation-handler.ts';
import { usageLeft } from '../usage-limits.ts';

/** Answers what stands against the use, and the Unique Identifier where nothing does (KMIP 1.4 §4.10). */
export const check = handle(Check, 'before the answer', async (request, context) => {
  const object = await objectOf(request, context);
  const { usageLimitsCount, cryptographicUsageMask, leaseTime } = request;
  const left = usageLeft(object);
  const mask = attributeValue(object.attributes, 'Cryptographic Usage Mask') ?? 0;
  const denied = {
    usageLimitsCount: left !== undefined && (usageLimitsCount ?? 0n) > left ? usageLimitsCount : undefined,
    cryptographicUsageMask: ((cryptographicUsageMask ?? 0) & ~mask) === 0 ? undefined : cryptographicUsageMask,
    leaseTime: (leaseTime ?? 0) > leaseSeconds ? leaseTime : undefined,
  };
  const allowed = Object.values(denied).every((one) => one === undefined);
  return { ...denied, uniqueIdentifier: allowed ? object.uniqueIdentifier : undefined };
});
