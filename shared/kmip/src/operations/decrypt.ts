import { operation } from '../operation.ts';
import { bytes, optional, text } from '../schema.ts';
import { streamFields } from '../streams.ts';
import { cryptographicParameters } from '../structures.ts';

/** KMIP 1.4 §4.30. */
export const Decrypt = operation({
  name: 'Decrypt',
  since: [1, 2],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    cryptographicParameters: optional(cryptographicParameters),
    data: optional(bytes('Data')),
    ivCounterNonce: optional(bytes('IVCounterNonce')),
    ...streamFields,
    authenticatedEncryptionAdditionalData: optional(bytes('AuthenticatedEncryptionAdditionalData')),
    authenticatedEncryptionTag: optional(bytes('AuthenticatedEncryptionTag')),
  },
  response: {
    uniqueIdentifier: text('UniqueIdentifier'),
    data: optional(bytes('Data')),
    correlationValue: streamFields.correlationValue,
  },
});
