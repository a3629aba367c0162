import { operation } from '../operation.ts';
import { integer, interval, longInteger, optional, text } from '../schema.ts';

/** Asks whether an object may be used in a way; the answer names what forbids it. KMIP 1.4 §4.10. */
export const Check = operation({
  name: 'Check',
  since: [1, 0],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    usageLimitsCount: optional(longInteger('UsageLimitsCount')),
    cryptographicUsageMask: optional(integer('CryptographicUsageMask')),
    leaseTime: optional(interval('LeaseTime')),
  },
  response: {
    /** Only where the use is allowed. */
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    usageLimitsCount: optional(longInteger('UsageLimitsCount')),
    cryptographicUsageMask: optional(integer('CryptographicUsageMask')),
    leaseTime: optional(interval('LeaseTime')),
  },
  idPlaceholder: 'uniqueIdentifier',
});
