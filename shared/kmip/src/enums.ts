// Written by generate.mjs.
import type { ProtocolVersion } from './version.ts';

export type EnumerationTable = Readonly<Record<string, number>>;

/** KMIP §9.1.3.2/3, CredentialType. */
export const CredentialType = {
  UsernameAndPassword: 0x01,
  Device: 0x02,
  Attestation: 0x03,
} as const;

/** KMIP §9.1.3.2/3, KeyCompressionType. */
export const KeyCompressionType = {
  ECPublicKeyTypeUncompressed: 0x01,
  ECPublicKeyTypeX9_62CompressedPrime: 0x02,
  ECPublicKeyTypeX9_62CompressedChar2: 0x03,
  ECPublicKeyTypeX9_62Hybrid: 0x04,
} as const;

/** KMIP §9.1.3.2/3, KeyFormatType. */
export const KeyFormatType = {
  Raw: 0x01,
  Opaque: 0x02,
  PKCS_1: 0x03,
  PKCS_8: 0x04,
  X_509: 0x05,
  ECPrivateKey: 0x06,
  TransparentSymmetricKey: 0x07,
  TransparentDSAPrivateKey: 0x08,
  TransparentDSAPublicKey: 0x09,
  TransparentRSAPrivateKey: 0x0a,
  TransparentRSAPublicKey: 0x0b,
  TransparentDHPrivateKey: 0x0c,
  TransparentDHPublicKey: 0x0d,
  TransparentECDSAPrivateKey: 0x0e,
  TransparentECDSAPublicKey: 0x0f,
  TransparentECDHPrivateKey: 0x10,
  TransparentECDHPublicKey: 0x11,
  TransparentECMQVPrivateKey: 0x12,
  TransparentECMQVPublicKey: 0x13,
  TransparentECPrivateKey: 0x14,
  TransparentECPublicKey: 0x15,
  PKCS_12: 0x16,
} as const;

/** KMIP §9.1.3.2/3, WrappingMethod. */
export const WrappingMethod = {
  Encrypt: 0x01,
  MACSign: 0x02,
  EncryptThenMACSign: 0x03,
  MACSignThenEncrypt: 0x04,
  TR_31: 0x05,
} as const;

/** KMIP §9.1.3.2/3, RecommendedCurve. */
export const RecommendedCurve = {
  P_192: 0x01,
  K_163: 0x02,
  B_163: 0x03,
  P_224: 0x04,
  K_233: 0x05,
  B_233: 0x06,
  P_256: 0x07,
  K_283: 0x08,
  B_283: 0x09,
  P_384: 0x0a,
  K_409: 0x0b,
  B_409: 0x0c,
  P_521: 0x0d,
  K_571: 0x0e,
  B_571: 0x0f,
  SECP112R1: 0x10,
  SECP112R2: 0x11,
  SECP128R1: 0x12,
  SECP128R2: 0x13,
  SECP160K1: 0x14,
  SECP160R1: 0x15,
  SECP160R2: 0x16,
  SECP192K1: 0x17,
  SECP224K1: 0x18,
  SECP256K1: 0x19,
  SECT113R1: 0x1a,
  SECT113R2: 0x1b,
  SECT131R1: 0x1c,
  SECT131R2: 0x1d,
  SECT163R1: 0x1e,
  SECT193R1: 0x1f,
  SECT193R2: 0x20,
  SECT239K1: 0x21,
  ANSIX9P192V2: 0x22,
  ANSIX9P192V3: 0x23,
  ANSIX9P239V1: 0x24,
  ANSIX9P239V2: 0x25,
  ANSIX9P239V3: 0x26,
  ANSIX9C2PNB163V1: 0x27,
  ANSIX9C2PNB163V2: 0x28,
  ANSIX9C2PNB163V3: 0x29,
  ANSIX9C2PNB176V1: 0x2a,
  ANSIX9C2TNB191V1: 0x2b,
  ANSIX9C2TNB191V2: 0x2c,
  ANSIX9C2TNB191V3: 0x2d,
  ANSIX9C2PNB208W1: 0x2e,
  ANSIX9C2TNB239V1: 0x2f,
  ANSIX9C2TNB239V2: 0x30,
  ANSIX9C2TNB239V3: 0x31,
  ANSIX9C2PNB272W1: 0x32,
  ANSIX9C2PNB304W1: 0x33,
  ANSIX9C2TNB359V1: 0x34,
  ANSIX9C2PNB368W1: 0x35,
  ANSIX9C2TNB431R1: 0x36,
  BRAINPOOLP160R1: 0x37,
  BRAINPOOLP160T1: 0x38,
  BRAINPOOLP192R1: 0x39,
  BRAINPOOLP192T1: 0x3a,
  BRAINPOOLP224R1: 0x3b,
  BRAINPOOLP224T1: 0x3c,
  BRAINPOOLP256R1: 0x3d,
  BRAINPOOLP256T1: 0x3e,
  BRAINPOOLP320R1: 0x3f,
  BRAINPOOLP320T1: 0x40,
  BRAINPOOLP384R1: 0x41,
  BRAINPOOLP384T1: 0x42,
  BRAINPOOLP512R1: 0x43,
  BRAINPOOLP512T1: 0x44,
} as const;

/** KMIP §9.1.3.2/3, CertificateType. */
export const CertificateType = {
  X_509: 0x01,
  PGP: 0x02,
} as const;

/** KMIP §9.1.3.2/3, SplitKeyMethod. */
export const SplitKeyMethod = {
  XOR: 0x01,
  PolynomialSharingGF2_16: 0x02,
  PolynomialSharingPrimeField: 0x03,
  PolynomialSharingGF2_8: 0x04,
} as const;

