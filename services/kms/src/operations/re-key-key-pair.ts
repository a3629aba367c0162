import { randomUUID } from 'node:crypto';
import { attributeValues } from '@kagibako/kmip/attribute';
import { identifierOf } from '@kagibako/kmip/batch';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { ReKeyKeyPair } from '@kagibako/kmip/operations/re-key-key-pair';
import { createKeyPair } from '../key-pair.ts';
import type { ManagedObject } from '../managed-object.ts';
import { templateAttributes } from '../new-attributes.ts';
import { handle, type OperationContext, onLineObject } from '../operation-handler.ts';
import { checkReplaceable, markReplaced, replacementAttributes } from '../replacement.ts';
import { nameTaken } from './create.ts';

export const reKeyKeyPair = handle(
  ReKeyKeyPair,
  'with the change',
  async (request, context) => {
    const { offset, commonTemplateAttribute: common } = request;
    const { privateKey, publicKey } = await pairOf(request.privateKeyUniqueIdentifier, context);
    const askedPrivate = templateAttributes(common, request.privateKeyTemplateAttribute);
    const askedPublic = templateAttributes(common, request.publicKeyTemplateAttribute);
    const attributes = {
      privateKey: replacementAttributes(privateKey, askedPrivate, offset, context.now),
      publicKey: replacementAttributes(publicKey, askedPublic, offset, context.now),
    };
    const ids = { privateKeyUniqueIdentifier: randomUUID(), publicKeyUniqueIdentifier: randomUUID() };
    await markReplaced(context, privateKey, ids.privateKeyUniqueIdentifier);
    await markReplaced(context, publicKey, ids.publicKeyUniqueIdentifier, true);
    return await createKeyPair(context, attributes, { ...ids, followsOthers: true }).catch(nameTaken);
  },
  'several statements',
);

async function pairOf(
  privateKeyUniqueIdentifier: string | undefined,
  context: OperationContext,
): Promise<{ privateKey: ManagedObject; publicKey: ManagedObject }> {
  const privateKey = await onLineObject(identifierOf(privateKeyUniqueIdentifier, context.batch), context);
  const links = attributeValues(privateKey.attributes, 'Link');
  const publicId = links.find(({ linkType }) => linkType === 'PublicKeyLink')?.linkedObjectIdentifier;
  if (privateKey.objectType !== 'PrivateKey' || publicId === undefined)
    throw new KmipError('PermissionDenied', 'the object is no private key of a pair');
  const publicKey = await onLineObject(publicId, context);
  checkReplaceable(privateKey);
  checkReplaceable(publicKey);
  return { privateKey, publicKey };
}
