import { Failure, isFailureCode } from '@kagibako/contracts/failures';
import type { MsgHdrs } from '@nats-io/transport-node';

/** An answer that failed says so in the headers of the NATS services protocol (ADR-32), with the failure's own code. */
export const failureHeaders = {
  status: 'Nats-Service-Error-Code',
  message: 'Nats-Service-Error',
  code: 'Kagibako-Failure',
} as const;

export function failureFields(failure: Failure): Record<string, string> {
  return {
    [failureHeaders.status]: failure.code === 'Internal' ? '500' : '400',
    [failureHeaders.message]: failure.message.replace(/[\r\n]+/g, ' '),
    [failureHeaders.code]: failure.code,
  };
}

export function failureFrom(headers: MsgHdrs | undefined): Failure | undefined {
  const code = headers?.get(failureHeaders.code);
  if (headers === undefined || code === undefined || code === '') return undefined;
  return new Failure(isFailureCode(code) ? code : 'Internal', headers.get(failureHeaders.message));
}