/** KMIP §9.1.3.2/3, SecretDataType. */
export const SecretDataType = {
  Password: 0x01,
  Seed: 0x02,
} as const;

/** KMIP §9.1.3.2/3, NameType. */
export const NameType = {
  UninterpretedTextString: 0x01,
  URI: 0x02,
} as const;

/** KMIP §9.1.3.2/3, ObjectType. */
export const ObjectType = {
  Certificate: 0x01,
  SymmetricKey: 0x02,
  PublicKey: 0x03,
  PrivateKey: 0x04,
  SplitKey: 0x05,
  Template: 0x06,
  SecretData: 0x07,
  OpaqueObject: 0x08,
  PGPKey: 0x09,
} as const;

/** KMIP §9.1.3.2/3, CryptographicAlgorithm. */
export const CryptographicAlgorithm = {
  DES: 0x01,
  DES3: 0x02,
  AES: 0x03,
  RSA: 0x04,
  DSA: 0x05,
  ECDSA: 0x06,
  HMAC_SHA1: 0x07,
  HMAC_SHA224: 0x08,
  HMAC_SHA256: 0x09,
  HMAC_SHA384: 0x0a,
  HMAC_SHA512: 0x0b,
  HMAC_MD5: 0x0c,
  DH: 0x0d,
  ECDH: 0x0e,
  ECMQV: 0x0f,
  Blowfish: 0x10,
  Camellia: 0x11,
  CAST5: 0x12,
  IDEA: 0x13,
  MARS: 0x14,
  RC2: 0x15,
  RC4: 0x16,
  RC5: 0x17,
  SKIPJACK: 0x18,
  Twofish: 0x19,
  EC: 0x1a,
  OneTimePad: 0x1b,
  ChaCha20: 0x1c,
  Poly1305: 0x1d,
  ChaCha20Poly1305: 0x1e,
  SHA3_224: 0x1f,
  SHA3_256: 0x20,
  SHA3_384: 0x21,
  SHA3_512: 0x22,
  HMAC_SHA3_224: 0x23,
  HMAC_SHA3_256: 0x24,
  HMAC_SHA3_384: 0x25,
  HMAC_SHA3_512: 0x26,
  SHAKE_128: 0x27,
  SHAKE_256: 0x28,
} as const;

/** KMIP §9.1.3.2/3, BlockCipherMode. */
export const BlockCipherMode = {
  CBC: 0x01,
  ECB: 0x02,
  PCBC: 0x03,
  CFB: 0x04,
  OFB: 0x05,
  CTR: 0x06,
  CMAC: 0x07,
  CCM: 0x08,
  GCM: 0x09,
  CBC_MAC: 0x0a,
  XTS: 0x0b,
  AESKeyWrapPadding: 0x0c,
  NISTKeyWrap: 0x0d,
  X9_102AESKW: 0x0e,
  X9_102TDKW: 0x0f,
  X9_102AKW1: 0x10,
  X9_102AKW2: 0x11,
  AEAD: 0x12,
} as const;

/** KMIP §9.1.3.2/3, PaddingMethod. */
export const PaddingMethod = {
  None: 0x01,
  OAEP: 0x02,
  PKCS5: 0x03,
  SSL3: 0x04,
  Zeros: 0x05,
  ANSIX9_23: 0x06,
  ISO10126: 0x07,
  PKCS1V1_5: 0x08,
  X9_31: 0x09,
  PSS: 0x0a,
} as const;

/** KMIP §9.1.3.2/3, HashingAlgorithm. */
export const HashingAlgorithm = {
  MD2: 0x01,
  MD4: 0x02,
  MD5: 0x03,
  SHA_1: 0x04,
  SHA_224: 0x05,
  SHA_256: 0x06,
  SHA_384: 0x07,
  SHA_512: 0x08,
  RIPEMD_160: 0x09,
  Tiger: 0x0a,
  Whirlpool: 0x0b,
  SHA_512_224: 0x0c,
  SHA_512_256: 0x0d,
  SHA_3_224: 0x0e,
  SHA_3_256: 0x0f,
  SHA_3_384: 0x10,
  SHA_3_512: 0x11,
} as const;

/** KMIP §9.1.3.2/3, KeyRoleType. */
export const KeyRoleType = {
  BDK: 0x01,
  CVK: 0x02,
  DEK: 0x03,
  MKAC: 0x04,
  MKSMC: 0x05,
  MKSMI: 0x06,
  MKDAC: 0x07,
  MKDN: 0x08,
  MKCP: 0x09,
  MKOTH: 0x0a,
  KEK: 0x0b,
  MAC16609: 0x0c,
  MAC97971: 0x0d,
  MAC97972: 0x0e,
  MAC97973: 0x0f,
  MAC97974: 0x10,
  MAC97975: 0x11,
  ZPK: 0x12,
  PVKIBM: 0x13,
  PVKPVV: 0x14,
  PVKOTH: 0x15,
  DUKPT: 0x16,
  IV: 0x17,
  TRKBK: 0x18,
} as const;

/** KMIP §9.1.3.2/3, State. */
export const State = {
  PreActive: 0x01,
  Active: 0x02,
  Deactivated: 0x03,
  Compromised: 0x04,
  Destroyed: 0x05,
  DestroyedCompromised: 0x06,
} as const;

