import { attributeValue } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { Get } from '@kagibako/kmip/operations/get';
import { inFormat } from '../key-format.ts';
import type { ManagedObject, ObjectTypeName } from '../managed-object.ts';
import { structureOf } from '../object-form.ts';
import { checkExtractable, checkObtainable, checkPresent, openMaterial } from '../object-material.ts';
import { handle, objectOf } from '../operation-handler.ts';
import { wrapped } from '../wrapped-key.ts';

const wrappedTypes: ReadonlySet<ObjectTypeName> = new Set(['SymmetricKey', 'PrivateKey', 'PublicKey', 'SecretData']);

/** A Sensitive key leaves wrapped. @throws KmipError */
function checkWrappable(object: ManagedObject): void {
  checkPresent(object);
  checkExtractable(object);
  if (!wrappedTypes.has(object.objectType))
    throw new KmipError('IllegalOperation', `a ${object.objectType} is not wrapped`);
}

export const get = handle(Get, 'with the change', async (request, context) => {
  const object = await objectOf(request, context);
  const { uniqueIdentifier, objectType, attributes } = object;
  if (request.keyCompressionType !== undefined)
    throw new KmipError('KeyCompressionTypeNotSupported', 'points of elliptic curves are given as they are stored');
  const { keyWrappingSpecification: wrapping } = request;
  if (wrapping === undefined) checkObtainable(object);
  else checkWrappable(object);
  const open = await openMaterial(context, uniqueIdentifier);
  if (request.keyWrapType === 'AsRegistered' && open.form.registeredWrapped === true)
    throw new KmipError('FeatureNotSupported', 'keys are not given wrapped as they were registered');
  const { key, form } = inFormat(objectType, open, request.keyFormatType, context.secrets);
  const shown = {
    ...(wrapping === undefined ? { bytes: key.expose() } : await wrapped(context, wrapping, key)),
    form,
    cryptographicAlgorithm: attributeValue(attributes, 'Cryptographic Algorithm'),
    cryptographicLength: attributeValue(attributes, 'Cryptographic Length'),
  };
  return { objectType, uniqueIdentifier, ...structureOf(objectType).show(shown) };
});
