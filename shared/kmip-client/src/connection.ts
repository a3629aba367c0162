import { isIP } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { KmipConnectError, type KmipConnectErrorKind } from './kmip-connect-error.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** A TLS connection whose handshake is done; who the server is has not been judged yet. */
export async function openTls(endpoint: Endpoint, options: ConnectionOptions): Promise<TLSSocket> {
  const { host, port, timeoutMs } = endpoint;
  const socket = connect({
    host,
    port,
    minVersion: 'TLSv1.2',
    // RFC 6066 §3: a server name is never an address.
    servername: isIP(host) === 0 ? host : '',
    ...options,
    rejectUnauthorized: false,
  });
  socket.setNoDelay(true);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(new KmipConnectError('timeout', `no TLS handshake with ${host}:${port} in ${timeoutMs} ms`)),
    timeoutMs,
  );
  socket.once('secureConnect', resolve);
  socket.once('error', (error) => reject(connectError(error, `${host}:${port}`)));
  socket.once('close', () => reject(new KmipConnectError('protocol', `${host}:${port} closed during the handshake`)));
  try {
    await promise;
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.removeAllListeners('secureConnect');
    // A destroyed socket may still report its error; nobody listens to it any more.
    socket.on('error', () => {});
  }
}

/** Names an error of the socket, from the handshake or later. */
export function connectError(error: Error & { code?: string }, where: string): KmipConnectError {
  const kind = kindOf(error.code ?? '');
  return new KmipConnectError(kind, `${where}: ${error.message}`, { cause: error });
}

// The alerts a server sends about a client's certificate (RFC 8446 §6.2), as OpenSSL names them.
const certificateAlert =
  /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|NO_CERTIFICATE|DECRYPT_ERROR)|CERTIFICATE_REQUIRED/;

function kindOf(code: string): KmipConnectErrorKind {
  if (certificateAlert.test(code)) return 'client-not-trusted';
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO') return 'protocol';
  return 'unreachable';
}
