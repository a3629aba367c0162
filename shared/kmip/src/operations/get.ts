import { KeyCompressionType, KeyFormatType, KeyWrapType, ObjectType } from '../enums.ts';
import { keyWrappingSpecification, managedObjectFields } from '../objects.ts';
import { operation } from '../operation.ts';
import { enumeration, optional, text } from '../schema.ts';

/** Returns a Managed Object with its key material. KMIP 1.4 §4.11. */
export const Get = operation({
  name: 'Get',
  since: [1, 0],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    keyFormatType: optional(enumeration('KeyFormatType', KeyFormatType)),
    keyWrapType: optional(enumeration('KeyWrapType', KeyWrapType)),
    keyCompressionType: optional(enumeration('KeyCompressionType', KeyCompressionType)),
    keyWrappingSpecification: optional(keyWrappingSpecification),
  },
  response: {
    objectType: enumeration('ObjectType', ObjectType),
    uniqueIdentifier: text('UniqueIdentifier'),
    ...managedObjectFields,
  },
});
