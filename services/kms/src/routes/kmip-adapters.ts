import { randomBytes, randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { Failure } from '@kagibako/contracts/failures';
import { Type } from 'typebox';
import { succeeded } from '../audit.ts';
import { collection, Description, IdOrName, Name, oneResource, Page } from '../collections.ts';
import { nothing, route } from '../route.ts';
import type { Service } from '../service.ts';
import {
  type Adapter,
  adapterLimits,
  createAdapter,
  deleteAdapter,
  findAdapter,
  listAdapters,
} from '../store/adapters.ts';
import { crkStates } from '../store/clients.ts';
import { findRootKey } from '../store/root-keys.ts';
import { isUuid } from '../unique-identifier.ts';

const profile = 'native_1.0';

const NewAdapter = Type.Object(
  {
    name: Type.Optional(Name),
    description: Type.Optional(Description),
    profile: Type.Literal(profile),
    profile_data: Type.Object({ crk_id: IdOrName }, { additionalProperties: false }),
  },
  { additionalProperties: false },
);

export const createKmipAdapter = route({
  method: 'POST',
  url: '/api/v2/kmip_adapters',
  summary: 'Makes a KMIP adapter, whose objects lie under one root key',
  roles: ['Manager'],
  action: 'kms.kmip-management.create',
  audited: 'with the change',
  params: nothing,
  query: nothing,
  body: oneResource('kmip_adapter', NewAdapter),
  handle: async ({ body, asker, deed, user }, { database }) => {
    const [{ name = `kmip_adapter_${randomBytes(4).toString('hex')}`, description, profile_data }] = body.resources;
    checkName(name);
    const { instanceId } = asker;
    const key = await findRootKey(database, instanceId, profile_data.crk_id);
    if (key === undefined) throw new Failure('NotFound', 'no root key with this id');
    if (key.state !== crkStates.active) throw new Failure('KeyUnavailable', 'the root key is not active');
    const id = randomUUID();
    const recorded = {
      audit: succeeded(asker, { ...deed, objectId: id }),
      facts: [eventFact('adapterCreated', randomUUID(), { instanceId, adapterId: id })],
    };
    const made = { id, instanceId, crkId: key.id, name, description, profile, createdBy: user };
    if (!(await createAdapter(database, recorded, made)))
      throw new Failure('ResourceInUse', `an instance has at most ${adapterLimits.perInstanceMax} KMIP adapters`);
    const adapter = await adapterOf({ instanceId, adapter: id }, database);
    return { status: 201, body: collection('kmip_adapter', [shown(adapter)]) };
  },
});

export const listKmipAdapters = route({
  method: 'GET',
  url: '/api/v2/kmip_adapters',
  summary: 'Lists KMIP adapters, newest first',
  roles: ['Manager'],
  action: 'kms.kmip-management.list',
  audited: 'before the answer',
  params: nothing,
  query: Type.Object({ ...Page, crk_id: Type.Optional(IdOrName) }),
  handle: async ({ query, asker: { instanceId } }, { database }) => {
    const page = { crkId: query.crk_id, limit: query.limit, offset: query.offset };
    const { adapters, total } = await listAdapters(database, instanceId, page);
    const body = collection('kmip_adapter', adapters.map(shown), query.totalCount ? total : undefined);
    return { status: 200, body };
  },
});

export const AdapterParams = Type.Object({ adapter: IdOrName });

export const readKmipAdapter = route({
  method: 'GET',
  url: '/api/v2/kmip_adapters/:adapter',
  summary: 'Tells about a KMIP adapter',
  roles: ['Manager'],
  action: 'kms.kmip-management.read',
  audited: 'before the answer',
  params: AdapterParams,
  query: nothing,
  handle: async ({ params, asker: { instanceId } }, { database }) => {
    const adapter = await adapterOf({ instanceId, adapter: params.adapter }, database);
    return { status: 200, body: collection('kmip_adapter', [shown(adapter)]) };
  },
});

export const deleteKmipAdapter = route({
  method: 'DELETE',
  url: '/api/v2/kmip_adapters/:adapter',
  summary: 'Removes a KMIP adapter that has no objects',
  roles: ['Manager'],
  action: 'kms.kmip-management.delete',
  audited: 'with the change',
  params: AdapterParams,
  query: nothing,
  handle: async ({ params, asker, deed }, { database }) => {
    const { id } = await adapterOf({ instanceId: asker.instanceId, adapter: params.adapter }, database);
    if (!(await deleteAdapter(database, { audit: succeeded(asker, { ...deed, objectId: id }), facts: [] }, id)))
      throw new Failure('ResourceInUse', 'the KMIP adapter has KMIP objects');
    return { status: 204 };
  },
});

/** An adapter of the instance by name or id. @throws Failure NotFound, for another instance's too */
export async function adapterOf(
  { instanceId, adapter }: { instanceId: string; adapter: string },
  database: Service['database'],
): Promise<Adapter> {
  const found = await findAdapter(database, instanceId, adapter);
  if (found === undefined) throw new Failure('NotFound', 'no KMIP adapter with this name or id');
  return found;
}

/** A name that looks like an id could hide another resource. */
export function checkName(name: string): void {
  if (isUuid(name.toLowerCase())) throw new Failure('InvalidArgument', 'a name must not be a UUID');
}

const shown = (adapter: Adapter): unknown => ({
  id: adapter.id,
  profile: adapter.profile,
  profile_data: { crk_id: adapter.crkId },
  name: adapter.name,
  description: adapter.description,
  created_by: adapter.createdBy,
  created_at: adapter.createdAt.toISOString(),
  updated_by: adapter.createdBy,
  updated_at: adapter.createdAt.toISOString(),
});
