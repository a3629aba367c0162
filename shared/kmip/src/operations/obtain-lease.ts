import { operation } from '../operation.ts';
import { dateTime, interval, optional, text } from '../schema.ts';

/** Asks how long an object may be used before asking again. KMIP 1.4 §4.17. */
export const ObtainLease = operation({
  name: 'ObtainLease',
  since: [1, 0],
  request: { uniqueIdentifier: optional(text('UniqueIdentifier')) },
  response: {
    uniqueIdentifier: text('UniqueIdentifier'),
    leaseTime: interval('LeaseTime'),
    lastChangeDate: dateTime('LastChangeDate'),
  },
});
