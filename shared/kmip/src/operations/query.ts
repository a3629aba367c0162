import {
  AttestationType,
  ClientRegistrationMethod,
  DestroyAction,
  ObjectType,
  Operation,
  ProfileName,
  QueryFunction,
  RNGMode,
  ShreddingAlgorithm,
  UnwrapMode,
  ValidationAuthorityType,
  ValidationType,
} from '../enums.ts';
import { operation } from '../operation.ts';
import { boolean, enumeration, integer, many, optional, raw, struct, text } from '../schema.ts';
import { extensionInformation, rngParameters } from '../structures.ts';

const profileInformation = struct('ProfileInformation', {
  profileName: enumeration('ProfileName', ProfileName),
  serverUri: optional(text('ServerURI')),
  serverPort: optional(integer('ServerPort')),
});

const validationInformation = struct('ValidationInformation', {
  validationAuthorityType: enumeration('ValidationAuthorityType', ValidationAuthorityType),
  validationAuthorityCountry: optional(text('ValidationAuthorityCountry')),
  validationAuthorityUri: optional(text('ValidationAuthorityURI')),
  validationVersionMajor: integer('ValidationVersionMajor'),
  validationVersionMinor: optional(integer('ValidationVersionMinor')),
  validationType: enumeration('ValidationType', ValidationType),
  validationLevel: integer('ValidationLevel'),
  validationCertificateIdentifier: optional(text('ValidationCertificateIdentifier')),
  validationCertificateUri: optional(text('ValidationCertificateURI')),
  validationVendorUri: optional(text('ValidationVendorURI')),
  validationProfile: many(text('ValidationProfile')),
});

const capabilityInformation = struct('CapabilityInformation', {
  streamingCapability: optional(boolean('StreamingCapability')),
  asynchronousCapability: optional(boolean('AsynchronousCapability')),
  attestationCapability: optional(boolean('AttestationCapability')),
  batchUndoCapability: optional(boolean('BatchUndoCapability')),
  batchContinueCapability: optional(boolean('BatchContinueCapability')),
  unwrapMode: optional(enumeration('UnwrapMode', UnwrapMode)),
  destroyAction: optional(enumeration('DestroyAction', DestroyAction)),
  shreddingAlgorithm: optional(enumeration('ShreddingAlgorithm', ShreddingAlgorithm)),
  rngMode: optional(enumeration('RNGMode', RNGMode)),
});

/** Asks what the server supports. KMIP 1.4 §4.25. */
export const Query = operation({
  name: 'Query',
  since: [1, 0],
  request: { queryFunction: many(enumeration('QueryFunction', QueryFunction)) },
  response: {
    operation: many(enumeration('Operation', Operation)),
    objectType: many(enumeration('ObjectType', ObjectType)),
    vendorIdentification: optional(text('VendorIdentification')),
    serverInformation: optional(raw('ServerInformation')),
    applicationNamespace: many(text('ApplicationNamespace')),
    extensionInformation: many(extensionInformation),
    attestationType: many(enumeration('AttestationType', AttestationType)),
    rngParameters: many(rngParameters),
    profileInformation: many(profileInformation),
    validationInformation: many(validationInformation),
    capabilityInformation: many(capabilityInformation),
    clientRegistrationMethod: many(enumeration('ClientRegistrationMethod', ClientRegistrationMethod)),
  },
});
