import { operation } from '../operation.ts';
import { optional, text } from '../schema.ts';

/** Brings an archived object back. KMIP 1.4 §4.23. */
export const Recover = operation({
  name: 'Recover',
  since: [1, 0],
  request: { uniqueIdentifier: optional(text('UniqueIdentifier')) },
  response: { uniqueIdentifier: text('UniqueIdentifier') },
  idPlaceholder: 'uniqueIdentifier',
});
