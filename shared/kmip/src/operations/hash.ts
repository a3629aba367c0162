import { operation } from '../operation.ts';
import { bytes, optional } from '../schema.ts';
import { streamFields } from '../streams.ts';
import { cryptographicParameters } from '../structures.ts';

/** KMIP 1.4 §4.37. */
export const Hash = operation({
  name: 'Hash',
  since: [1, 2],
  request: { cryptographicParameters, data: optional(bytes('Data')), ...streamFields },
  response: { data: optional(bytes('Data')), correlationValue: streamFields.correlationValue },
});
