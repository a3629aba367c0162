import {
  AlternativeNameType,
  BlockCipherMode,
  CryptographicAlgorithm,
  DigitalSignatureAlgorithm,
  DRBGAlgorithm,
  FIPS186Variation,
  HashingAlgorithm,
  KeyFormatType,
  KeyRoleType,
  KeyValueLocationType,
  LinkType,
  MaskGenerator,
  NameType,
  PaddingMethod,
  RecommendedCurve,
  RevocationReasonCode,
  RNGAlgorithm,
  UsageLimitsUnit,
} from './enums.ts';
import {
  boolean,
  bytes,
  enumeration,
  field,
  integer,
  longInteger,
  many,
  optional,
  since,
  struct,
  structCodec,
  text,
} from './schema.ts';
import type { ProtocolVersion } from './version.ts';

const versionFields = structCodec({
  major: integer('ProtocolVersionMajor'),
  minor: integer('ProtocolVersionMinor'),
});

/** KMIP 1.4 §6.1. */
export const protocolVersion = field<ProtocolVersion, ProtocolVersion>('ProtocolVersion', {
  shape: { kind: 'protocolVersion' },
  encode: (tag, [major, minor], version) => versionFields.encode(tag, { major, minor }, version),
  decode: (item, options) => {
    const decoded = versionFields.decode(item, options);
    return decoded && [decoded.major, decoded.minor];
  },
});

/** KMIP 1.4 §3.2. */
export const name = struct('Name', { nameValue: text('NameValue'), nameType: enumeration('NameType', NameType) });

/** KMIP 1.4 §3.6. */
export const cryptographicParameters = struct('CryptographicParameters', {
  blockCipherMode: optional(enumeration('BlockCipherMode', BlockCipherMode)),
  paddingMethod: optional(enumeration('PaddingMethod', PaddingMethod)),
  hashingAlgorithm: optional(enumeration('HashingAlgorithm', HashingAlgorithm)),
  keyRoleType: optional(enumeration('KeyRoleType', KeyRoleType)),
  digitalSignatureAlgorithm: since(
    [1, 2],
    optional(enumeration('DigitalSignatureAlgorithm', DigitalSignatureAlgorithm)),
  ),
  cryptographicAlgorithm: since([1, 2], optional(enumeration('CryptographicAlgorithm', CryptographicAlgorithm))),
  randomIv: optional(boolean('RandomIV')),
  ivLength: optional(integer('IVLength')),
  tagLength: optional(integer('TagLength')),
  fixedFieldLength: optional(integer('FixedFieldLength')),
  invocationFieldLength: optional(integer('InvocationFieldLength')),
  counterLength: optional(integer('CounterLength')),
  initialCounterValue: optional(integer('InitialCounterValue')),
  saltLength: optional(integer('SaltLength')),
  maskGenerator: optional(enumeration('MaskGenerator', MaskGenerator)),
  maskGeneratorHashingAlgorithm: optional(enumeration('MaskGeneratorHashingAlgorithm', HashingAlgorithm)),
  pSource: optional(bytes('PSource')),
  trailerField: optional(integer('TrailerField')),
});

/** KMIP 1.4 §3.7. */
export const cryptographicDomainParameters = struct('CryptographicDomainParameters', {
  qlength: optional(integer('Qlength')),
  recommendedCurve: optional(enumeration('RecommendedCurve', RecommendedCurve)),
});

/** KMIP 1.4 §3.10. */
export const x509CertificateIdentifier = struct('X_509CertificateIdentifier', {
  issuerDistinguishedName: bytes('IssuerDistinguishedName'),
  certificateSerialNumber: bytes('CertificateSerialNumber'),
});

/** KMIP 1.4 §3.11. */
export const x509CertificateSubject = struct('X_509CertificateSubject', {
  subjectDistinguishedName: bytes('SubjectDistinguishedName'),
  subjectAlternativeName: many(bytes('SubjectAlternativeName')),
});

/** KMIP 1.4 §3.12. */
export const x509CertificateIssuer = struct('X_509CertificateIssuer', {
  issuerDistinguishedName: bytes('IssuerDistinguishedName'),
  issuerAlternativeName: many(bytes('IssuerAlternativeName')),
});

/** KMIP 1.4 §3.17. */
export const digest = struct('Digest', {
  hashingAlgorithm: enumeration('HashingAlgorithm', HashingAlgorithm),
  digestValue: optional(bytes('DigestValue')),
  keyFormatType: since([1, 1], optional(enumeration('KeyFormatType', KeyFormatType))),
});

/** KMIP 1.4 §3.21. */
export const usageLimits = struct('UsageLimits', {
  usageLimitsTotal: longInteger('UsageLimitsTotal'),
  usageLimitsCount: optional(longInteger('UsageLimitsCount')),
  usageLimitsUnit: enumeration('UsageLimitsUnit', UsageLimitsUnit),
});

/** KMIP 1.4 §3.31. */
export const revocationReason = struct('RevocationReason', {
  revocationReasonCode: enumeration('RevocationReasonCode', RevocationReasonCode),
  revocationMessage: optional(text('RevocationMessage')),
});

/** KMIP 1.4 §3.35. */
export const link = struct('Link', {
  linkType: enumeration('LinkType', LinkType),
  linkedObjectIdentifier: text('LinkedObjectIdentifier'),
});

/** KMIP 1.4 §3.36. */
export const applicationSpecificInformation = struct('ApplicationSpecificInformation', {
  applicationNamespace: text('ApplicationNamespace'),
  applicationData: optional(text('ApplicationData')),
});

/** KMIP 1.4 §3.40. */
export const alternativeName = struct('AlternativeName', {
  alternativeNameValue: text('AlternativeNameValue'),
  alternativeNameType: enumeration('AlternativeNameType', AlternativeNameType),
});

/** KMIP 1.4 §3.42. */
export const keyValueLocation = struct('KeyValueLocation', {
  keyValueLocationValue: text('KeyValueLocationValue'),
  keyValueLocationType: enumeration('KeyValueLocationType', KeyValueLocationType),
});

const rngParameterFields = {
  rngAlgorithm: enumeration('RNGAlgorithm', RNGAlgorithm),
  cryptographicAlgorithm: optional(enumeration('CryptographicAlgorithm', CryptographicAlgorithm)),
  cryptographicLength: optional(integer('CryptographicLength')),
  hashingAlgorithm: optional(enumeration('HashingAlgorithm', HashingAlgorithm)),
  drbgAlgorithm: optional(enumeration('DRBGAlgorithm', DRBGAlgorithm)),
  recommendedCurve: optional(enumeration('RecommendedCurve', RecommendedCurve)),
  fips186Variation: optional(enumeration('FIPS186Variation', FIPS186Variation)),
  predictionResistance: optional(boolean('PredictionResistance')),
};

/** KMIP 1.4 §2.1.18. */
export const rngParameters = struct('RNGParameters', rngParameterFields);

/** KMIP 1.4 §3.44: RNG Parameters under a tag of its own. */
export const randomNumberGenerator = struct('RandomNumberGenerator', rngParameterFields);

/** KMIP 1.4 §2.1.9. */
export const extensionInformation = struct('ExtensionInformation', {
  extensionName: text('ExtensionName'),
  extensionTag: optional(integer('ExtensionTag')),
  extensionType: optional(integer('ExtensionType')),
});
