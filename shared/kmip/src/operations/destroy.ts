import { operation } from '../operation.ts';
import { optional, text } from '../schema.ts';

/** Destroys the key material; the attributes stay. KMIP 1.4 §4.21. */
export const Destroy = operation({
  name: 'Destroy',
  since: [1, 0],
  request: { uniqueIdentifier: optional(text('UniqueIdentifier')) },
  response: { uniqueIdentifier: text('UniqueIdentifier') },
});
