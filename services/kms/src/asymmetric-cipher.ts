import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { hashName } from './hashes.ts';
import type { Parameters } from './object-use.ts';
import { cryptographic } from './symmetric-cipher.ts';

/** KMIP 1.4 §4.29 with an RSA public key. @throws KmipError */
export const encryptRsa = (key: KeyObject, parameters: Parameters, data: Uint8Array): Buffer =>
  cryptographic(() => publicEncrypt({ key, ...paddingOf(key, parameters) }, data));

/** The data, which the caller wipes. @throws KmipError */
export const decryptRsa = (key: KeyObject, parameters: Parameters, data: Uint8Array): Buffer =>
  cryptographic(() => privateDecrypt({ key, ...paddingOf(key, parameters) }, data));

function paddingOf(key: KeyObject, parameters: Parameters) {
  if (key.asymmetricKeyType !== 'rsa') throw new KmipError('PermissionDenied', 'only RSA keys encrypt');
  const { paddingMethod = 'PKCS1V1_5', hashingAlgorithm = 'SHA_1', pSource } = parameters;
  const generatorHash = parameters.maskGeneratorHashingAlgorithm ?? hashingAlgorithm;
  switch (paddingMethod) {
    case 'PKCS1V1_5':
      return { padding: constants.RSA_PKCS1_PADDING };
    case 'OAEP':
      if (generatorHash !== hashingAlgorithm)
        throw new KmipError('InvalidField', 'OAEP has one Hashing Algorithm here, for its mask generator too');
      return {
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: hashName(hashingAlgorithm),
        ...(pSource === undefined ? {} : { oaepLabel: Buffer.from(pSource) }),
      };
    case 'None':
      return { padding: constants.RSA_NO_PADDING };
    default:
      throw new KmipError('InvalidField', `Padding Method ${paddingMethod} does not go with RSA`);
  }
}
