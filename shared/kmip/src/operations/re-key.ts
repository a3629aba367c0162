import { templateAttribute } from '../attribute.ts';
import { operation } from '../operation.ts';
import { interval, optional, text } from '../schema.ts';

/** Makes a key that takes the place of another. KMIP 1.4 §4.4. */
export const ReKey = operation({
  name: 'ReKey',
  since: [1, 0],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    /** Seconds from now to the Activation Date of the new key. */
    offset: optional(interval('Offset')),
    templateAttribute: optional(templateAttribute),
  },
  response: { uniqueIdentifier: text('UniqueIdentifier'), templateAttribute: optional(templateAttribute) },
  idPlaceholder: 'uniqueIdentifier',
});