/** KMIP §9.1.3.2/3, RevocationReasonCode. */
export const RevocationReasonCode = {
  Unspecified: 0x01,
  KeyCompromise: 0x02,
  CACompromise: 0x03,
  AffiliationChanged: 0x04,
  Superseded: 0x05,
  CessationOfOperation: 0x06,
  PrivilegeWithdrawn: 0x07,
} as const;

/** KMIP §9.1.3.2/3, LinkType. */
export const LinkType = {
  CertificateLink: 0x101,
  PublicKeyLink: 0x102,
  PrivateKeyLink: 0x103,
  DerivationBaseObjectLink: 0x104,
  DerivedKeyLink: 0x105,
  ReplacementObjectLink: 0x106,
  ReplacedObjectLink: 0x107,
  ParentLink: 0x108,
  ChildLink: 0x109,
  PreviousLink: 0x10a,
  NextLink: 0x10b,
  PKCS_12CertificateLink: 0x10c,
  PKCS_12PasswordLink: 0x10d,
} as const;

/** KMIP §9.1.3.2/3, DerivationMethod. */
export const DerivationMethod = {
  PBKDF2: 0x01,
  HASH: 0x02,
  HMAC: 0x03,
  ENCRYPT: 0x04,
  NIST800_108_C: 0x05,
  NIST800_108_F: 0x06,
  NIST800_108_DPI: 0x07,
  AsymmetricKey: 0x08,
} as const;

/** KMIP §9.1.3.2/3, CertificateRequestType. */
export const CertificateRequestType = {
  CRMF: 0x01,
  PKCS_10: 0x02,
  PEM: 0x03,
  PGP: 0x04,
} as const;

/** KMIP §9.1.3.2/3, ValidityIndicator. */
export const ValidityIndicator = {
  Valid: 0x01,
  Invalid: 0x02,
  Unknown: 0x03,
} as const;

/** KMIP §9.1.3.2/3, QueryFunction. */
export const QueryFunction = {
  QueryOperations: 0x01,
  QueryObjects: 0x02,
  QueryServerInformation: 0x03,
  QueryApplicationNamespaces: 0x04,
  QueryExtensionList: 0x05,
  QueryExtensionMap: 0x06,
  QueryAttestationTypes: 0x07,
  QueryRNGs: 0x08,
  QueryValidations: 0x09,
  QueryProfiles: 0x0a,
  QueryCapabilities: 0x0b,
  QueryClientRegistrationMethods: 0x0c,
} as const;

/** KMIP §9.1.3.2/3, CancellationResult. */
export const CancellationResult = {
  Canceled: 0x01,
  UnableToCancel: 0x02,
  Completed: 0x03,
  Failed: 0x04,
  Unavailable: 0x05,
} as const;

/** KMIP §9.1.3.2/3, PutFunction. */
export const PutFunction = {
  New: 0x01,
  Replace: 0x02,
} as const;

/** KMIP §9.1.3.2/3, Operation. */
export const Operation = {
  Create: 0x01,
  CreateKeyPair: 0x02,
  Register: 0x03,
  ReKey: 0x04,
  DeriveKey: 0x05,
  Certify: 0x06,
  ReCertify: 0x07,
  Locate: 0x08,
  Check: 0x09,
  Get: 0x0a,
  GetAttributes: 0x0b,
  GetAttributeList: 0x0c,
  AddAttribute: 0x0d,
  ModifyAttribute: 0x0e,
  DeleteAttribute: 0x0f,
  ObtainLease: 0x10,
  GetUsageAllocation: 0x11,
  Activate: 0x12,
  Revoke: 0x13,
  Destroy: 0x14,
  Archive: 0x15,
  Recover: 0x16,
  Validate: 0x17,
  Query: 0x18,
  Cancel: 0x19,
  Poll: 0x1a,
  Notify: 0x1b,
  Put: 0x1c,
  ReKeyKeyPair: 0x1d,
  DiscoverVersions: 0x1e,
  Encrypt: 0x1f,
  Decrypt: 0x20,
  Sign: 0x21,
  SignatureVerify: 0x22,
  MAC: 0x23,
  MACVerify: 0x24,
  RNGRetrieve: 0x25,
  RNGSeed: 0x26,
  Hash: 0x27,
  CreateSplitKey: 0x28,
  JoinSplitKey: 0x29,
  Import: 0x2a,
  Export: 0x2b,
} as const;

/** KMIP §9.1.3.2/3, ResultStatus. */
export const ResultStatus = {
  Success: 0x00,
  OperationFailed: 0x01,
  OperationPending: 0x02,
  OperationUndone: 0x03,
} as const;

/** KMIP §9.1.3.2/3, ResultReason. */
export const ResultReason = {
  ItemNotFound: 0x01,
  ResponseTooLarge: 0x02,
  AuthenticationNotSuccessful: 0x03,
  InvalidMessage: 0x04,
  OperationNotSupported: 0x05,
  MissingData: 0x06,
  InvalidField: 0x07,
  FeatureNotSupported: 0x08,
  OperationCanceledByRequester: 0x09,
  CryptographicFailure: 0x0a,
  IllegalOperation: 0x0b,
  PermissionDenied: 0x0c,
  ObjectArchived: 0x0d,
  IndexOutOfBounds: 0x0e,
  ApplicationNamespaceNotSupported: 0x0f,
  KeyFormatTypeNotSupported: 0x10,
  KeyCompressionTypeNotSupported: 0x11,
  EncodingOptionError: 0x12,
  KeyValueNotPresent: 0x13,
  AttestationRequired: 0x14,
  AttestationFailed: 0x15,
  Sensitive: 0x16,
  NotExtractable: 0x17,
  ObjectAlreadyExists: 0x18,
  GeneralFailure: 0x100,
} as const;

