import { randomUUID } from 'node:crypto';
import { eventFact } from '@kagibako/bus/event-facts';
import { Activate } from '@kagibako/kmip/operations/activate';
import { eventBody } from '../object-material.ts';
import { moveObject } from '../object-moves.ts';
import { handle, objectOf } from '../operation-handler.ts';

export const activate = handle(Activate, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  const { uniqueIdentifier } = object;
  await moveObject(context, object, 'activate', {
    dates: { activationDate: context.now },
    fact: () => eventFact('keyActivated', randomUUID(), { ...eventBody(context), uniqueIdentifier }),
  });
  return { uniqueIdentifier };
});
