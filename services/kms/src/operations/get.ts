import { attributeValue } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import type { RequestOf } from '@kagibako/kmip/operation';
import { Get } from '@kagibako/kmip/operations/get';
import { handle, objectOf } from '../operation-handler.ts';
import { checkObtainable, openMaterial } from '../symmetric-key.ts';

export const get = handle(Get, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  checkForm(request);
  checkObtainable(object);
  const { uniqueIdentifier, objectType, attributes } = object;
  const key = await openMaterial(context, uniqueIdentifier);
  return {
    objectType,
    uniqueIdentifier,
    symmetricKey: {
      keyBlock: {
        keyFormatType: 'Raw' as const,
        keyValue: { keyMaterial: key.expose() },
        cryptographicAlgorithm: attributeValue(attributes, 'Cryptographic Algorithm'),
        cryptographicLength: attributeValue(attributes, 'Cryptographic Length'),
      },
    },
  };
});

function checkForm(request: RequestOf<typeof Get>): void {
  if (request.keyFormatType !== undefined && request.keyFormatType !== 'Raw')
    throw new KmipError('KeyFormatTypeNotSupported', `keys are Raw here, not ${request.keyFormatType}`);
  if (request.keyCompressionType !== undefined)
    throw new KmipError('KeyCompressionTypeNotSupported', 'a symmetric key has no compression');
  if (request.keyWrappingSpecification !== undefined) throw new KmipError('FeatureNotSupported', 'key wrapping');
}
