import { enumerationSince, enumerationUntil, ResultReason } from './enums.ts';
import type { ResultReasonName } from './kmip-error.ts';
import type { OperationName } from './operation.ts';
import { isNewer, type ProtocolVersion } from './version.ts';

type Reasons = Readonly<Partial<Record<ResultReasonName, ResultReasonName>>>;

/** What 2.x says more exactly than 1.x about any operation (2.1 §6). */
const exact: Reasons = {
  ItemNotFound: 'ObjectNotFound',
  IllegalOperation: 'InvalidField',
  IndexOutOfBounds: 'ServerLimitExceeded',
};

/** What 2.x says where 1.x says something wider, by operation. */
const exactByOperation: Readonly<Partial<Record<OperationName, Reasons>>> = {
  Activate: { PermissionDenied: 'WrongKeyLifecycleState' },
  Revoke: { PermissionDenied: 'WrongKeyLifecycleState' },
  Destroy: { PermissionDenied: 'WrongKeyLifecycleState' },
  AddAttribute: { IllegalOperation: 'AttributeSingleValued', PermissionDenied: 'AttributeReadOnly' },
  Get: { IllegalOperation: 'ObjectDestroyed' },
};

/** The nearest reason of 1.0 for those that came later. */
const older: Reasons = {
  EncodingOptionError: 'FeatureNotSupported',
  KeyValueNotPresent: 'IllegalOperation',
  AttestationRequired: 'PermissionDenied',
  AttestationFailed: 'PermissionDenied',
  Sensitive: 'PermissionDenied',
  NotExtractable: 'PermissionDenied',
  ObjectAlreadyExists: 'IllegalOperation',
  ObjectNotFound: 'ItemNotFound',
  ObjectDestroyed: 'PermissionDenied',
  WrongKeyLifecycleState: 'PermissionDenied',
  AttributeReadOnly: 'PermissionDenied',
  AttributeSingleValued: 'IllegalOperation',
  NonUniqueNameAttribute: 'IllegalOperation',
  InvalidAttribute: 'InvalidField',
  ServerLimitExceeded: 'IndexOutOfBounds',
  WrappingObjectNotFound: 'ItemNotFound',
  IncompatibleCryptographicUsageMask: 'PermissionDenied',
};

/** The reason as the version of the request has it: neither newer nor gone (1.4 §11, 2.1 §6). */
export function reasonIn(
  version: ProtocolVersion,
  operation: OperationName | undefined,
  reason: ResultReasonName,
): ResultReasonName {
  const said = version[0] < 2 ? reason : (inOperation(operation)[reason] ?? exact[reason] ?? reason);
  if (exists(said, version)) return said;
  return older[said] ?? 'GeneralFailure';
}

const inOperation = (operation: OperationName | undefined): Reasons =>
  operation === undefined ? {} : (exactByOperation[operation] ?? {});

function exists(reason: ResultReasonName, version: ProtocolVersion): boolean {
  const since = enumerationSince.get(ResultReason)?.[reason];
  const until = enumerationUntil.get(ResultReason)?.[reason];
  return !(since && isNewer(since, version)) && !(until && isNewer(version, until));
}
