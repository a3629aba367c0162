import { attributeRules } from '@kagibako/kmip/attributes';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { DeleteAttribute } from '@kagibako/kmip/operations/delete-attribute';
import { instanceOf, writeChange } from '../attribute-change.ts';
import { handle, objectOf } from '../operation-handler.ts';

/** The other instances keep their indexes (KMIP 1.4 §2.1.1). */
export const deleteAttribute = handle(DeleteAttribute, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  const { attributeName: name, attributeIndex: index = 0 } = request;
  const rules = attributeRules(name);
  if (rules !== undefined && !rules.clientMayDelete)
    throw new KmipError('PermissionDenied', `${name} is not the client's to delete`);
  const attribute = instanceOf(object, name, index, 'ItemNotFound');
  const change = {
    object,
    state: object.state,
    dates: { ...object, lastChangeDate: context.now },
    attributes: [],
    removed: [{ name, index }],
  };
  await writeChange(context, 'attributeDeleted', change, name);
  return { uniqueIdentifier: object.uniqueIdentifier, attribute };
});
