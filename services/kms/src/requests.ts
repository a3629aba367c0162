import { Failure } from '@kagibako/contracts/failures';
import { databaseFailure } from '@kagibako/runtime/database-failure';
import type { SealedServer } from '@kagibako/sealed-bus/sealed-server';
import { createKey } from './requests/create-key.ts';
import { executeKmip } from './requests/execute-kmip.ts';
import { getKey } from './requests/get-key.ts';
import { probeClient } from './requests/probe-client.ts';
import type { Service } from './service.ts';

/** Every bus request that kms answers; all are sealed, and `openSession` is the sealing's own. */
export function serveRequests(server: SealedServer, service: Service): void {
  server.serve('executeKmip', (asked) => answered(service, asked, () => executeKmip(service, asked)));
  server.serve('createKey', (asked) => answered(service, asked, () => createKey(service, asked)));
  server.serve('getKey', (asked) => answered(service, asked, () => getKey(service, asked)));
  server.serve('probeClient', (asked) => answered(service, asked, () => probeClient(service, asked)));
}

const requestIdPattern = /^[A-Za-z0-9_-]{16,64}$/;

/** A request without a name of its own could be mistaken for another's repetition. */
async function answered<T>(service: Service, asked: { requestId: string }, work: () => Promise<T>): Promise<T> {
  if (!requestIdPattern.test(asked.requestId)) throw new Failure('InvalidRequest', 'the request has no usable id');
  try {
    return await work();
  } catch (error) {
    throw databaseFailure(service, error);
  }
}
