import { Failure } from '@kagibako/contracts/failures';
import type { Asked } from '@kagibako/sealed-bus/sealed-server';
import { asBusClient } from '../bus-client.ts';
import { checkObtainable, openMaterial } from '../object-material.ts';
import type { Service } from '../service.ts';
import { findObject } from '../store/objects.ts';
import { isUuid } from '../unique-identifier.ts';

const kekBytes = 32;

/** The bytes are the caller's, to wipe. */
export async function getKey(service: Service, asked: Asked<'getKey'>): Promise<Uint8Array> {
  const { keyId } = asked.body;
  const id = isUuid(keyId) ? keyId : undefined;
  return await asBusClient(
    service,
    asked,
    'Get',
    async (context) => {
      const { sql, client, now } = context;
      const object = id === undefined ? undefined : await findObject(sql, client.adapterId, id, now);
      if (object === undefined) throw new Failure('NotFound', 'no key with this id');
      checkObtainable(object);
      const { key } = await openMaterial(context, object.uniqueIdentifier);
      if (key.length !== kekBytes) throw new Failure('KeyUnavailable', 'not a key of 256 bits');
      return key.expose().slice();
    },
    id,
  );
}
