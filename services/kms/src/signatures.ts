import { constants, type KeyObject, privateEncrypt, publicDecrypt, sign, timingSafeEqual, verify } from 'node:crypto';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { type HashName, hashName } from './hashes.ts';
import type { Parameters } from './object-use.ts';
import { cryptographic } from './symmetric-cipher.ts';

/** What a Digital Signature Algorithm says of its hash and padding (KMIP 1.4 §9.1.3.2.7). */
const algorithms: Readonly<Record<string, { hash: HashName; padding?: 'PKCS1V1_5' | 'PSS' }>> = {
  SHA_1WithRSAEncryption: { hash: 'SHA_1', padding: 'PKCS1V1_5' },
  SHA_224WithRSAEncryption: { hash: 'SHA_224', padding: 'PKCS1V1_5' },
  SHA_256WithRSAEncryption: { hash: 'SHA_256', padding: 'PKCS1V1_5' },
  SHA_384WithRSAEncryption: { hash: 'SHA_384', padding: 'PKCS1V1_5' },
  SHA_512WithRSAEncryption: { hash: 'SHA_512', padding: 'PKCS1V1_5' },
  SHA3_256WithRSAEncryption: { hash: 'SHA_3_256', padding: 'PKCS1V1_5' },
  SHA3_384WithRSAEncryption: { hash: 'SHA_3_384', padding: 'PKCS1V1_5' },
  SHA3_512WithRSAEncryption: { hash: 'SHA_3_512', padding: 'PKCS1V1_5' },
  ECDSAWithSHA_1: { hash: 'SHA_1' },
  ECDSAWithSHA224: { hash: 'SHA_224' },
  ECDSAWithSHA256: { hash: 'SHA_256' },
  ECDSAWithSHA384: { hash: 'SHA_384' },
  ECDSAWithSHA512: { hash: 'SHA_512' },
};

/** KMIP 1.4 §4.31. @throws KmipError */
export function signData(key: KeyObject, parameters: Parameters, data: Uint8Array): Buffer {
  const { hash, options } = schemeOf(key, parameters);
  return cryptographic(() => sign(hashName(hash), data, { key, ...options }));
}

/** KMIP 1.4 §4.32: whatever is not a signature of this key in this scheme is Invalid. */
export function isSignature(key: KeyObject, parameters: Parameters, data: Uint8Array, signature: Uint8Array): boolean {
  const { hash, options } = schemeOf(key, parameters);
  return cryptographic(() => verify(hashName(hash), data, { key, ...options }, signature));
}

function schemeOf(key: KeyObject, parameters: Parameters) {
  const named = algorithms[parameters.digitalSignatureAlgorithm ?? ''];
  const hash = named?.hash ?? parameters.hashingAlgorithm ?? 'SHA_256';
  if (key.asymmetricKeyType !== 'rsa') return { hash, options: {} };
  const padding =
    parameters.digitalSignatureAlgorithm === 'RSASSA_PSS' ? 'PSS' : (named?.padding ?? parameters.paddingMethod);
  switch (padding) {
    case undefined:
    case 'PKCS1V1_5':
      return { hash, options: { padding: constants.RSA_PKCS1_PADDING } };
    case 'PSS': {
      const saltLength = parameters.saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST;
      return { hash, options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } };
    }
    default:
      throw new KmipError('InvalidField', `Padding Method ${padding} does not sign`);
  }
}

/** DER of DigestInfo up to the digest (RFC 8017 §9.2, note 1). */
const digestInfos: Readonly<Partial<Record<HashName, string>>> = {
  SHA_1: '3021300906052b0e03021a05000414',
  SHA_224: '302d300d06096086480165030402040500041c',
  SHA_256: '3031300d060960864801650304020105000420',
  SHA_384: '3041300d060960864801650304020205000430',
  SHA_512: '3051300d060960864801650304020305000440',
};

/** The hash was made by the client: for RSA with PKCS#1 padding alone. @throws KmipError */
export function signDigest(key: KeyObject, parameters: Parameters, digest: Uint8Array): Buffer {
  const info = digestInfoOf(key, parameters, digest);
  return cryptographic(() => privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info));
}

export function isSignatureOfDigest(
  key: KeyObject,
  parameters: Parameters,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const info = digestInfoOf(key, parameters, digest);
  const signed = cryptographic(() => publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature));
  return signed.length === info.length && timingSafeEqual(signed, info);
}

function digestInfoOf(key: KeyObject, parameters: Parameters, digest: Uint8Array): Buffer {
  const { hash, options } = schemeOf(key, parameters);
  const head = digestInfos[hash];
  if (!('padding' in options) || options.padding !== constants.RSA_PKCS1_PADDING || head === undefined)
    throw new KmipError('FeatureNotSupported', 'Digested Data is signed by RSA with PKCS#1 v1.5 padding alone');
  return Buffer.concat([Buffer.from(head, 'hex'), digest]);
}
