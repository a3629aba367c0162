import { attribute } from './attribute.ts';
import { CryptographicAlgorithm, KeyCompressionType, KeyFormatType } from './enums.ts';
import { bytes, enumeration, type Infer, integer, many, optional, raw, struct } from './schema.ts';

/** KMIP 1.4 §2.1.4, unwrapped. Key Material is bytes in the formats Raw, Opaque, PKCS_1, PKCS_8, X_509, ECPrivateKey. */
export const keyValue = struct('KeyValue', {
  /** Whoever made or decoded it wipes it. */
  keyMaterial: bytes('KeyMaterial'),
  attribute: many(attribute),
});

const keyBlockFields = {
  keyFormatType: enumeration('KeyFormatType', KeyFormatType),
  keyCompressionType: optional(enumeration('KeyCompressionType', KeyCompressionType)),
  keyValue: optional(keyValue),
  cryptographicAlgorithm: optional(enumeration('CryptographicAlgorithm', CryptographicAlgorithm)),
  cryptographicLength: optional(integer('CryptographicLength')),
  keyWrappingData: optional(raw('KeyWrappingData')),
};

/** KMIP 1.4 §2.1.3. */
export const keyBlock = struct('KeyBlock', keyBlockFields);
export type KeyBlock = Infer<typeof keyBlockFields>;

/** KMIP 1.4 §2.2.2. */
export const symmetricKey = struct('SymmetricKey', { keyBlock });
