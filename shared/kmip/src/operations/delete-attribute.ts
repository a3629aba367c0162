import { attribute } from '../attribute.ts';
import { operation } from '../operation.ts';
import { integer, optional, text } from '../schema.ts';

/** Takes one attribute instance away; no Attribute Index is 0. KMIP 1.4 §4.16. */
export const DeleteAttribute = operation({
  name: 'DeleteAttribute',
  since: [1, 0],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    attributeName: text('AttributeName'),
    attributeIndex: optional(integer('AttributeIndex')),
  },
  response: { uniqueIdentifier: text('UniqueIdentifier'), attribute },
});
