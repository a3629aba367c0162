import { operation } from '../operation.ts';
import { bytes, integer } from '../schema.ts';

/** Offers bytes to the server's random number generator. KMIP 1.4 §4.36. */
export const RNGSeed = operation({
  name: 'RNGSeed',
  since: [1, 2],
  request: { data: bytes('Data') },
  response: { dataLength: integer('DataLength') },
});
