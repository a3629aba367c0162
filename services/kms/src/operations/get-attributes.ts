import { KmipError } from '@kagibako/kmip/kmip-error';
import { GetAttributes } from '@kagibako/kmip/operations/get-attributes';
import { attributesOf } from '../managed-object.ts';
import { handle, objectOf } from '../operation-handler.ts';

/** A name without a value is left out and no error: clients ask for custom attributes before they set them. */
export const getAttributes = handle(GetAttributes, 'before the answer', async (request, context) => {
  const names = new Set(request.attributeName);
  if (names.size < request.attributeName.length) throw new KmipError('InvalidMessage', 'an Attribute Name comes twice');
  const object = await objectOf(request, context);
  const attribute = attributesOf(object).filter(({ name }) => names.size === 0 || names.has(name));
  return { uniqueIdentifier: object.uniqueIdentifier, attribute };
});
