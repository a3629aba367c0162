import { isIP } from 'node:net';
import { Failure } from '@kagibako/contracts/failures';
import { type Static, Type } from 'typebox';
import { succeeded } from '../audit.ts';
import { nothing, route } from '../route.ts';
import type { Service } from '../service.ts';
import {
  createKeyProvider,
  deleteKeyProvider,
  findKeyProvider,
  listKeyProviders,
  type StoredKeyProvider,
  setDefaultKeyProvider,
} from '../store/key-providers.ts';
import { localizable } from '../tasks.ts';

export const providersPath = '/api/vcenter/crypto-manager/kms/standard-providers';
const kmipPort = 5696;
const serversMax = 16;

const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}$' });
export const ProviderParams = Type.Object({ provider: Name });
const Server = Type.Object(
  {
    name: Name,
    address: Type.Object(
      {
        hostname: Type.String({ pattern: '^[A-Za-z0-9.:_%\\[\\]-]{1,253}$' }),
        port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

export const createProvider = route({
  method: 'POST',
  url: providersPath,
  summary: 'Adds a key provider: KMIP servers, or kms itself over the bus. The first one is the default',
  privilege: 'Cryptographer.ManageKeyServers',
  action: 'key-provider.create',
  audited: 'with the change',
  params: nothing,
  query: nothing,
  body: Type.Object(
    {
      provider: Name,
      kind: Type.Optional(Type.Union([Type.Literal('KMIP'), Type.Literal('BUS')])),
      servers: Type.Optional(Type.Array(Server, { maxItems: serversMax })),
    },
    { additionalProperties: false },
  ),
  handle: async ({ body, asker }, service) => {
    const { provider: name, kind = 'KMIP', servers = [] } = body;
    if ((kind === 'KMIP') !== servers.length > 0)
      throw new Failure('InvalidArgument', 'a key provider of kind KMIP has servers, one of kind BUS has none');
    for (const server of servers) await checkAddress(service, server);
    const stored = servers.map(({ name: serverName, address: { hostname, port = kmipPort } }) => ({
      name: serverName,
      hostname,
      port,
    }));
    const recorded = { audit: succeeded(asker, 'key-provider.create', name) };
    await createKeyProvider(service.database, recorded, { name, kind, servers: stored });
    return { status: 201, body: name };
  },
});

const ipv6Family = 6;

/** A name that nobody knows yet may be known later, and is red until then. */
async function checkAddress({ resolve }: Service, { address: { hostname } }: Static<typeof Server>): Promise<void> {
  const literal = hostname.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const addresses = isIP(literal) === 0 ? await resolve(hostname) : [{ family: isIP(literal) }];
  if (addresses.length > 0 && addresses.every(({ family }) => family === ipv6Family))
    throw new Failure(
      'InvalidArgument',
      `${hostname} has an IPv6 address alone, and vSphere 6.5 does not reach a KMS over IPv6 alone`,
    );
}

export const listProviders = route({
  method: 'GET',
  url: providersPath,
  summary: 'Lists key providers',
  privilege: 'Cryptographer.ReadKeyServersInfo',
  action: 'read',
  audited: 'not at all',
  params: nothing,
  query: nothing,
  handle: async (_request, { database }) => ({ status: 200, body: (await listKeyProviders(database)).map(shown) }),
});

export const readProvider = route({
  method: 'GET',
  url: `${providersPath}/:provider`,
  summary: 'Shows a key provider, and asks its servers how they are',
  privilege: 'Cryptographer.ReadKeyServersInfo',
  action: 'read',
  audited: 'not at all',
  params: ProviderParams,
  query: nothing,
  handle: async ({ params }, service) => {
    const provider = await providerOf(service, params.provider);
    const { health, servers } = await service.providers.status(provider);
    const summary = { OK: 'All servers work', WARNING: 'A server needs attention', ERROR: 'No server works' }[health];
    const details = health === 'OK' ? [] : [localizable(`kagibako.vcenter.key-provider.${health}`, summary)];
    return { status: 200, body: { ...shown(provider), status: { health, details, servers } } };
  },
});

export const deleteProvider = route({
  method: 'DELETE',
  url: `${providersPath}/:provider`,
  summary: 'Removes a key provider that no encrypted VM needs. Its keys stay at the KMS',
  privilege: 'Cryptographer.ManageKeyServers',
  action: 'key-provider.delete',
  audited: 'with the change',
  params: ProviderParams,
  query: nothing,
  handle: async ({ params: { provider: name }, asker }, { database }) => {
    if (!(await deleteKeyProvider(database, { audit: succeeded(asker, 'key-provider.delete', name) }, name)))
      throw noSuchProvider(name);
    return { status: 204 };
  },
});

export const setDefaultProvider = route({
  method: 'POST',
  url: `${providersPath}/:provider`,
  summary: 'Makes this key provider the one that new keys come from',
  privilege: 'Cryptographer.ManageKeyServers',
  action: 'key-provider.set-default',
  audited: 'with the change',
  params: ProviderParams,
  query: Type.Object({ action: Type.Literal('set-default') }),
  handle: async ({ params: { provider: name }, asker }, { database }) => {
    const recorded = { audit: succeeded(asker, 'key-provider.set-default', name) };
    if (!(await setDefaultKeyProvider(database, recorded, name))) throw noSuchProvider(name);
    return { status: 204 };
  },
});

/** @throws Failure NotFound */
export async function providerOf({ database }: Pick<Service, 'database'>, name: string): Promise<StoredKeyProvider> {
  const provider = await findKeyProvider(database, name);
  if (provider === undefined) throw noSuchProvider(name);
  return provider;
}

export const noSuchProvider = (name: string): Failure => new Failure('NotFound', `no key provider ${name}`);

const shown = ({ name, kind, isDefault, servers }: StoredKeyProvider) => ({
  provider: name,
  kind,
  default: isDefault,
  servers: servers.map((server) => ({
    name: server.name,
    address: { hostname: server.hostname, port: server.port },
  })),
});
