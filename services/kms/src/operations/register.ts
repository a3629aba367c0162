import { KeyMaterial } from '@kagibako/crypto/key-material';
import { type Attribute, attributeValue } from '@kagibako/kmip/attribute';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { Register } from '@kagibako/kmip/operations/register';
import { templateAttributes } from '../new-attributes.ts';
import { storeObject } from '../new-object.ts';
import { type ShownObject, type StoredObjectType, structureOf } from '../object-form.ts';
import { handle } from '../operation-handler.ts';
import { unwrapped } from '../wrapped-key.ts';
import { nameTaken } from './create.ts';

export const register = handle(
  Register,
  'with the change',
  async ({ objectType, templateAttribute, ...fields }, context) => {
    const structure = structureOf(objectType);
    const shown = structure.read(fields);
    if (shown === undefined || Object.values(fields).filter((one) => one !== undefined).length > 1)
      throw new KmipError('InvalidField', `the object is not one ${objectType}`);
    if (shown.bytes.length === 0) throw new KmipError('InvalidField', 'the object is empty');
    const asked = templateAttributes(templateAttribute);
    // structureOf has a row for this type.
    const type = objectType as StoredObjectType;
    const { keyWrappingData } = shown;
    using material =
      keyWrappingData === undefined
        ? KeyMaterial.move(Uint8Array.from(shown.bytes))
        : await unwrapped(context, keyWrappingData, shown.bytes);
    const attributes = withKeyBlock(type, asked, { ...shown, bytes: material.expose() });
    const form = { ...shown.form, ...(keyWrappingData === undefined ? {} : { registeredWrapped: true }) };
    const made = { objectType: type, attributes, form, material };
    return { uniqueIdentifier: await storeObject(context, made).catch(nameTaken) };
  },
);

/** KMIP 1.4 §2.1.3: algorithm and length are in the Key Block, the attributes, or both, and then the same. */
function withKeyBlock(
  type: StoredObjectType,
  attributes: readonly Attribute[],
  shown: ShownObject,
): readonly Attribute[] {
  const { bytes, form, cryptographicAlgorithm, cryptographicLength } = shown;
  const algorithm = attributeValue(attributes, 'Cryptographic Algorithm') ?? cryptographicAlgorithm;
  const length = attributeValue(attributes, 'Cryptographic Length') ?? cryptographicLength;
  if (algorithm !== (cryptographicAlgorithm ?? algorithm) || length !== (cryptographicLength ?? length))
    throw new KmipError('InvalidField', 'the attributes contradict the Key Block');
  if (type === 'SymmetricKey') checkKey(algorithm, length, bytes);
  const mask = attributeValue(attributes, 'Cryptographic Usage Mask');
  if (mask === undefined && keyTypes.has(type))
    throw new KmipError('InvalidField', 'Cryptographic Usage Mask is missing');
  const others = attributes.filter(({ name }) => name !== 'Cryptographic Algorithm' && name !== 'Cryptographic Length');
  return [
    ...others,
    ...(algorithm === undefined ? [] : [{ name: 'Cryptographic Algorithm' as const, value: algorithm }]),
    ...(length === undefined ? [] : [{ name: 'Cryptographic Length' as const, value: length }]),
    ...(type === 'Certificate' ? certificateAttributes(bytes, form.certificateType) : []),
  ];
}

const keyTypes: ReadonlySet<StoredObjectType> = new Set<StoredObjectType>(['SymmetricKey', 'PublicKey', 'PrivateKey']);

function checkKey(algorithm: string | undefined, length: number | undefined, { length: keyBytes }: Uint8Array): void {
  if (algorithm === undefined || length === undefined)
    throw new KmipError('InvalidField', 'Cryptographic Algorithm or Length is missing');
  // DES counts its keys with or without their parity bits.
  const isDes = algorithm === 'DES' || algorithm === 'DES3';
  if (!isDes && length !== keyBytes * 8)
    throw new KmipError('InvalidField', `the key has ${keyBytes * 8} bits, not ${length}`);
}

function certificateAttributes(bytes: Uint8Array, type: ShownObject['form']['certificateType']): readonly Attribute[] {
  return [
    ...(type === undefined ? [] : [{ name: 'Certificate Type' as const, value: type }]),
    { name: 'Certificate Length', value: bytes.length },
  ];
}
