import { Failure } from '@kagibako/contracts/failures';
import { ObjectType, State } from '@kagibako/kmip/enums';
import { Type } from 'typebox';
import { collection, IdOrName, Page } from '../collections.ts';
import type { StateName } from '../managed-object.ts';
import { nothing, route } from '../route.ts';
import { findListedObject, type ListedObject, listObjects } from '../store/listed-objects.ts';
import { AdapterParams, adapterOf } from './kmip-adapters.ts';

// Every key of the enumeration is a state's name.
const stateNames = Object.keys(State) as StateName[];

export const listKmipObjects = route({
  method: 'GET',
  url: '/api/v2/kmip_adapters/:adapter/kmip_objects',
  summary: 'Lists the KMIP objects of an adapter, newest first; `state` has KMIP’s numbers',
  roles: ['Manager'],
  action: 'kms.kmip-management.list',
  audited: 'before the answer',
  params: AdapterParams,
  query: Type.Object({ ...Page, state: Type.Optional(Type.String({ pattern: '^[1-6](,[1-6])*$' })) }),
  handle: async ({ params, query, asker: { instanceId } }, { database }) => {
    const { id } = await adapterOf({ instanceId, adapter: params.adapter }, database);
    const wanted = query.state?.split(',').map(Number);
    const states = stateNames.filter((name) => wanted === undefined || wanted.includes(State[name]));
    const { objects, total } = await listObjects(database, id, { states, limit: query.limit, offset: query.offset });
    const body = collection('kmip_object', objects.map(shown), query.totalCount ? total : undefined);
    return { status: 200, body };
  },
});

export const readKmipObject = route({
  method: 'GET',
  url: '/api/v2/kmip_adapters/:adapter/kmip_objects/:object',
  summary: 'Tells about a KMIP object',
  roles: ['Manager'],
  action: 'kms.kmip-management.read',
  audited: 'before the answer',
  params: Type.Object({ adapter: IdOrName, object: IdOrName }),
  query: nothing,
  handle: async ({ params, asker: { instanceId } }, { database }) => {
    const { id } = await adapterOf({ instanceId, adapter: params.adapter }, database);
    const object = await findListedObject(database, id, params.object);
    if (object === undefined) throw new Failure('NotFound', 'no KMIP object with this id');
    return { status: 200, body: collection('kmip_object', [shown(object)]) };
  },
});

const shown = (object: ListedObject): unknown => ({
  id: object.id,
  kmip_object_type: ObjectType[object.objectType],
  state: State[object.state],
  created_by_kmip_client_cert_id: object.createdBy,
  created_by: object.createdBy,
  created_at: object.createdAt.toISOString(),
  updated_at: object.updatedAt.toISOString(),
  destroyed_by_kmip_client_cert_id: object.destroyedBy,
  destroyed_by: object.destroyedBy,
  destroyed_at: object.destroyedAt?.toISOString(),
  recoverable: false,
});
