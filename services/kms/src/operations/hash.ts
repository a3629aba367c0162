import { createHash } from 'node:crypto';
import { Hash } from '@kagibako/kmip/operations/hash';
import { hashName } from '../hashes.ts';
import { given, refuseStreams } from '../object-use.ts';
import { handle } from '../operation-handler.ts';

export const hash = handle(Hash, 'before the answer', async (request) => {
  refuseStreams(request);
  const name = hashName(request.cryptographicParameters.hashingAlgorithm);
  return { data: createHash(name).update(given(request.data, 'Data')).digest() };
});
