import { operation } from '../operation.ts';
import { dateTime, optional, text } from '../schema.ts';
import { revocationReason } from '../structures.ts';

/** Deactivates an object, or marks it compromised. KMIP 1.4 §4.20. */
export const Revoke = operation({
  name: 'Revoke',
  since: [1, 0],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    revocationReason,
    compromiseOccurrenceDate: optional(dateTime('CompromiseOccurrenceDate')),
  },
  response: { uniqueIdentifier: text('UniqueIdentifier') },
});
