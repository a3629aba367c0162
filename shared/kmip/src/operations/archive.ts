import { operation } from '../operation.ts';
import { optional, text } from '../schema.ts';

/** Lets an object be put off line. KMIP 1.4 §4.22. */
export const Archive = operation({
  name: 'Archive',
  since: [1, 0],
  request: { uniqueIdentifier: optional(text('UniqueIdentifier')) },
  response: { uniqueIdentifier: text('UniqueIdentifier') },
});
