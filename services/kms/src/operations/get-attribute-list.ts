import { attributeRules } from '@kagibako/kmip/attributes';
import { GetAttributeList } from '@kagibako/kmip/operations/get-attribute-list';
import { isNewer } from '@kagibako/kmip/version';
import { attributesOf } from '../managed-object.ts';
import { handle, objectOf } from '../operation-handler.ts';

/** Names that the request's version does not know are not told. */
export const getAttributeList = handle(GetAttributeList, 'before the answer', async (request, context) => {
  const object = await objectOf(request, context);
  const names = new Set<string>(attributesOf(object).map(({ name }) => name));
  const attributeName = [...names].filter((name) => !isNewer(attributeRules(name)?.since ?? [1, 0], context.version));
  return { uniqueIdentifier: object.uniqueIdentifier, attributeName };
});
