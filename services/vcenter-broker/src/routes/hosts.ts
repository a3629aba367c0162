import { createPublicKey, randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { Failure } from '@kagibako/contracts/failures';
import { Type } from 'typebox';
import { succeeded } from '../audit.ts';
import { nothing, route } from '../route.ts';
import { enrolHost, type Host, listHosts, revokeHost } from '../store/hosts.ts';

const HostId = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });
const HostParams = Type.Object({ host: HostId });

export const createHost = route({
  method: 'POST',
  url: '/api/kagibako/hosts',
  summary: 'Enrols a host: from now on it may ask for the keys it is granted, signed by this identity',
  privilege: 'Cryptographer.RegisterHost',
  action: 'host.enrol',
  audited: 'with the change',
  params: nothing,
  query: nothing,
  body: Type.Object(
    {
      host: HostId,
      datastore: Type.String({ minLength: 1, maxLength: 1_024 }),
      public_key: Type.String({ maxLength: 1_024, description: 'Ed25519, SPKI in PEM' }),
    },
    { additionalProperties: false },
  ),
  handle: async ({ body, asker }, { database }) => {
    const host = { id: body.host, datastore: body.datastore, publicKey: readIdentity(body.public_key) };
    const facts = [eventFact('hostEnrolled', randomUUID(), { hostId: host.id })];
    const recorded = { audit: succeeded(asker, 'host.enrol', host.id), facts };
    if (!(await enrolHost(database, recorded, host)))
      throw new Failure('AlreadyExists', `host ${host.id} is enrolled already`);
    return { status: 201, body: host.id };
  },
});

export const deleteHost = route({
  method: 'DELETE',
  url: '/api/kagibako/hosts/:host',
  summary: 'Revokes a host’s identity: it gets no key from now on. Its VMs stay',
  privilege: 'Cryptographer.RegisterHost',
  action: 'host.revoke',
  audited: 'with the change',
  params: HostParams,
  query: nothing,
  handle: async ({ params, asker }, { database }) => {
    const facts = [eventFact('hostRevoked', randomUUID(), { hostId: params.host })];
    const recorded = { audit: succeeded(asker, 'host.revoke', params.host), facts };
    if (!(await revokeHost(database, recorded, params.host)))
      throw new Failure('NotFound', `host ${params.host} is not enrolled`);
    return { status: 204 };
  },
});

export const listEnrolledHosts = route({
  method: 'GET',
  url: '/api/kagibako/hosts',
  summary: 'Lists hosts with their identities',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: nothing,
  query: nothing,
  handle: async (_request, { database }) => ({
    status: 200,
    body: (await listHosts(database)).map((host) => ({
      host: host.id,
      datastore: host.datastore,
      enrolled: host.publicKey !== undefined,
      ...(host.publicKey === undefined ? {} : { public_key: host.publicKey }),
      enrolled_at: host.enrolledAt.toISOString(),
      ...(host.startedAt === undefined ? {} : { started_at: host.startedAt.toISOString() }),
    })),
  }),
});

export const listVsphereHosts = route({
  method: 'GET',
  url: '/api/vcenter/host',
  summary: 'Lists hosts',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: nothing,
  query: nothing,
  handle: async (_request, { database }) => ({ status: 200, body: (await listHosts(database)).map(shownHost) }),
});

const shownHost = (host: Host) => ({
  host: host.id,
  name: host.id,
  connection_state: host.publicKey === undefined ? 'DISCONNECTED' : 'CONNECTED',
  power_state: 'POWERED_ON',
});

export const listDatastores = route({
  method: 'GET',
  url: '/api/vcenter/datastore',
  summary: 'Lists datastores: each host has one, of its name',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: nothing,
  query: nothing,
  handle: async (_request, { database }) => ({
    status: 200,
    body: (await listHosts(database)).map(({ id }) => ({ datastore: `datastore-${id}`, name: id, type: 'VMFS' })),
  }),
});

/** PEM as node:crypto writes it. @throws Failure InvalidArgument */
function readIdentity(pem: string): string {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return String(key.export({ type: 'spki', format: 'pem' }));
  } catch (error) {
    throw new Failure('InvalidArgument', 'public_key is not a public key in PEM', { cause: error });
  }
  throw new Failure('InvalidArgument', 'public_key is not an Ed25519 key');
}
