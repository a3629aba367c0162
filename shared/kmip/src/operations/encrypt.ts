import { operation } from '../operation.ts';
import { bytes, optional, text } from '../schema.ts';
import { streamFields } from '../streams.ts';
import { cryptographicParameters } from '../structures.ts';

/** KMIP 1.4 §4.29. */
export const Encrypt = operation({
  name: 'Encrypt',
  since: [1, 2],
  request: {
    uniqueIdentifier: optional(text('UniqueIdentifier')),
    cryptographicParameters: optional(cryptographicParameters),
    data: optional(bytes('Data')),
    ivCounterNonce: optional(bytes('IVCounterNonce')),
    ...streamFields,
    authenticatedEncryptionAdditionalData: optional(bytes('AuthenticatedEncryptionAdditionalData')),
  },
  response: {
    uniqueIdentifier: text('UniqueIdentifier'),
    data: optional(bytes('Data')),
    ivCounterNonce: optional(bytes('IVCounterNonce')),
    correlationValue: streamFields.correlationValue,
    authenticatedEncryptionTag: optional(bytes('AuthenticatedEncryptionTag')),
  },
});
