import { attribute } from '../attribute.ts';
import { operation } from '../operation.ts';
import { many, optional, text } from '../schema.ts';

/** Returns the named attributes, or all; names without a value are not an error. KMIP 1.4 §4.12. */
export const GetAttributes = operation({
  name: 'GetAttributes',
  since: [1, 0],
  request: { uniqueIdentifier: optional(text('UniqueIdentifier')), attributeName: many(text('AttributeName')) },
  response: { uniqueIdentifier: text('UniqueIdentifier'), attribute: many(attribute) },
});
