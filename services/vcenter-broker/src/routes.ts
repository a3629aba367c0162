import { createRestServer, type RestServer } from '@kagibako/runtime/http';
import { failureShape } from './failure-shape.ts';
import { addRoute, type Route } from './route.ts';
import { createHost, deleteHost, listDatastores, listEnrolledHosts, listVsphereHosts } from './routes/hosts.ts';
import {
  createClientCertificate,
  readClientCertificate,
  readServerCertificates,
  readTrustedCertificates,
  trustCertificates,
} from './routes/key-provider-trust.ts';
import {
  createProvider,
  deleteProvider,
  listProviders,
  readProvider,
  setDefaultProvider,
} from './routes/key-providers.ts';
import { addSignInRoute, endSession, readSession } from './routes/sessions.ts';
import { listPolicies } from './routes/storage-policies.ts';
import { listAllTasks, listTasksByBody, readTask } from './routes/tasks.ts';
import { digestBlock, inspectVm } from './routes/vm-content.ts';
import { changePower, readPower } from './routes/vm-power.ts';
import { assignVmPolicy, readVmPolicy } from './routes/vm-storage-policy.ts';
import { createVm, deleteVm, listAllVms, readVm } from './routes/vms.ts';
import type { Service } from './service.ts';

/** Every route that asks for a session. */
export const routes: readonly Route[] = [
  readSession,
  endSession,
  createHost,
  deleteHost,
  listEnrolledHosts,
  listVsphereHosts,
  listDatastores,
  createProvider,
  listProviders,
  readProvider,
  deleteProvider,
  setDefaultProvider,
  readServerCertificates,
  readTrustedCertificates,
  trustCertificates,
  createClientCertificate,
  readClientCertificate,
  listPolicies,
  createVm,
  listAllVms,
  readVm,
  deleteVm,
  readPower,
  changePower,
  readVmPolicy,
  assignVmPolicy,
  inspectVm,
  digestBlock,
  readTask,
  listAllTasks,
  listTasksByBody,
];

/** The REST API over HTTPS, not listening yet. */
export async function createRestApi(service: Service, tls: { certFile: string; keyFile: string }): Promise<RestServer> {
  const server = await createRestServer({
    title: 'Kagibako vcenter-broker',
    logger: service.logger,
    tls,
    failureShape,
  });
  addSignInRoute(server, service);
  for (const route of routes) addRoute(server, service, route);
  return server;
}
