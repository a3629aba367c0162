import { ValidityIndicator } from '../enums.ts';
import { operation } from '../operation.ts';
import { bytes, enumeration, optional, text } from '../schema.ts';
import { streamFields } from '../streams.ts';
import { cryptographicParameters } from '../structures.ts';

/** KMIP 1.4 §4.34. */
export const MACVerify = operation({
  name: 'MACVerify',
  since: [1, 2],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    cryptographicParameters: optional(cryptographicParameters),
    data: optional(bytes('Data')),
    macData: optional(bytes('MACData')),
    ...streamFields,
  },
  response: {
    uniqueIdentifier: text('UniqueIdentifier'),
    validityIndicator: optional(enumeration('ValidityIndicator', ValidityIndicator)),
    correlationValue: streamFields.correlationValue,
  },
});
