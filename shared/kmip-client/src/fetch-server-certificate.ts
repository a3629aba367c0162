import { type Endpoint, openTls } from './connection.ts';
import { KmipConnectError } from './kmip-connect-error.ts';

/** The certificate a server shows, as PEM, for an administrator to judge. It trusts nobody and sends no KMIP. */
export async function fetchServerCertificate(endpoint: Endpoint): Promise<string> {
  const socket = await openTls(endpoint, {});
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  if (certificate === undefined) throw new KmipConnectError('protocol', 'the server showed no certificate');
  return certificate.toString();
}
