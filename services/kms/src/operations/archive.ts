import { Archive } from '@kagibako/kmip/operations/archive';
import { writeChange } from '../attribute-change.ts';
import { handle, objectOf } from '../operation-handler.ts';
import { storeAttribute } from '../stored-attribute.ts';

/** The object stays where it is; until it is recovered nobody uses it (KMIP 1.4 §4.22). */
export const archive = handle(Archive, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  await writeChange(context, 'objectArchived', {
    object,
    state: object.state,
    dates: { ...object, lastChangeDate: context.now },
    attributes: [storeAttribute({ name: 'Archive Date', value: context.now })],
  });
  return { uniqueIdentifier: object.uniqueIdentifier };
});
