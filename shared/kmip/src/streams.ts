import { boolean, bytes, optional, since } from './schema.ts';

/** How a cryptographic operation is spread over several requests (KMIP 1.4 §4.29 to §4.36, from 1.3 on). */
export const streamFields = {
  correlationValue: since([1, 3], optional(bytes('CorrelationValue'))),
  initIndicator: since([1, 3], optional(boolean('InitIndicator'))),
  finalIndicator: since([1, 3], optional(boolean('FinalIndicator'))),
};
