import { attribute } from '../attribute.ts';
import { operation } from '../operation.ts';
import { optional, text } from '../schema.ts';

/** Gives one attribute instance another value; no Attribute Index is 0. KMIP 1.4 §4.15. */
export const ModifyAttribute = operation({
  name: 'ModifyAttribute',
  since: [1, 0],
  request: { uniqueIdentifier: optional(text('UniqueIdentifier')), attribute },
  response: { uniqueIdentifier: text('UniqueIdentifier'), attribute },
});
