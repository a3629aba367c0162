import { identifierOf } from '@kagibako/kmip/batch';
import { Recover } from '@kagibako/kmip/operations/recover';
import { writeChange } from '../attribute-change.ts';
import { anyObject, handle } from '../operation-handler.ts';

/** KMIP 1.4 §4.23; one that is on line stays so. */
export const recover = handle(Recover, 'with the change', async (request, context) => {
  const object = await anyObject(identifierOf(request.uniqueIdentifier, context.batch), context);
  await writeChange(context, 'objectRecovered', {
    object,
    state: object.state,
    dates: { ...object, lastChangeDate: context.now },
    attributes: [],
    removed: [{ name: 'Archive Date', index: 0 }],
  });
  return { uniqueIdentifier: object.uniqueIdentifier };
});
