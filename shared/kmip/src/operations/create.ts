import { templateAttribute } from '../attribute.ts';
import { ObjectType } from '../enums.ts';
import { operation } from '../operation.ts';
import { enumeration, optional, text } from '../schema.ts';

/** Makes a new symmetric key. KMIP 1.4 §4.1. */
export const Create = operation({
  name: 'Create',
  since: [1, 0],
  request: { objectType: enumeration('ObjectType', ObjectType), templateAttribute },
  response: {
    objectType: enumeration('ObjectType', ObjectType),
    uniqueIdentifier: text('UniqueIdentifier'),
    templateAttribute: optional(templateAttribute),
  },
  idPlaceholder: 'uniqueIdentifier',
});
