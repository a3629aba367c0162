import { attribute } from './attribute.ts';
import {
  CertificateType,
  CryptographicAlgorithm,
  EncodingOption,
  KeyCompressionType,
  KeyFormatType,
  SecretDataType,
  WrappingMethod,
} from './enums.ts';
import {
  bytes,
  enumeration,
  enumerationNumber,
  type Infer,
  type Input,
  integer,
  many,
  optional,
  struct,
  text,
} from './schema.ts';
import { cryptographicParameters } from './structures.ts';

/** KMIP 1.4 §2.1.4. Key Material is bytes in the formats Raw, Opaque, PKCS_1, PKCS_8, X_509, ECPrivateKey. */
export const keyValue = struct('KeyValue', {
  /** Whoever made or decoded it wipes it. */
  keyMaterial: bytes('KeyMaterial'),
  attribute: many(attribute),
});

const keyInformationFields = {
  uniqueIdentifier: text('UniqueIdentifier'),
  cryptographicParameters: optional(cryptographicParameters),
};
const encryptionKeyInformation = struct('EncryptionKeyInformation', keyInformationFields);
const macSignatureKeyInformation = struct('MACSignatureKeyInformation', keyInformationFields);

const keyWrappingDataFields = {
  wrappingMethod: enumeration('WrappingMethod', WrappingMethod),
  encryptionKeyInformation: optional(encryptionKeyInformation),
  macSignatureKeyInformation: optional(macSignatureKeyInformation),
  macSignature: optional(bytes('MACSignature')),
  ivCounterNonce: optional(bytes('IVCounterNonce')),
  encodingOption: optional(enumeration('EncodingOption', EncodingOption)),
};
export type KeyWrappingData = Infer<typeof keyWrappingDataFields>;

/** KMIP 1.4 §2.1.5. */
export const keyWrappingData = struct('KeyWrappingData', keyWrappingDataFields);

const keyWrappingSpecificationFields = {
  wrappingMethod: enumeration('WrappingMethod', WrappingMethod),
  encryptionKeyInformation: optional(encryptionKeyInformation),
  macSignatureKeyInformation: optional(macSignatureKeyInformation),
  attributeName: many(text('AttributeName')),
  encodingOption: optional(enumeration('EncodingOption', EncodingOption)),
};
export type KeyWrappingSpecification = Infer<typeof keyWrappingSpecificationFields>;

/** KMIP 1.4 §2.1.6. */
export const keyWrappingSpecification = struct('KeyWrappingSpecification', keyWrappingSpecificationFields);

const keyBlockFields = {
  keyFormatType: enumeration('KeyFormatType', KeyFormatType),
  keyCompressionType: optional(enumeration('KeyCompressionType', KeyCompressionType)),
  keyValue: optional(keyValue),
  cryptographicAlgorithm: optional(enumeration('CryptographicAlgorithm', CryptographicAlgorithm)),
  cryptographicLength: optional(integer('CryptographicLength')),
  keyWrappingData: optional(keyWrappingData),
};

/** KMIP 1.4 §2.1.3. */
export const keyBlock = struct('KeyBlock', keyBlockFields);
export type KeyBlock = Infer<typeof keyBlockFields>;

/** KMIP 1.4 §2.2.2. */
export const symmetricKey = struct('SymmetricKey', { keyBlock });

/** The objects themselves as Register sends and Get answers them: one of these (KMIP 1.4 §2.2). */
export const managedObjectFields = {
  certificate: optional(
    struct('Certificate', {
      certificateType: enumeration('CertificateType', CertificateType),
      certificateValue: bytes('CertificateValue'),
    }),
  ),
  symmetricKey: optional(symmetricKey),
  privateKey: optional(struct('PrivateKey', { keyBlock })),
  publicKey: optional(struct('PublicKey', { keyBlock })),
  template: optional(struct('Template', { attribute: many(attribute) })),
  secretData: optional(
    struct('SecretData', { secretDataType: enumeration('SecretDataType', SecretDataType), keyBlock }),
  ),
  opaqueObject: optional(
    struct('OpaqueObject', {
      /** KMIP 1.x names no types; they are the vendors'. */
      opaqueDataType: enumerationNumber('OpaqueDataType'),
      opaqueDataValue: bytes('OpaqueDataValue'),
    }),
  ),
  pgpKey: optional(struct('PGPKey', { pgpKeyVersion: integer('PGPKeyVersion'), keyBlock })),
};
export type ManagedObjectInput = Input<typeof managedObjectFields>;
export type ManagedObjectFields = Infer<typeof managedObjectFields>;
