import { KmipError } from '@kagibako/kmip/kmip-error';
import { Sign } from '@kagibako/kmip/operations/sign';
import { given } from '../object-use.ts';
import { countUse, keyObjectOf, openFor } from '../opened-key.ts';
import { handle } from '../operation-handler.ts';
import { signData, signDigest } from '../signatures.ts';

export const sign = handle(Sign, 'with the change', async (request, context) => {
  const { data, digestedData } = request;
  const signed = given(digestedData ?? data, 'Data');
  if (data !== undefined && digestedData !== undefined)
    throw new KmipError('InvalidField', 'Data and Digested Data are both given');
  const opened = await openFor('Sign', request, context);
  const key = keyObjectOf(opened);
  if (key.type !== 'private') throw new KmipError('PermissionDenied', 'a private key signs');
  const make = digestedData === undefined ? signData : signDigest;
  const signatureData = make(key, opened.parameters, signed);
  await countUse(context, opened, signed.length);
  return { uniqueIdentifier: opened.object.uniqueIdentifier, signatureData };
});
