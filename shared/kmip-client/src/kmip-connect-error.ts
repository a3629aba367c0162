import type { X509Certificate } from 'node:crypto';

/** Why a key provider could not be asked. */
export type KmipConnectErrorKind =
  /** No TCP connection, or it was lost. */
  | 'unreachable'
  /** No whole answer in time. */
  | 'timeout'
  /** The server's certificate is neither pinned nor issued by a pinned CA. */
  | 'server-not-trusted'
  /** The server refuses our certificate or our credentials. */
  | 'client-not-trusted'
  /** What answers does not speak TLS or KMIP as it should. */
  | 'protocol';

export interface KmipConnectErrorOptions extends ErrorOptions {
  readonly serverCertificate?: X509Certificate | undefined;
}

export class KmipConnectError extends Error {
  override name = 'KmipConnectError';
  readonly kind: KmipConnectErrorKind;
  /** What the server showed, if it came so far. */
  readonly serverCertificate: X509Certificate | undefined;
  constructor(kind: KmipConnectErrorKind, message: string, options: KmipConnectErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.serverCertificate = options.serverCertificate;
  }
}
