import { operation } from '../operation.ts';
import { longInteger, optional, text } from '../schema.ts';

/** Takes a part of an object's Usage Limits for the client. KMIP 1.4 §4.18. */
export const GetUsageAllocation = operation({
  name: 'GetUsageAllocation',
  since: [1, 0],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    usageLimitsCount: longInteger('UsageLimitsCount'),
  },
  response: { uniqueIdentifier: text('UniqueIdentifier') },
});
