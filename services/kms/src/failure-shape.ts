import { STATUS_CODES } from 'node:http';
import { type Failure, failures } from '@kagibako/contracts/failures';
import type { FailureShape } from '@kagibako/runtime/http';
import { collection } from './collections.ts';

const moreInfo = 'https://cloud.ibm.com/apidocs/key-protect';
/** Nobody who is not known learns why. */
const withoutReasons: readonly string[] = ['Unauthenticated', 'Unauthorized'];

/** Failures as Key Protect tells them; those of the token endpoint as IAM does. */
export const failureShape: FailureShape = (failure, request) => {
  const { keyProtectStatus: status, keyProtectCode: code } = failures[failure.code];
  if (request.routeOptions.url === '/identity/token')
    return { status: identityStatus(status), body: identityError(failure) };
  const reason = STATUS_CODES[status] ?? 'Error';
  if (withoutReasons.includes(failure.code)) {
    const errorMsg = `${STATUS_CODES[401]}: The user does not have access to the specified resource`;
    return { status, body: collection('error', [{ errorMsg }]) };
  }
  const errorMsg = `${reason}: Action could not be performed: Please see \`reasons\` for more details (${code})`;
  const reasons = [{ code, message: failure.message, status, moreInfo }];
  return { status, body: collection('error', [{ errorMsg, reasons }]) };
};

/** IAM answers an API key that it does not know with 400. */
const identityStatus = (status: number): number => (status === 401 ? 400 : status);

const identityError = (failure: Failure): unknown => ({
  errorCode: failure.code === 'Unauthenticated' ? 'BXNIM0415E' : 'BXNIM0109E',
  errorMessage: failure.message,
  context: {},
});
