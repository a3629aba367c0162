import { operation } from '../operation.ts';
import { bytes, integer } from '../schema.ts';

/** Random bytes. KMIP 1.4 §4.35. */
export const RNGRetrieve = operation({
  name: 'RNGRetrieve',
  since: [1, 2],
  request: { dataLength: integer('DataLength') },
  response: { data: bytes('Data') },
});
