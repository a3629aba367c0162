import type { ResultReason } from './enums.ts';

export type ResultReasonName = keyof typeof ResultReason;

/** A failure that the KMIP client is told: a Result Reason (KMIP 1.4 §9.1.3.2.29) and a Result Message. */
export class KmipError extends Error {
  override name = 'KmipError';
  readonly resultReason: ResultReasonName;
  constructor(resultReason: ResultReasonName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.resultReason = resultReason;
  }
}