/** KMIP §9.1.3.2/3, BatchErrorContinuationOption. */
export const BatchErrorContinuationOption = {
  Continue: 0x01,
  Stop: 0x02,
  Undo: 0x03,
} as const;

/** KMIP §9.1.3.2/3, UsageLimitsUnit. */
export const UsageLimitsUnit = {
  Byte: 0x01,
  Object: 0x02,
} as const;

/** KMIP §9.1.3.2/3, CryptographicUsageMask. */
export const CryptographicUsageMask = {
  Sign: 0x01,
  Verify: 0x02,
  Encrypt: 0x04,
  Decrypt: 0x08,
  WrapKey: 0x10,
  UnwrapKey: 0x20,
  Export: 0x40,
  MACGenerate: 0x80,
  MACVerify: 0x100,
  DeriveKey: 0x200,
  ContentCommitmentNonRepudiation: 0x400,
  KeyAgreement: 0x800,
  CertificateSign: 0x1000,
  CRLSign: 0x2000,
  GenerateCryptogram: 0x4000,
  ValidateCryptogram: 0x8000,
  TranslateEncrypt: 0x10000,
  TranslateDecrypt: 0x20000,
  TranslateWrap: 0x40000,
  TranslateUnwrap: 0x80000,
} as const;

/** KMIP §9.1.3.2/3, StorageStatusMask. */
export const StorageStatusMask = {
  OnLineStorage: 0x01,
  ArchivalStorage: 0x02,
} as const;

/** KMIP §9.1.3.2/3, DigitalSignatureAlgorithm. */
export const DigitalSignatureAlgorithm = {
  MD2WithRSAEncryption: 0x01,
  MD5WithRSAEncryption: 0x02,
  SHA_1WithRSAEncryption: 0x03,
  SHA_224WithRSAEncryption: 0x04,
  SHA_256WithRSAEncryption: 0x05,
  SHA_384WithRSAEncryption: 0x06,
  SHA_512WithRSAEncryption: 0x07,
  RSASSA_PSS: 0x08,
  DSAWithSHA_1: 0x09,
  DSAWithSHA224: 0x0a,
  DSAWithSHA256: 0x0b,
  ECDSAWithSHA_1: 0x0c,
  ECDSAWithSHA224: 0x0d,
  ECDSAWithSHA256: 0x0e,
  ECDSAWithSHA384: 0x0f,
  ECDSAWithSHA512: 0x10,
  SHA3_256WithRSAEncryption: 0x11,
  SHA3_384WithRSAEncryption: 0x12,
  SHA3_512WithRSAEncryption: 0x13,
} as const;

/** KMIP §9.1.3.2/3, EncodingOption. */
export const EncodingOption = {
  NoEncoding: 0x01,
  TTLVEncoding: 0x02,
} as const;

/** KMIP §9.1.3.2/3, ObjectGroupMember. */
export const ObjectGroupMember = {
  GroupMemberFresh: 0x01,
  GroupMemberDefault: 0x02,
} as const;

/** KMIP §9.1.3.2/3, AlternativeNameType. */
export const AlternativeNameType = {
  UninterpretedTextString: 0x01,
  URI: 0x02,
  ObjectSerialNumber: 0x03,
  EmailAddress: 0x04,
  DNSName: 0x05,
  X_500DistinguishedName: 0x06,
  IPAddress: 0x07,
} as const;

/** KMIP §9.1.3.2/3, KeyValueLocationType. */
export const KeyValueLocationType = {
  UninterpretedTextString: 0x01,
  URI: 0x02,
} as const;

/** KMIP §9.1.3.2/3, AttestationType. */
export const AttestationType = {
  TPMQuote: 0x01,
  TCGIntegrityReport: 0x02,
  SAMLAssertion: 0x03,
} as const;

/** KMIP §9.1.3.2/3, RNGAlgorithm. */
export const RNGAlgorithm = {
  Unspecified: 0x01,
  FIPS186_2: 0x02,
  DRBG: 0x03,
  NRBG: 0x04,
  ANSIX9_31: 0x05,
  ANSIX9_62: 0x06,
} as const;

/** KMIP §9.1.3.2/3, DRBGAlgorithm. */
export const DRBGAlgorithm = {
  Unspecified: 0x01,
  Dual_EC: 0x02,
  Hash: 0x03,
  HMAC: 0x04,
  CTR: 0x05,
} as const;

/** KMIP §9.1.3.2/3, FIPS186Variation. */
export const FIPS186Variation = {
  Unspecified: 0x01,
  GPXOriginal: 0x02,
  GPXChangeNotice: 0x03,
  XOriginal: 0x04,
  XChangeNotice: 0x05,
  KOriginal: 0x06,
  KChangeNotice: 0x07,
} as const;

/** KMIP §9.1.3.2/3, ValidationAuthorityType. */
export const ValidationAuthorityType = {
  Unspecified: 0x01,
  NISTCMVP: 0x02,
  CommonCriteria: 0x03,
} as const;

/** KMIP §9.1.3.2/3, ValidationType. */
export const ValidationType = {
  Unspecified: 0x01,
  Hardware: 0x02,
  Software: 0x03,
  Firmware: 0x04,
  Hybrid: 0x05,
} as const;

