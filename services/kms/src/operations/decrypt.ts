import { Decrypt } from '@kagibako/kmip/operations/decrypt';
import { decryptRsa } from '../asymmetric-cipher.ts';
import { given } from '../object-use.ts';
import { isAsymmetric, keyObjectOf, openFor, secretData } from '../opened-key.ts';
import { handle } from '../operation-handler.ts';
import { decryptSymmetric } from '../symmetric-cipher.ts';

export const decrypt = handle(Decrypt, 'with the change', async (request, context) => {
  const data = given(request.data, 'Data');
  const opened = await openFor('Decrypt', request, context);
  const decrypted = isAsymmetric(opened)
    ? decryptRsa(keyObjectOf(opened), opened.parameters, data)
    : decryptSymmetric(opened.algorithm, opened.key, opened.parameters, {
        data,
        iv: request.ivCounterNonce,
        tag: request.authenticatedEncryptionTag,
        additionalData: request.authenticatedEncryptionAdditionalData,
      });
  return { uniqueIdentifier: opened.object.uniqueIdentifier, data: secretData(decrypted, context) };
});
