import { KmipError } from '@kagibako/kmip/kmip-error';
import { Encrypt } from '@kagibako/kmip/operations/encrypt';
import { isNewer } from '@kagibako/kmip/version';
import { encryptRsa } from '../asymmetric-cipher.ts';
import { given } from '../object-use.ts';
import { countUse, isAsymmetric, keyObjectOf, openFor } from '../opened-key.ts';
import { handle } from '../operation-handler.ts';
import { encryptSymmetric } from '../symmetric-cipher.ts';

export const encrypt = handle(Encrypt, 'with the change', async (request, context) => {
  const data = given(request.data, 'Data');
  const opened = await openFor('Encrypt', request, context);
  const { uniqueIdentifier } = opened.object;
  if (isAsymmetric(opened)) {
    const encrypted = encryptRsa(keyObjectOf(opened), opened.parameters, data);
    await countUse(context, opened, data.length);
    return { uniqueIdentifier, data: encrypted };
  }
  const encrypted = encryptSymmetric(opened.algorithm, opened.key, opened.parameters, {
    data,
    iv: request.ivCounterNonce,
    additionalData: request.authenticatedEncryptionAdditionalData,
  });
  if (encrypted.tag !== undefined && isNewer([1, 4], context.version))
    throw new KmipError('FeatureNotSupported', 'Authenticated Encryption Tag came with KMIP 1.4');
  await countUse(context, opened, data.length);
  return {
    uniqueIdentifier,
    data: encrypted.data,
    ivCounterNonce: encrypted.iv,
    authenticatedEncryptionTag: encrypted.tag,
  };
});
