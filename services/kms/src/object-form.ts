import type {
  CertificateType,
  CryptographicAlgorithm,
  KeyCompressionType,
  KeyFormatType,
  SecretDataType,
} from '@kagibako/kmip/enums';
import { KmipError } from '@kagibako/kmip/kmip-error';
import type { KeyBlock, KeyWrappingData, ManagedObjectFields, ManagedObjectInput } from '@kagibako/kmip/objects';
import type { ObjectTypeName } from './managed-object.ts';

export type KeyFormatName = keyof typeof KeyFormatType;

/** What the stored bytes of an object are; it is kept beside them, in the clear. */
export interface ObjectForm {
  keyFormatType?: KeyFormatName | undefined;
  keyCompressionType?: keyof typeof KeyCompressionType | undefined;
  certificateType?: keyof typeof CertificateType | undefined;
  secretDataType?: keyof typeof SecretDataType | undefined;
  opaqueDataType?: number | undefined;
  pgpKeyVersion?: number | undefined;
  /** It came wrapped, and was unwrapped before it was stored. */
  registeredWrapped?: boolean | undefined;
}

/** An object's bytes, which are the owner's of the message, and what they are. */
export interface ShownObject {
  bytes: Uint8Array;
  form: ObjectForm;
  cryptographicAlgorithm?: keyof typeof CryptographicAlgorithm | undefined;
  cryptographicLength?: number | undefined;
  keyWrappingData?: KeyWrappingData | undefined;
}

/** How an object's own structure is read and shown, by Object Type (KMIP 1.4 §2.2). */
interface Structure {
  read(fields: ManagedObjectFields): ShownObject | undefined;
  show(shown: ShownObject): ManagedObjectInput;
}

/** Object types that can be stored here; Query reads it. */
export const objectStructures = {
  Certificate: {
    read: ({ certificate }) =>
      certificate && { bytes: certificate.certificateValue, form: { certificateType: certificate.certificateType } },
    show: ({ bytes, form }) => ({
      certificate: { certificateType: form.certificateType ?? 'X_509', certificateValue: bytes },
    }),
  },
  SymmetricKey: {
    read: ({ symmetricKey }) => symmetricKey && readKey(symmetricKey.keyBlock),
    show: (shown) => ({ symmetricKey: { keyBlock: showKey(shown) } }),
  },
  PublicKey: {
    read: ({ publicKey }) => publicKey && readKey(publicKey.keyBlock),
    show: (shown) => ({ publicKey: { keyBlock: showKey(shown) } }),
  },
  PrivateKey: {
    read: ({ privateKey }) => privateKey && readKey(privateKey.keyBlock),
    show: (shown) => ({ privateKey: { keyBlock: showKey(shown) } }),
  },
  SecretData: {
    read: ({ secretData }) => secretData && readKey(secretData.keyBlock, { secretDataType: secretData.secretDataType }),
    show: (shown) => ({
      secretData: { secretDataType: shown.form.secretDataType ?? 'Password', keyBlock: showKey(shown) },
    }),
  },
  OpaqueObject: {
    read: ({ opaqueObject }) =>
      opaqueObject && { bytes: opaqueObject.opaqueDataValue, form: { opaqueDataType: opaqueObject.opaqueDataType } },
    show: ({ bytes, form }) => ({
      opaqueObject: { opaqueDataType: form.opaqueDataType ?? 0, opaqueDataValue: bytes },
    }),
  },
  PGPKey: {
    read: ({ pgpKey }) => pgpKey && readKey(pgpKey.keyBlock, { pgpKeyVersion: pgpKey.pgpKeyVersion }),
    show: (shown) => ({ pgpKey: { pgpKeyVersion: shown.form.pgpKeyVersion ?? 4, keyBlock: showKey(shown) } }),
  },
} as const satisfies Partial<Record<ObjectTypeName, Structure>>;

export type StoredObjectType = keyof typeof objectStructures;

/** Object types with attributes and no bytes, or with bytes in parts, are not stored here. */
export function structureOf(objectType: ObjectTypeName): Structure {
  const structures: Partial<Record<ObjectTypeName, Structure>> = objectStructures;
  const structure = structures[objectType];
  if (structure === undefined) throw new KmipError('InvalidField', `${objectType} is not stored here`);
  return structure;
}

/** Formats whose Key Material is bytes. */
const byteFormats: ReadonlySet<KeyFormatName> = new Set<KeyFormatName>([
  'Raw',
  'Opaque',
  'PKCS_1',
  'PKCS_8',
  'X_509',
  'ECPrivateKey',
  'PKCS_12',
]);

function readKey(block: KeyBlock, more: ObjectForm = {}): ShownObject {
  const { keyFormatType, keyCompressionType, keyValue } = block;
  if (!byteFormats.has(keyFormatType))
    throw new KmipError('KeyFormatTypeNotSupported', `${keyFormatType} is not stored here`);
  if (keyValue === undefined) throw new KmipError('InvalidField', 'a Key Block without a Key Value');
  return {
    bytes: keyValue.keyMaterial,
    form: { keyFormatType, keyCompressionType, ...more },
    cryptographicAlgorithm: block.cryptographicAlgorithm,
    cryptographicLength: block.cryptographicLength,
    keyWrappingData: block.keyWrappingData,
  };
}

function showKey({ bytes, form, ...shown }: ShownObject) {
  const { keyFormatType = 'Raw', keyCompressionType } = form;
  return { keyFormatType, keyCompressionType, keyValue: { keyMaterial: bytes }, ...shown };
}
