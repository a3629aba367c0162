import { BatchErrorContinuationOption, CredentialType, ResultReason, ResultStatus } from './enums.ts';
import {
  boolean,
  bytes,
  dateTime,
  enumeration,
  enumerationNumber,
  integer,
  many,
  optional,
  raw,
  struct,
  text,
} from './schema.ts';
import { protocolVersion } from './structures.ts';

const credential = struct('Credential', {
  credentialType: enumeration('CredentialType', CredentialType),
  credentialValue: raw('CredentialValue'),
});

export const requestHeaderFields = {
  protocolVersion,
  maximumResponseSize: optional(integer('MaximumResponseSize')),
  clientCorrelationValue: optional(text('ClientCorrelationValue')),
  serverCorrelationValue: optional(text('ServerCorrelationValue')),
  asynchronousIndicator: optional(boolean('AsynchronousIndicator')),
  attestationCapableIndicator: optional(boolean('AttestationCapableIndicator')),
  attestationType: many(enumerationNumber('AttestationType')),
  authentication: optional(struct('Authentication', { credential: many(credential) })),
  batchErrorContinuationOption: optional(enumeration('BatchErrorContinuationOption', BatchErrorContinuationOption)),
  batchOrderOption: optional(boolean('BatchOrderOption')),
  timeStamp: optional(dateTime('TimeStamp')),
  batchCount: integer('BatchCount'),
};
/** KMIP 1.4 §7.2. */
export const requestHeader = struct('RequestHeader', requestHeaderFields);

export const messageExtensionFields = {
  vendorIdentification: text('VendorIdentification'),
  criticalityIndicator: boolean('CriticalityIndicator'),
  vendorExtension: raw('VendorExtension'),
};
const messageExtension = struct('MessageExtension', messageExtensionFields);

const uniqueBatchItemId = bytes('UniqueBatchItemID');

export const requestBatchItem = struct('BatchItem', {
  operation: enumerationNumber('Operation'),
  uniqueBatchItemId: optional(uniqueBatchItemId),
  payload: raw('RequestPayload'),
  messageExtension: optional(messageExtension),
});
export const requestMessage = struct('RequestMessage', { requestHeader, batchItem: many(requestBatchItem) });

/** KMIP 1.4 §7.3. */
export const responseHeader = struct('ResponseHeader', {
  protocolVersion,
  timeStamp: dateTime('TimeStamp'),
  nonce: optional(raw('Nonce')),
  attestationType: many(enumerationNumber('AttestationType')),
  clientCorrelationValue: optional(text('ClientCorrelationValue')),
  serverCorrelationValue: optional(text('ServerCorrelationValue')),
  batchCount: integer('BatchCount'),
});
export const responseBatchItemFields = {
  operation: optional(enumerationNumber('Operation')),
  uniqueBatchItemId: optional(uniqueBatchItemId),
  resultStatus: enumeration('ResultStatus', ResultStatus),
  resultReason: optional(enumeration('ResultReason', ResultReason)),
  resultMessage: optional(text('ResultMessage')),
  asynchronousCorrelationValue: optional(bytes('AsynchronousCorrelationValue')),
  payload: optional(raw('ResponsePayload')),
  messageExtension: optional(messageExtension),
};
export const responseBatchItem = struct('BatchItem', responseBatchItemFields);
export const responseMessage = struct('ResponseMessage', { responseHeader, batchItem: many(responseBatchItem) });
