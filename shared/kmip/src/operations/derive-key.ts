import { templateAttribute } from '../attribute.ts';
import { DerivationMethod, ObjectType } from '../enums.ts';
import { operation } from '../operation.ts';
import { bytes, enumeration, integer, many, optional, struct, text } from '../schema.ts';
import { cryptographicParameters } from '../structures.ts';

/** KMIP 1.4 §4.6, all methods. */
export const derivationParameters = struct('DerivationParameters', {
  cryptographicParameters: optional(cryptographicParameters),
  initializationVector: optional(bytes('InitializationVector')),
  derivationData: optional(bytes('DerivationData')),
  salt: optional(bytes('Salt')),
  iterationCount: optional(integer('IterationCount')),
});

/** Makes a key or Secret Data out of others. KMIP 1.4 §4.6. */
export const DeriveKey = operation({
  name: 'DeriveKey',
  since: [1, 0],
  request: {
    objectType: enumeration('ObjectType', ObjectType),
    uniqueIdentifier: many(text('UniqueIdentifier')),
    derivationMethod: enumeration('DerivationMethod', DerivationMethod),
    derivationParameters,
    templateAttribute,
  },
  response: { uniqueIdentifier: text('UniqueIdentifier'), templateAttribute: optional(templateAttribute) },
  idPlaceholder: 'uniqueIdentifier',
});
