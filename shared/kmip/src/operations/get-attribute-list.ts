import { operation } from '../operation.ts';
import { many, optional, text } from '../schema.ts';

/** Returns the names of the attributes an object has. KMIP 1.4 §4.13. */
export const GetAttributeList = operation({
  name: 'GetAttributeList',
  since: [1, 0],
  request: { uniqueIdentifier: optional(text('UniqueIdentifier')) },
  response: { uniqueIdentifier: text('UniqueIdentifier'), attributeName: many(text('AttributeName')) },
});
