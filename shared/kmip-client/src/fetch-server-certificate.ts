import { type Endpoint, openTls } from './connection.ts';
import { KmipConnectError } from './kmip-connect-error.ts';

/** The certificate a server shows, as PEM, for an administrator to judge. It trusts nobody and sends no KMIP. */
export async function fetchServerCertificate(endpoint: Endpoint): Promise<string> {
  try {
    const { socket, certificate } = await openTls(endpoint, {});
    socket.destroy();
    return certificate.toString();
  } catch (error) {
    // A server that wants a client certificate ends a TLS 1.2 handshake, but has shown its own by then.
    if (error instanceof KmipConnectError && error.serverCertificate) return error.serverCertificate.toString();
    throw error;
  }
}
