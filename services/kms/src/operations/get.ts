import { attributeValue } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { Get } from '@kagibako/kmip/operations/get';
import { inFormat } from '../key-format.ts';
import { structureOf } from '../object-form.ts';
import { checkObtainable, openMaterial } from '../object-material.ts';
import { handle, objectOf } from '../operation-handler.ts';

export const get = handle(Get, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  const { uniqueIdentifier, objectType, attributes } = object;
  if (request.keyCompressionType !== undefined)
    throw new KmipError('KeyCompressionTypeNotSupported', 'points of elliptic curves are given as they are stored');
  if (request.keyWrappingSpecification !== undefined) throw new KmipError('FeatureNotSupported', 'key wrapping');
  checkObtainable(object);
  const open = await openMaterial(context, uniqueIdentifier);
  const { key, form } = inFormat(objectType, open, request.keyFormatType, context.secrets);
  const shown = {
    bytes: key.expose(),
    form,
    cryptographicAlgorithm: attributeValue(attributes, 'Cryptographic Algorithm'),
    cryptographicLength: attributeValue(attributes, 'Cryptographic Length'),
  };
  return { objectType, uniqueIdentifier, ...structureOf(objectType).show(shown) };
});
