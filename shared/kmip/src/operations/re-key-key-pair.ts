import { operation } from '../operation.ts';
import { interval, optional, text } from '../schema.ts';
import { keyPairResponse, keyPairTemplates } from './create-key-pair.ts';

/** Makes a key pair that takes the place of another. KMIP 1.4 §4.5. */
export const ReKeyKeyPair = operation({
  name: 'ReKeyKeyPair',
  since: [1, 1],
  request: {
    privateKeyUniqueIdentifier: optional(text('PrivateKeyUniqueIdentifier')),
    /** Seconds from now to the Activation Date of the new keys. */
    offset: optional(interval('Offset')),
    ...keyPairTemplates,
  },
  response: keyPairResponse,
  idPlaceholder: 'privateKeyUniqueIdentifier',
});
