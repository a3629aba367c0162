import { generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { type Attribute, attributeValue } from '@kagibako/kmip/attribute';
import type { RecommendedCurve } from '@kagibako/kmip/enums';
import { KmipError } from '@kagibako/kmip/kmip-error';
import type { DeedContext } from './client-context.ts';
import { keyBytes } from './key-format.ts';
import { storeObject } from './new-object.ts';
import type { KeyFormatName } from './object-form.ts';

const rsaBits: readonly number[] = [2048, 3072, 4096, 1024];

/** Curves that keys are made on, by OpenSSL's names and their bits. */
const curves: Readonly<Partial<Record<keyof typeof RecommendedCurve, { name: string; bits: number }>>> = {
  P_256: { name: 'prime256v1', bits: 256 },
  P_384: { name: 'secp384r1', bits: 384 },
  P_521: { name: 'secp521r1', bits: 521 },
  P_224: { name: 'secp224r1', bits: 224 },
  SECP256K1: { name: 'secp256k1', bits: 256 },
  BRAINPOOLP256R1: { name: 'brainpoolP256r1', bits: 256 },
  BRAINPOOLP384R1: { name: 'brainpoolP384r1', bits: 384 },
  BRAINPOOLP512R1: { name: 'brainpoolP512r1', bits: 512 },
};

export interface KeyPairAttributes {
  privateKey: readonly Attribute[];
  publicKey: readonly Attribute[];
}

interface MadePair {
  publicKey: KeyObject;
  privateKey: KeyObject;
  bits: number;
  privateFormat: KeyFormatName;
  publicFormat: KeyFormatName;
}

/** Makes both keys, each with a Link to the other, and answers their Unique Identifiers (KMIP 1.4 §4.2). */
export async function createKeyPair(
  context: DeedContext,
  attributes: KeyPairAttributes,
  made: { privateKeyUniqueIdentifier?: string; publicKeyUniqueIdentifier?: string; followsOthers?: boolean } = {},
): Promise<{ privateKeyUniqueIdentifier: string; publicKeyUniqueIdentifier: string }> {
  for (const side of [attributes.privateKey, attributes.publicKey])
    if (attributeValue(side, 'Cryptographic Usage Mask') === undefined)
      throw new KmipError('InvalidField', 'Cryptographic Usage Mask is missing');
  const pair = await makePair(attributes.privateKey);
  const { privateKeyUniqueIdentifier: privateId = randomUUID(), publicKeyUniqueIdentifier: publicId = randomUUID() } =
    made;
  using privateBytes = keyBytes(pair.privateKey, pair.privateFormat);
  using publicBytes = keyBytes(pair.publicKey, pair.publicFormat);
  await storeObject(context, {
    objectType: 'PrivateKey',
    attributes: completed(attributes.privateKey, pair, 'PublicKeyLink', publicId),
    form: { keyFormatType: pair.privateFormat },
    material: privateBytes,
    uniqueIdentifier: privateId,
    followsOthers: made.followsOthers === true,
  });
  await storeObject(context, {
    objectType: 'PublicKey',
    attributes: completed(attributes.publicKey, pair, 'PrivateKeyLink', privateId),
    form: { keyFormatType: pair.publicFormat },
    material: publicBytes,
    uniqueIdentifier: publicId,
    followsOthers: true,
  });
  return { privateKeyUniqueIdentifier: privateId, publicKeyUniqueIdentifier: publicId };
}

function completed(
  attributes: readonly Attribute[],
  { bits }: MadePair,
  linkType: 'PublicKeyLink' | 'PrivateKeyLink',
  linkedObjectIdentifier: string,
): readonly Attribute[] {
  return [
    ...attributes.filter(({ name }) => name !== 'Cryptographic Length'),
    { name: 'Cryptographic Length', value: bits },
    { name: 'Link', value: { linkType, linkedObjectIdentifier } },
  ];
}

async function makePair(attributes: readonly Attribute[]): Promise<MadePair> {
  const algorithm = attributeValue(attributes, 'Cryptographic Algorithm');
  const length = attributeValue(attributes, 'Cryptographic Length');
  switch (algorithm) {
    case 'RSA': {
      const bits = length ?? rsaBits[0] ?? 0;
      if (!rsaBits.includes(bits)) throw new KmipError('InvalidField', `RSA keys of ${bits} bits are not made`);
      const pair = await promisify(generateKeyPair)('rsa', { modulusLength: bits });
      return { ...pair, bits, privateFormat: 'PKCS_1', publicFormat: 'PKCS_1' };
    }
    case 'EC':
    case 'ECDSA':
    case 'ECDH': {
      const { name, bits } = curveOf(attributes, length);
      const pair = await promisify(generateKeyPair)('ec', { namedCurve: name });
      return { ...pair, bits, privateFormat: 'ECPrivateKey', publicFormat: 'X_509' };
    }
    default:
      throw new KmipError('InvalidField', `key pairs for ${algorithm ?? 'no algorithm'} cannot be made here`);
  }
}

function curveOf(attributes: readonly Attribute[], length: number | undefined): { name: string; bits: number } {
  const named = attributeValue(attributes, 'Cryptographic Domain Parameters')?.recommendedCurve;
  const curve =
    named === undefined ? Object.values(curves).find(({ bits }) => bits === (length ?? 256)) : curves[named];
  if (curve === undefined || (length !== undefined && length !== curve.bits))
    throw new KmipError('InvalidField', `no curve ${named ?? ''} of ${length ?? 'any number of'} bits`);
  return curve;
}