/** KMIP §9.1.3.2/3, ProfileName. */
export const ProfileName = {
  BaselineServerBasicKMIPV1_2: 0x01,
  BaselineServerTLSV1_2KMIPV1_2: 0x02,
  BaselineClientBasicKMIPV1_2: 0x03,
  BaselineClientTLSV1_2KMIPV1_2: 0x04,
  CompleteServerBasicKMIPV1_2: 0x05,
  CompleteServerTLSV1_2KMIPV1_2: 0x06,
  TapeLibraryClientKMIPV1_0: 0x07,
  TapeLibraryClientKMIPV1_1: 0x08,
  TapeLibraryClientKMIPV1_2: 0x09,
  TapeLibraryServerKMIPV1_0: 0x0a,
  TapeLibraryServerKMIPV1_1: 0x0b,
  TapeLibraryServerKMIPV1_2: 0x0c,
  SymmetricKeyLifecycleClientKMIPV1_0: 0x0d,
  SymmetricKeyLifecycleClientKMIPV1_1: 0x0e,
  SymmetricKeyLifecycleClientKMIPV1_2: 0x0f,
  SymmetricKeyLifecycleServerKMIPV1_0: 0x10,
  SymmetricKeyLifecycleServerKMIPV1_1: 0x11,
  SymmetricKeyLifecycleServerKMIPV1_2: 0x12,
  AsymmetricKeyLifecycleClientKMIPV1_0: 0x13,
  AsymmetricKeyLifecycleClientKMIPV1_1: 0x14,
  AsymmetricKeyLifecycleClientKMIPV1_2: 0x15,
  AsymmetricKeyLifecycleServerKMIPV1_0: 0x16,
  AsymmetricKeyLifecycleServerKMIPV1_1: 0x17,
  AsymmetricKeyLifecycleServerKMIPV1_2: 0x18,
  BasicCryptographicClientKMIPV1_2: 0x19,
  BasicCryptographicServerKMIPV1_2: 0x1a,
  AdvancedCryptographicClientKMIPV1_2: 0x1b,
  AdvancedCryptographicServerKMIPV1_2: 0x1c,
  RNGCryptographicClientKMIPV1_2: 0x1d,
  RNGCryptographicServerKMIPV1_2: 0x1e,
  BasicSymmetricKeyFoundryClientKMIPV1_0: 0x1f,
  IntermediateSymmetricKeyFoundryClientKMIPV1_0: 0x20,
  AdvancedSymmetricKeyFoundryClientKMIPV1_0: 0x21,
  BasicSymmetricKeyFoundryClientKMIPV1_1: 0x22,
  IntermediateSymmetricKeyFoundryClientKMIPV1_1: 0x23,
  AdvancedSymmetricKeyFoundryClientKMIPV1_1: 0x24,
  BasicSymmetricKeyFoundryClientKMIPV1_2: 0x25,
  IntermediateSymmetricKeyFoundryClientKMIPV1_2: 0x26,
  AdvancedSymmetricKeyFoundryClientKMIPV1_2: 0x27,
  SymmetricKeyFoundryServerKMIPV1_0: 0x28,
  SymmetricKeyFoundryServerKMIPV1_1: 0x29,
  SymmetricKeyFoundryServerKMIPV1_2: 0x2a,
  OpaqueManagedObjectStoreClientKMIPV1_0: 0x2b,
  OpaqueManagedObjectStoreClientKMIPV1_1: 0x2c,
  OpaqueManagedObjectStoreClientKMIPV1_2: 0x2d,
  OpaqueManagedObjectStoreServerKMIPV1_0: 0x2e,
  OpaqueManagedObjectStoreServerKMIPV1_1: 0x2f,
  OpaqueManagedObjectStoreServerKMIPV1_2: 0x30,
  SuiteBMinLOS_128ClientKMIPV1_0: 0x31,
  SuiteBMinLOS_128ClientKMIPV1_1: 0x32,
  SuiteBMinLOS_128ClientKMIPV1_2: 0x33,
  SuiteBMinLOS_128ServerKMIPV1_0: 0x34,
  SuiteBMinLOS_128ServerKMIPV1_1: 0x35,
  SuiteBMinLOS_128ServerKMIPV1_2: 0x36,
  SuiteBMinLOS_192ClientKMIPV1_0: 0x37,
  SuiteBMinLOS_192ClientKMIPV1_1: 0x38,
  SuiteBMinLOS_192ClientKMIPV1_2: 0x39,
  SuiteBMinLOS_192ServerKMIPV1_0: 0x3a,
  SuiteBMinLOS_192ServerKMIPV1_1: 0x3b,
  SuiteBMinLOS_192ServerKMIPV1_2: 0x3c,
  StorageArrayWithSelfEncryptingDriveClientKMIPV1_0: 0x3d,
  StorageArrayWithSelfEncryptingDriveClientKMIPV1_1: 0x3e,
  StorageArrayWithSelfEncryptingDriveClientKMIPV1_2: 0x3f,
  StorageArrayWithSelfEncryptingDriveServerKMIPV1_0: 0x40,
  StorageArrayWithSelfEncryptingDriveServerKMIPV1_1: 0x41,
  StorageArrayWithSelfEncryptingDriveServerKMIPV1_2: 0x42,
  HTTPSClientKMIPV1_0: 0x43,
  HTTPSClientKMIPV1_1: 0x44,
  HTTPSClientKMIPV1_2: 0x45,
  HTTPSServerKMIPV1_0: 0x46,
  HTTPSServerKMIPV1_1: 0x47,
  HTTPSServerKMIPV1_2: 0x48,
  JSONClientKMIPV1_0: 0x49,
  JSONClientKMIPV1_1: 0x4a,
  JSONClientKMIPV1_2: 0x4b,
  JSONServerKMIPV1_0: 0x4c,
  JSONServerKMIPV1_1: 0x4d,
  JSONServerKMIPV1_2: 0x4e,
  XMLClientKMIPV1_0: 0x4f,
  XMLClientKMIPV1_1: 0x50,
  XMLClientKMIPV1_2: 0x51,
  XMLServerKMIPV1_0: 0x52,
  XMLServerKMIPV1_1: 0x53,
  XMLServerKMIPV1_2: 0x54,
  BaselineServerBasicKMIPV1_3: 0x55,
  BaselineServerTLSV1_2KMIPV1_3: 0x56,
  BaselineClientBasicKMIPV1_3: 0x57,
  BaselineClientTLSV1_2KMIPV1_3: 0x58,
  CompleteServerBasicKMIPV1_3: 0x59,
  CompleteServerTLSV1_2KMIPV1_3: 0x5a,
  TapeLibraryClientKMIPV1_3: 0x5b,
  TapeLibraryServerKMIPV1_3: 0x5c,
  SymmetricKeyLifecycleClientKMIPV1_3: 0x5d,
  SymmetricKeyLifecycleServerKMIPV1_3: 0x5e,
  AsymmetricKeyLifecycleClientKMIPV1_3: 0x5f,
  AsymmetricKeyLifecycleServerKMIPV1_3: 0x60,
  BasicCryptographicClientKMIPV1_3: 0x61,
  BasicCryptographicServerKMIPV1_3: 0x62,
  AdvancedCryptographicClientKMIPV1_3: 0x63,
  AdvancedCryptographicServerKMIPV1_3: 0x64,
  RNGCryptographicClientKMIPV1_3: 0x65,
  RNGCryptographicServerKMIPV1_3: 0x66,
  BasicSymmetricKeyFoundryClientKMIPV1_3: 0x67,
  IntermediateSymmetricKeyFoundryClientKMIPV1_3: 0x68,
  AdvancedSymmetricKeyFoundryClientKMIPV1_3: 0x69,
  SymmetricKeyFoundryServerKMIPV1_3: 0x6a,
  OpaqueManagedObjectStoreClientKMIPV1_3: 0x6b,
  OpaqueManagedObjectStoreServerKMIPV1_3: 0x6c,
  SuiteBMinLOS_128ClientKMIPV1_3: 0x6d,
  SuiteBMinLOS_128ServerKMIPV1_3: 0x6e,
  SuiteBMinLOS_192ClientKMIPV1_3: 0x6f,
  SuiteBMinLOS_192ServerKMIPV1_3: 0x70,
  StorageArrayWithSelfEncryptingDriveClientKMIPV1_3: 0x71,
  StorageArrayWithSelfEncryptingDriveServerKMIPV1_3: 0x72,
  HTTPSClientKMIPV1_3: 0x73,
  HTTPSServerKMIPV1_3: 0x74,
  JSONClientKMIPV1_3: 0x75,
  JSONServerKMIPV1_3: 0x76,
  XMLClientKMIPV1_3: 0x77,
  XMLServerKMIPV1_3: 0x78,
  BaselineServerBasicKMIPV1_4: 0x79,
  BaselineServerTLSV1_2KMIPV1_4: 0x7a,
  BaselineClientBasicKMIPV1_4: 0x7b,
  BaselineClientTLSV1_2KMIPV1_4: 0x7c,
  CompleteServerBasicKMIPV1_4: 0x7d,
  CompleteServerTLSV1_2KMIPV1_4: 0x7e,
  TapeLibraryClientKMIPV1_4: 0x7f,
  TapeLibraryServerKMIPV1_4: 0x80,
  SymmetricKeyLifecycleClientKMIPV1_4: 0x81,
  SymmetricKeyLifecycleServerKMIPV1_4: 0x82,
  AsymmetricKeyLifecycleClientKMIPV1_4: 0x83,
  AsymmetricKeyLifecycleServerKMIPV1_4: 0x84,
  BasicCryptographicClientKMIPV1_4: 0x85,
  BasicCryptographicServerKMIPV1_4: 0x86,
  AdvancedCryptographicClientKMIPV1_4: 0x87,
  AdvancedCryptographicServerKMIPV1_4: 0x88,
  RNGCryptographicClientKMIPV1_4: 0x89,
  RNGCryptographicServerKMIPV1_4: 0x8a,
  BasicSymmetricKeyFoundryClientKMIPV1_4: 0x8b,
  IntermediateSymmetricKeyFoundryClientKMIPV1_4: 0x8c,
  AdvancedSymmetricKeyFoundryClientKMIPV1_4: 0x8d,
  SymmetricKeyFoundryServerKMIPV1_4: 0x8e,
  OpaqueManagedObjectStoreClientKMIPV1_4: 0x8f,
  OpaqueManagedObjectStoreServerKMIPV1_4: 0x90,
  SuiteBMinLOS_128ClientKMIPV1_4: 0x91,
  SuiteBMinLOS_128ServerKMIPV1_4: 0x92,
  SuiteBMinLOS_192ClientKMIPV1_4: 0x93,
  SuiteBMinLOS_192ServerKMIPV1_4: 0x94,
  StorageArrayWithSelfEncryptingDriveClientKMIPV1_4: 0x95,
  StorageArrayWithSelfEncryptingDriveServerKMIPV1_4: 0x96,
  HTTPSClientKMIPV1_4: 0x97,
  HTTPSServerKMIPV1_4: 0x98,
  JSONClientKMIPV1_4: 0x99,
  JSONServerKMIPV1_4: 0x9a,
  XMLClientKMIPV1_4: 0x9b,
  XMLServerKMIPV1_4: 0x9c,
} as const;

