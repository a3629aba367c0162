import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { KmipConnectError, type KmipConnectErrorKind } from './kmip-connect-error.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** A TLS connection whose handshake is done. Who the server is has not been judged yet. */
export interface Handshake {
  readonly socket: TLSSocket;
  readonly certificate: X509Certificate;
}

export async function openTls(endpoint: Endpoint, options: ConnectionOptions): Promise<Handshake> {
  const { host, port, timeoutMs } = endpoint;
  const where = `${host}:${port}`;
  // RFC 6066 §3: a server name is never an address.
  const servername = isIP(host) === 0 ? host : '';
  const fixed = {
    host,
    port,
    servername,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: false,
    requestOCSP: true,
  } as const;
  const socket = connect({ ...options, ...fixed });
  socket.setNoDelay(true);
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>();
  const timer = setTimeout(
    () => reject(new KmipConnectError('timeout', `no TLS handshake with ${where} in ${timeoutMs} ms`)),
    timeoutMs,
  );
  // This event, stapled response or not, is where a client first sees the server's certificate: a server that refuses
  // us within a TLS 1.2 handshake leaves nothing to ask afterwards.
  let certificate: X509Certificate | undefined;
  socket.once('OCSPResponse', () => {
    certificate = shownCertificate(socket);
  });
  socket.once('secureConnect', () => {
    certificate ??= shownCertificate(socket);
    if (certificate !== undefined) resolve({ socket, certificate });
    else reject(new KmipConnectError('protocol', `${where} showed no certificate`));
  });
  // Not once: after the handshake an error with no request under way stays with the socket, for the next one to find.
  socket.on('error', (error) => reject(connectError(error, where, certificate)));
  socket.once('close', () => reject(closedError(where, certificate)));
  try {
    return await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Names an error of the socket before its first answer. */
export function connectError(
  error: Error & { code?: string; reason?: string },
  where: string,
  serverCertificate: X509Certificate | undefined,
): KmipConnectError {
  const kind = kindOf(error.code ?? '', serverCertificate !== undefined);
  // OpenSSL's reason is one line for people; its message is not.
  return new KmipConnectError(kind, `${where}: ${error.reason ?? error.message}`, { cause: error, serverCertificate });
}

/** A connection that ended with nothing said. A server that has shown its certificate ends it over ours. */
export function closedError(where: string, serverCertificate: X509Certificate | undefined): KmipConnectError {
  const kind = serverCertificate === undefined ? 'protocol' : 'client-not-trusted';
  return new KmipConnectError(kind, `${where} closed the connection without an answer`, { serverCertificate });
}

// getPeerX509Certificate() is not used: on a client (Node 24) each call takes the next certificate off the chain.
function shownCertificate(socket: TLSSocket): X509Certificate | undefined {
  const { raw } = socket.getPeerCertificate() ?? {};
  return raw === undefined ? undefined : new X509Certificate(raw);
}

const lostCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

// In TLS 1.2 a server refuses a client's certificate within the handshake, in TLS 1.3 after it (RFC 8446 §4.4.2.4).
function kindOf(code: string, certificateShown: boolean): KmipConnectErrorKind {
  if (certificateShown && (code.includes('ALERT') || lostCodes.has(code))) return 'client-not-trusted';
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO') return 'protocol';
  return 'unreachable';
}
