import { operation } from '../operation.ts';
import { bytes, optional, text } from '../schema.ts';
import { streamFields } from '../streams.ts';
import { cryptographicParameters } from '../structures.ts';

/** KMIP 1.4 §4.31. */
export const Sign = operation({
  name: 'Sign',
  since: [1, 2],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    cryptographicParameters: optional(cryptographicParameters),
    data: optional(bytes('Data')),
    digestedData: optional(bytes('DigestedData')),
    ...streamFields,
  },
  response: {
    uniqueIdentifier: text('UniqueIdentifier'),
    signatureData: optional(bytes('SignatureData')),
    correlationValue: streamFields.correlationValue,
  },
});
