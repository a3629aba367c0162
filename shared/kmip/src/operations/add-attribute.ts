import { attribute } from '../attribute.ts';
import { operation } from '../operation.ts';
import { optional, text } from '../schema.ts';

/** Adds one attribute instance; the request has no Attribute Index. KMIP 1.4 §4.14; the answer repeats it in 1.x alone. */
export const AddAttribute = operation({
  name: 'AddAttribute',
  since: [1, 0],
  request: { uniqueIdentifier: optional(text('UniqueIdentifier')), attribute },
  response: { uniqueIdentifier: text('UniqueIdentifier'), attribute: optional(attribute) },
});
