import { Failure, failures, isFailureCode } from '@kagibako/contracts/failures';
import type { FailureShape } from '@kagibako/runtime/http';

/** A failure as the vSphere Automation API tells it. */
export function errorBody(code: string, message: string): unknown {
  const known = isFailureCode(code) ? code : 'Internal';
  return {
    error_type: failures[known].vsphereErrorType,
    messages: [{ id: `kagibako.vcenter.${known}`, default_message: message, args: [] }],
  };
}

const alreadyEnrolledStatus = 409;

export const failureShape: FailureShape = (failure, request) => ({
  // Resources that vSphere does not have say a conflict in HTTP's own word.
  status:
    failure.code === 'AlreadyExists' && request.routeOptions.url?.startsWith('/api/kagibako/')
      ? alreadyEnrolledStatus
      : failures[failure.code].vsphereStatus,
  body: errorBody(failure.code, failure.message),
});

/** All ways of not being known look the same. */
export const notAuthenticated = (): Failure => new Failure('Unauthenticated', 'Authentication required.');
