import { templateAttribute } from '../attribute.ts';
import { ObjectType } from '../enums.ts';
import { managedObjectFields } from '../objects.ts';
import { operation } from '../operation.ts';
import { enumeration, optional, text } from '../schema.ts';

/** Stores an object that the client made. KMIP 1.4 §4.3. */
export const Register = operation({
  name: 'Register',
  since: [1, 0],
  request: { objectType: enumeration('ObjectType', ObjectType), templateAttribute, ...managedObjectFields },
  response: { uniqueIdentifier: text('UniqueIdentifier'), templateAttribute: optional(templateAttribute) },
  idPlaceholder: 'uniqueIdentifier',
});
