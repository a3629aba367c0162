import { KeyMaterial } from '@kagibako/crypto/key-material';
import { type Attribute, attributeValue } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import type { DeedContext } from './client-context.ts';
import { type ObjectToStore, storeObject } from './new-object.ts';

/** Key lengths in bits that can be made, by Cryptographic Algorithm; the first is the default. */
const keyBits: Readonly<Record<string, readonly number[]>> = {
  AES: [256, 192, 128],
  Camellia: [256, 192, 128],
  DES3: [192],
  ChaCha20: [256],
  ChaCha20Poly1305: [256],
  HMAC_SHA1: [160, 128, 256, 512],
  HMAC_SHA224: [224, 128, 256, 512],
  HMAC_SHA256: [256, 128, 512],
  HMAC_SHA384: [384, 256, 512],
  HMAC_SHA512: [512, 256, 384],
};

/** Makes a Symmetric Key with these attributes and answers its Unique Identifier (KMIP 1.4 §4.1). */
export async function createSymmetricKey(
  context: DeedContext,
  attributes: readonly Attribute[],
  made: Pick<ObjectToStore, 'uniqueIdentifier' | 'followsOthers'> = {},
): Promise<string> {
  const described = withLength(attributes);
  using material = KeyMaterial.random(lengthOf(described) / 8);
  const form = { keyFormatType: 'Raw' as const };
  return await storeObject(context, { ...made, objectType: 'SymmetricKey', attributes: described, form, material });
}

/** With a Cryptographic Length, which is one that keys of the algorithm can have. @throws KmipError Invalid Field */
export function withLength(attributes: readonly Attribute[]): readonly Attribute[] {
  const algorithm = attributeValue(attributes, 'Cryptographic Algorithm');
  if (algorithm === undefined) throw new KmipError('InvalidField', 'Cryptographic Algorithm is missing');
  if (attributeValue(attributes, 'Cryptographic Usage Mask') === undefined)
    throw new KmipError('InvalidField', 'Cryptographic Usage Mask is missing');
  const lengths = keyBits[algorithm];
  if (lengths === undefined) throw new KmipError('InvalidField', `keys for ${algorithm} cannot be made here`);
  const length = attributeValue(attributes, 'Cryptographic Length') ?? lengths[0] ?? 0;
  if (!lengths.includes(length))
    throw new KmipError('InvalidField', `Cryptographic Length ${length} is not one of ${lengths.join(', ')}`);
  const others = attributes.filter(({ name }) => name !== 'Cryptographic Length');
  return [...others, { name: 'Cryptographic Length', value: length }];
}

export const lengthOf = (attributes: readonly Attribute[]): number =>
  attributeValue(attributes, 'Cryptographic Length') ?? 0;
