import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { Failure } from '@kagibako/contracts/failures';
import { Type } from 'typebox';
import { succeeded } from '../audit.ts';
import { collection, Description, IdOrName, oneResource, Page } from '../collections.ts';
import { createRootKeyVersion } from '../key-hierarchy.ts';
import { nothing, route } from '../route.ts';
import type { Service } from '../service.ts';
import { crkStates } from '../store/clients.ts';
import { newestInstanceKey } from '../store/instances.ts';
import { createRootKey, findRootKey, listRootKeys, type RootKey } from '../store/root-keys.ts';

const NewKey = Type.Object(
  {
    type: Type.Optional(Type.Literal('application/vnd.ibm.kms.key+json')),
    name: Type.String({ minLength: 2, maxLength: 90, pattern: '^[^\\u0000]*$' }),
    description: Type.Optional(Description),
    extractable: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** Root keys made here; importing one and standard keys are not answered yet. */
export const createKey = route({
  method: 'POST',
  url: '/api/v2/keys',
  summary: 'Makes a root key',
  roles: ['Manager'],
  action: 'kms.secrets.create',
  audited: 'with the change',
  params: nothing,
  query: nothing,
  body: oneResource('key', NewKey),
  handle: async ({ body, asker, deed, user }, service) => {
    const [{ name, description, extractable = true }] = body.resources;
    if (extractable) throw new Failure('Unsupported', 'standard keys are not made here: set extractable to false');
    const { database, root } = service;
    const { instanceId } = asker;
    const instanceKey = await newestInstanceKey(database, instanceId);
    if (instanceKey === undefined) throw new Failure('NotFound', 'the instance has no key');
    const [rootKeyId, versionId] = [randomUUID(), randomUUID()];
    const key = await createRootKeyVersion(root, instanceKey, rootKeyId, 1);
    const audit = succeeded(asker, { ...deed, objectId: rootKeyId });
    const facts = [eventFact('rootKeyCreated', randomUUID(), { instanceId, rootKeyId })];
    await createRootKey(database, { audit, facts }, { versionId, name, description, createdBy: user, key });
    const made = await findRootKey(database, instanceId, rootKeyId);
    return { status: 201, body: collection('key', [shown(made, instanceId, service)]) };
  },
});

const States = Type.Optional(Type.String({ pattern: '^[01235](,[01235])*$' }));

export const listKeys = route({
  method: 'GET',
  url: '/api/v2/keys',
  summary: 'Lists root keys, newest first',
  roles: ['Manager', 'Reader'],
  action: 'kms.secrets.list',
  audited: 'before the answer',
  params: nothing,
  query: Type.Object({ limit: Page.limit, offset: Page.offset, state: States }),
  handle: async ({ query, asker: { instanceId } }, service) => {
    const { limit, offset, state } = query;
    const states =
      state === undefined
        ? [0, crkStates.active, crkStates.suspended, crkStates.deactivated]
        : state.split(',').map(Number);
    const keys = await listRootKeys(service.database, instanceId, { states, limit, offset });
    return {
      status: 200,
      body: collection(
        'key',
        keys.map((key) => shown(key, instanceId, service)),
      ),
    };
  },
});

export const readKeyMetadata = route({
  method: 'GET',
  url: '/api/v2/keys/:id/metadata',
  summary: 'Tells about a root key',
  roles: ['Manager', 'Reader'],
  action: 'kms.secrets-metadata.read',
  audited: 'before the answer',
  params: Type.Object({ id: IdOrName }),
  query: nothing,
  handle: async ({ params, asker: { instanceId } }, service) => {
    const key = await findRootKey(service.database, instanceId, params.id);
    if (key === undefined) throw new Failure('NotFound', 'no key with this id');
    return { status: 200, body: collection('key', [shown(key, instanceId, service)]) };
  },
});

const account = '0'.repeat(32);

/** As Key Protect shows a root key, with the constants that its older fields have become. */
function shown(key: RootKey | undefined, instanceId: string, { region }: Service): unknown {
  if (key === undefined) throw new Error('a key that was made is not there');
  return {
    type: 'application/vnd.ibm.kms.key+json',
    id: key.id,
    name: key.name,
    description: key.description,
    state: key.state,
    crn: `crn:v1:bluemix:public:kms:${region}:a/${account}:${instanceId}:key:${key.id}`,
    extractable: false,
    imported: false,
    keyRingID: 'default',
    creationDate: key.createdAt.toISOString(),
    createdBy: key.createdBy,
    lastUpdateDate: key.updatedAt.toISOString(),
    keyVersion: { id: key.version.id, creationDate: key.version.createdAt.toISOString() },
    dualAuthDelete: { enabled: false },
    deleted: key.state === crkStates.destroyed,
    algorithmType: 'AES',
    algorithmMetadata: { bitLength: '256', mode: 'Deprecated' },
    algorithmBitSize: 256,
    algorithmMode: 'Deprecated',
  };
}