/** KMIP §9.1.3.2/3, UnwrapMode. */
export const UnwrapMode = {
  Unspecified: 0x01,
  Processed: 0x02,
  NotProcessed: 0x03,
} as const;

/** KMIP §9.1.3.2/3, DestroyAction. */
export const DestroyAction = {
  Unspecified: 0x01,
  KeyMaterialDeleted: 0x02,
  KeyMaterialShredded: 0x03,
  MetaDataDeleted: 0x04,
  MetaDataShredded: 0x05,
  Deleted: 0x06,
  Shredded: 0x07,
} as const;

/** KMIP §9.1.3.2/3, ShreddingAlgorithm. */
export const ShreddingAlgorithm = {
  Unspecified: 0x01,
  Cryptographic: 0x02,
  Unsupported: 0x03,
} as const;

/** KMIP §9.1.3.2/3, RNGMode. */
export const RNGMode = {
  Unspecified: 0x01,
  SharedInstantiation: 0x02,
  NonSharedInstantiation: 0x03,
} as const;

/** KMIP §9.1.3.2/3, ClientRegistrationMethod. */
export const ClientRegistrationMethod = {
  Unspecified: 0x01,
  ServerPreGenerated: 0x02,
  ServerOnDemand: 0x03,
  ClientGenerated: 0x04,
  ClientRegistered: 0x05,
} as const;

