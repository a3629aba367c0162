import { ValidityIndicator } from '../enums.ts';
import { operation } from '../operation.ts';
import { bytes, enumeration, optional, text } from '../schema.ts';
import { streamFields } from '../streams.ts';
import { cryptographicParameters } from '../structures.ts';

/** KMIP 1.4 §4.32. */
export const SignatureVerify = operation({
  name: 'SignatureVerify',
  since: [1, 2],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    cryptographicParameters: optional(cryptographicParameters),
    data: optional(bytes('Data')),
    digestedData: optional(bytes('DigestedData')),
    signatureData: optional(bytes('SignatureData')),
    ...streamFields,
  },
  response: {
    uniqueIdentifier: text('UniqueIdentifier'),
    validityIndicator: optional(enumeration('ValidityIndicator', ValidityIndicator)),
    data: optional(bytes('Data')),
    correlationValue: streamFields.correlationValue,
  },
});
