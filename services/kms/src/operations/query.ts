import { Query } from '@kagibako/kmip/operations/query';
import { objectStructures, type StoredObjectType } from '../object-form.ts';
import { handle } from '../operation-handler.ts';

/** In the order of the table. */
const storedTypes = Object.keys(objectStructures) as StoredObjectType[];

export const vendorIdentification = 'Kagibako';

/** Each function asked for fills its own field; those without an answer here fill none. */
export const query = handle(Query, 'not at all', async ({ queryFunction }, { answered }) => {
  const asks = (name: (typeof queryFunction)[number]): boolean => queryFunction.includes(name);
  return {
    operation: asks('QueryOperations') ? answered : [],
    objectType: asks('QueryObjects') ? storedTypes : [],
    vendorIdentification: asks('QueryServerInformation') ? vendorIdentification : undefined,
    capabilityInformation: asks('QueryCapabilities') ? [capabilities] : [],
  };
});

const capabilities = {
  streamingCapability: false,
  asynchronousCapability: false,
  attestationCapability: false,
  batchUndoCapability: true,
  batchContinueCapability: true,
} as const;