/** KMIP §9.1.3.2/3, KeyWrapType. */
export const KeyWrapType = {
  NotWrapped: 0x01,
  AsRegistered: 0x02,
} as const;

/** KMIP §9.1.3.2/3, MaskGenerator. */
export const MaskGenerator = {
  MGF1: 0x01,
} as const;

/** The version that brought a value, where that is later than its enumeration. */
export const enumerationSince: ReadonlyMap<EnumerationTable, Readonly<Record<string, ProtocolVersion>>> = new Map<
  EnumerationTable,
  Readonly<Record<string, ProtocolVersion>>
>([
  [
    CredentialType,
    {
      Device: [1, 1],
      Attestation: [1, 2],
    },
  ],
  [
    KeyFormatType,
    {
      TransparentECPrivateKey: [1, 3],
      TransparentECPublicKey: [1, 3],
      PKCS_12: [1, 4],
    },
  ],
  [
    RecommendedCurve,
    {
      SECP112R1: [1, 2],
      SECP112R2: [1, 2],
      SECP128R1: [1, 2],
      SECP128R2: [1, 2],
      SECP160K1: [1, 2],
      SECP160R1: [1, 2],
      SECP160R2: [1, 2],
      SECP192K1: [1, 2],
      SECP224K1: [1, 2],
      SECP256K1: [1, 2],
      SECT113R1: [1, 2],
      SECT113R2: [1, 2],
      SECT131R1: [1, 2],
      SECT131R2: [1, 2],
      SECT163R1: [1, 2],
      SECT193R1: [1, 2],
      SECT193R2: [1, 2],
      SECT239K1: [1, 2],
      ANSIX9P192V2: [1, 2],
      ANSIX9P192V3: [1, 2],
      ANSIX9P239V1: [1, 2],
      ANSIX9P239V2: [1, 2],
      ANSIX9P239V3: [1, 2],
      ANSIX9C2PNB163V1: [1, 2],
      ANSIX9C2PNB163V2: [1, 2],
      ANSIX9C2PNB163V3: [1, 2],
      ANSIX9C2PNB176V1: [1, 2],
      ANSIX9C2TNB191V1: [1, 2],
      ANSIX9C2TNB191V2: [1, 2],
      ANSIX9C2TNB191V3: [1, 2],
      ANSIX9C2PNB208W1: [1, 2],
      ANSIX9C2TNB239V1: [1, 2],
      ANSIX9C2TNB239V2: [1, 2],
      ANSIX9C2TNB239V3: [1, 2],
      ANSIX9C2PNB272W1: [1, 2],
      ANSIX9C2PNB304W1: [1, 2],
      ANSIX9C2TNB359V1: [1, 2],
      ANSIX9C2PNB368W1: [1, 2],
      ANSIX9C2TNB431R1: [1, 2],
      BRAINPOOLP160R1: [1, 2],
      BRAINPOOLP160T1: [1, 2],
      BRAINPOOLP192R1: [1, 2],
      BRAINPOOLP192T1: [1, 2],
      BRAINPOOLP224R1: [1, 2],
      BRAINPOOLP224T1: [1, 2],
      BRAINPOOLP256R1: [1, 2],
      BRAINPOOLP256T1: [1, 2],
      BRAINPOOLP320R1: [1, 2],
      BRAINPOOLP320T1: [1, 2],
      BRAINPOOLP384R1: [1, 2],
      BRAINPOOLP384T1: [1, 2],
      BRAINPOOLP512R1: [1, 2],
      BRAINPOOLP512T1: [1, 2],
    },
  ],
  [
    SplitKeyMethod,
    {
      PolynomialSharingGF2_8: [1, 2],
    },
  ],
  [
    ObjectType,
    {
      PGPKey: [1, 2],
    },
  ],
  [
    CryptographicAlgorithm,
    {
      EC: [1, 2],
      OneTimePad: [1, 3],
      ChaCha20: [1, 4],
      Poly1305: [1, 4],
      ChaCha20Poly1305: [1, 4],
      SHA3_224: [1, 4],
      SHA3_256: [1, 4],
      SHA3_384: [1, 4],
      SHA3_512: [1, 4],
      HMAC_SHA3_224: [1, 4],
      HMAC_SHA3_256: [1, 4],
      HMAC_SHA3_384: [1, 4],
      HMAC_SHA3_512: [1, 4],
      SHAKE_128: [1, 4],
      SHAKE_256: [1, 4],
    },
  ],
  [
    BlockCipherMode,
    {
      AEAD: [1, 4],
    },
  ],
  [
    HashingAlgorithm,
    {
      SHA_512_224: [1, 2],
      SHA_512_256: [1, 2],
      SHA_3_224: [1, 4],
      SHA_3_256: [1, 4],
      SHA_3_384: [1, 4],
      SHA_3_512: [1, 4],
    },
  ],
  [
    KeyRoleType,
    {
      DUKPT: [1, 4],
      IV: [1, 4],
      TRKBK: [1, 4],
    },
  ],
  [
    LinkType,
    {
      ParentLink: [1, 2],
      ChildLink: [1, 2],
      PreviousLink: [1, 2],
      NextLink: [1, 2],
      PKCS_12CertificateLink: [1, 4],
      PKCS_12PasswordLink: [1, 4],
    },
  ],
  [
    DerivationMethod,
    {
      AsymmetricKey: [1, 4],
    },
  ],
  [
    QueryFunction,
    {
      QueryExtensionList: [1, 1],
      QueryExtensionMap: [1, 1],
      QueryAttestationTypes: [1, 2],
      QueryRNGs: [1, 3],
      QueryValidations: [1, 3],
      QueryProfiles: [1, 3],
      QueryCapabilities: [1, 3],
      QueryClientRegistrationMethods: [1, 3],
    },
  ],
  [
    Operation,
    {
      ReKeyKeyPair: [1, 1],
      DiscoverVersions: [1, 1],
      Encrypt: [1, 2],
      Decrypt: [1, 2],
      Sign: [1, 2],
      SignatureVerify: [1, 2],
      MAC: [1, 2],
      MACVerify: [1, 2],
      RNGRetrieve: [1, 2],
      RNGSeed: [1, 2],
      Hash: [1, 2],
      CreateSplitKey: [1, 2],
      JoinSplitKey: [1, 2],
      Import: [1, 4],
      Export: [1, 4],
    },
  ],
  [
    ResultReason,
    {
      EncodingOptionError: [1, 1],
      KeyValueNotPresent: [1, 2],
      AttestationRequired: [1, 2],
      AttestationFailed: [1, 2],
      Sensitive: [1, 4],
      NotExtractable: [1, 4],
      ObjectAlreadyExists: [1, 4],
    },
  ],
  [
    DigitalSignatureAlgorithm,
    {
      SHA3_256WithRSAEncryption: [1, 4],
      SHA3_384WithRSAEncryption: [1, 4],
      SHA3_512WithRSAEncryption: [1, 4],
    },
  ],
  [
    ProfileName,
    {
      BaselineServerBasicKMIPV1_4: [1, 4],
      BaselineServerTLSV1_2KMIPV1_4: [1, 4],
      BaselineClientBasicKMIPV1_4: [1, 4],
      BaselineClientTLSV1_2KMIPV1_4: [1, 4],
      CompleteServerBasicKMIPV1_4: [1, 4],
      CompleteServerTLSV1_2KMIPV1_4: [1, 4],
      TapeLibraryClientKMIPV1_4: [1, 4],
      TapeLibraryServerKMIPV1_4: [1, 4],
      SymmetricKeyLifecycleClientKMIPV1_4: [1, 4],
      SymmetricKeyLifecycleServerKMIPV1_4: [1, 4],
      AsymmetricKeyLifecycleClientKMIPV1_4: [1, 4],
      AsymmetricKeyLifecycleServerKMIPV1_4: [1, 4],
      BasicCryptographicClientKMIPV1_4: [1, 4],
      BasicCryptographicServerKMIPV1_4: [1, 4],
      AdvancedCryptographicClientKMIPV1_4: [1, 4],
      AdvancedCryptographicServerKMIPV1_4: [1, 4],
      RNGCryptographicClientKMIPV1_4: [1, 4],
      RNGCryptographicServerKMIPV1_4: [1, 4],
      BasicSymmetricKeyFoundryClientKMIPV1_4: [1, 4],
      IntermediateSymmetricKeyFoundryClientKMIPV1_4: [1, 4],
      AdvancedSymmetricKeyFoundryClientKMIPV1_4: [1, 4],
      SymmetricKeyFoundryServerKMIPV1_4: [1, 4],
      OpaqueManagedObjectStoreClientKMIPV1_4: [1, 4],
      OpaqueManagedObjectStoreServerKMIPV1_4: [1, 4],
      SuiteBMinLOS_128ClientKMIPV1_4: [1, 4],
      SuiteBMinLOS_128ServerKMIPV1_4: [1, 4],
      SuiteBMinLOS_192ClientKMIPV1_4: [1, 4],
      SuiteBMinLOS_192ServerKMIPV1_4: [1, 4],
      StorageArrayWithSelfEncryptingDriveClientKMIPV1_4: [1, 4],
      StorageArrayWithSelfEncryptingDriveServerKMIPV1_4: [1, 4],
      HTTPSClientKMIPV1_4: [1, 4],
      HTTPSServerKMIPV1_4: [1, 4],
      JSONClientKMIPV1_4: [1, 4],
      JSONServerKMIPV1_4: [1, 4],
      XMLClientKMIPV1_4: [1, 4],
      XMLServerKMIPV1_4: [1, 4],
    },
  ],
]);
