import { KmipError } from '@kagibako/kmip/kmip-error';
import { SignatureVerify } from '@kagibako/kmip/operations/signature-verify';
import { given } from '../object-use.ts';
import { keyObjectOf, openFor } from '../opened-key.ts';
import { handle } from '../operation-handler.ts';
import { isSignature, isSignatureOfDigest } from '../signatures.ts';

export const signatureVerify = handle(SignatureVerify, 'with the change', async (request, context) => {
  const { data, digestedData } = request;
  const signed = given(digestedData ?? data, 'Data');
  const signature = given(request.signatureData, 'Signature Data');
  const opened = await openFor('Verify', request, context);
  const verify = digestedData === undefined ? isSignature : isSignatureOfDigest;
  const key = keyObjectOf(opened);
  const valid = validity(() => verify(key, opened.parameters, signed, signature));
  return {
    uniqueIdentifier: opened.object.uniqueIdentifier,
    validityIndicator: valid ? ('Valid' as const) : ('Invalid' as const),
  };
});

/** What OpenSSL cannot even read as a signature is none. */
function validity(verify: () => boolean): boolean {
  try {
    return verify();
  } catch (error) {
    if (error instanceof KmipError && error.resultReason === 'CryptographicFailure') return false;
    throw error;
  }
}
