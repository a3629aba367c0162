import { operation } from '../operation.ts';
import { bytes, optional, text } from '../schema.ts';
import { streamFields } from '../streams.ts';
import { cryptographicParameters } from '../structures.ts';

/** KMIP 1.4 §4.33. */
export const MAC = operation({
  name: 'MAC',
  since: [1, 2],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    cryptographicParameters: optional(cryptographicParameters),
    data: optional(bytes('Data')),
    ...streamFields,
  },
  response: {
    uniqueIdentifier: text('UniqueIdentifier'),
    macData: optional(bytes('MACData')),
    correlationValue: streamFields.correlationValue,
  },
});
