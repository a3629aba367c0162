import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { Destroy } from '@kagibako/kmip/operations/destroy';
import { eventBody } from '../object-material.ts';
import { moveObject } from '../object-moves.ts';
import { handle, objectOf } from '../operation-handler.ts';

/** The material goes, the attributes stay (KMIP 1.4 §4.21). */
export const destroy = handle(Destroy, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  const { uniqueIdentifier } = object;
  await moveObject(context, object, 'destroy', {
    dates: { destroyDate: context.now },
    fact: () => eventFact('keyDestroyed', randomUUID(), { ...eventBody(context), uniqueIdentifier }),
  });
  return { uniqueIdentifier };
});
