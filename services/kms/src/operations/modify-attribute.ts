import { attributeRules } from '@kagibako/kmip/attributes';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { ModifyAttribute } from '@kagibako/kmip/operations/modify-attribute';
import { changedBy, instanceOf, writeChange } from '../attribute-change.ts';
import { checkAttributeName } from '../new-attributes.ts';
import { handle, objectOf } from '../operation-handler.ts';

export const modifyAttribute = handle(ModifyAttribute, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  const { attribute } = request;
  checkAttributeName(attribute.name);
  if (attributeRules(attribute.name)?.clientMayModify !== true)
    throw new KmipError('PermissionDenied', `${attribute.name} is not the client's to modify`);
  instanceOf(object, attribute.name, attribute.index ?? 0, 'InvalidField');
  await writeChange(context, 'attributeModified', changedBy(object, attribute, context.now), attribute.name);
  return { uniqueIdentifier: object.uniqueIdentifier, attribute };
});
