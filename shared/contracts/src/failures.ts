/**
 * Every failure a caller can be told, in the words of each edge: KMIP Result Reason (KMIP 1.4 §9.1.3.2.29),
 * Key Protect's error code and HTTP status, and vSphere's error type and HTTP status.
 */
export const failures = {
  InvalidArgument: row('InvalidField', 400, 'INVALID_FIELD_ERR', 400, 'INVALID_ARGUMENT'),
  InvalidRequest: row('InvalidMessage', 400, 'BAD_BODY_ERR', 400, 'INVALID_REQUEST'),
  Unauthenticated: row('AuthenticationNotSuccessful', 401, 'UNAUTHORIZED_ERR', 401, 'UNAUTHENTICATED'),
  Unauthorized: row('PermissionDenied', 403, 'UNAUTHORIZED_ERR', 403, 'UNAUTHORIZED'),
  NotFound: row('ItemNotFound', 404, 'KEY_NOT_FOUND_ERR', 404, 'NOT_FOUND'),
  AlreadyExists: row('IllegalOperation', 409, 'INVALID_FIELD_ERR', 400, 'ALREADY_EXISTS'),
  AlreadyInDesiredState: row('IllegalOperation', 409, 'KEY_ACTION_INVALID_STATE_ERR', 400, 'ALREADY_IN_DESIRED_STATE'),
  NotAllowedInCurrentState: row(
    'PermissionDenied',
    409,
    'KEY_ACTION_INVALID_STATE_ERR',
    400,
    'NOT_ALLOWED_IN_CURRENT_STATE',
  ),
  InvalidPowerState: row('IllegalOperation', 409, 'KEY_ACTION_INVALID_STATE_ERR', 400, 'NOT_ALLOWED_IN_CURRENT_STATE'),
  AlreadyEncrypted: row('IllegalOperation', 409, 'KEY_ACTION_INVALID_STATE_ERR', 400, 'NOT_ALLOWED_IN_CURRENT_STATE'),
  NotEncrypted: row('IllegalOperation', 409, 'KEY_ACTION_INVALID_STATE_ERR', 400, 'NOT_ALLOWED_IN_CURRENT_STATE'),
  ResourceInUse: row('IllegalOperation', 409, 'PROTECTED_RESOURCE_ERR', 400, 'RESOURCE_IN_USE'),
  Unsupported: row('OperationNotSupported', 400, 'INVALID_FIELD_ERR', 400, 'UNSUPPORTED'),
  KeyUnavailable: row('ItemNotFound', 409, 'KEY_INVALID_STATE_ERR', 500, 'RESOURCE_INACCESSIBLE'),
  ProviderUnreachable: row('GeneralFailure', 503, 'GENERAL_ERR', 503, 'SERVICE_UNAVAILABLE'),
  ProviderTimedOut: row('GeneralFailure', 504, 'GENERAL_ERR', 504, 'TIMED_OUT'),
  ServerNotTrusted: row('GeneralFailure', 503, 'GENERAL_ERR', 400, 'UNVERIFIED_PEER'),
  ClientNotTrusted: row('AuthenticationNotSuccessful', 503, 'GENERAL_ERR', 400, 'UNVERIFIED_PEER'),
  InsufficientSpace: row('GeneralFailure', 500, 'GENERAL_ERR', 500, 'UNABLE_TO_ALLOCATE_RESOURCE'),
  DataCorrupt: row('CryptographicFailure', 500, 'GENERAL_ERR', 500, 'RESOURCE_INACCESSIBLE'),
  TooLarge: row('ResponseTooLarge', 400, 'BAD_BODY_ERR', 400, 'INVALID_REQUEST'),
  RequestReplayed: row('GeneralFailure', 409, 'GENERAL_ERR', 400, 'CONCURRENT_CHANGE'),
  ServiceUnavailable: row('GeneralFailure', 503, 'GENERAL_ERR', 503, 'SERVICE_UNAVAILABLE'),
  Internal: row('GeneralFailure', 500, 'INTERNAL_SERVER_ERROR', 500, 'INTERNAL_SERVER_ERROR'),
} as const;

export type FailureCode = keyof typeof failures;

function row<R extends string, C extends string, T extends string>(
  resultReason: R,
  keyProtectStatus: number,
  keyProtectCode: C,
  vsphereStatus: number,
  vsphereErrorType: T,
) {
  return { resultReason, keyProtectStatus, keyProtectCode, vsphereStatus, vsphereErrorType };
}

/** An expected failure: its code and message are told to the caller. Anything else that is thrown is a bug. */
export class Failure extends Error {
  override name = 'Failure';
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const isFailureCode = (code: string): code is FailureCode => Object.hasOwn(failures, code);
