import { createRestServer, type RestServer } from '@kagibako/runtime/http';
import { failureShape } from './failure-shape.ts';
import { addRoute, correlationId, type Route } from './route.ts';
import { addIdentityRoute } from './routes/identity.ts';
import { createKey, listKeys, readKeyMetadata } from './routes/keys.ts';
import { createKmipAdapter, deleteKmipAdapter, listKmipAdapters, readKmipAdapter } from './routes/kmip-adapters.ts';
import {
  createKmipCertificate,
  deleteKmipCertificate,
  listKmipCertificates,
  readKmipCertificate,
} from './routes/kmip-certificates.ts';
import { listKmipObjects, readKmipObject } from './routes/kmip-objects.ts';
import type { Service } from './service.ts';

/** Every route that asks for a bearer token. */
export const routes: readonly Route[] = [
  createKey,
  listKeys,
  readKeyMetadata,
  createKmipAdapter,
  listKmipAdapters,
  readKmipAdapter,
  deleteKmipAdapter,
  createKmipCertificate,
  listKmipCertificates,
  readKmipCertificate,
  deleteKmipCertificate,
  listKmipObjects,
  readKmipObject,
];

/** The REST API over HTTPS, not listening yet. */
export async function createRestApi(service: Service, tls: { certFile: string; keyFile: string }): Promise<RestServer> {
  const server = await createRestServer({ title: 'Kagibako KMS', logger: service.logger, tls, failureShape });
  server.addHook('onRequest', async (request, reply) => {
    reply.header('correlation-id', correlationId(request));
  });
  addIdentityRoute(server, service);
  for (const route of routes) addRoute(server, service, route);
  return server;
}
