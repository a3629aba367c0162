import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** The certificates a server is trusted by: itself, or a CA above it. */
export interface ServerTrust {
  readonly pinned: readonly X509Certificate[];
  /** PEM of those that are CAs, for OpenSSL to build chains to. */
  readonly authorities: string[];
}

export function readTrust(trustedCertificates: readonly string[]): ServerTrust {
  const pinned = trustedCertificates.map((pem) => new X509Certificate(pem));
  return { pinned, authorities: pinned.filter((certificate) => certificate.ca).map(String) };
}

/** A pinned certificate is trusted under any name; one under a pinned CA must be valid for the host asked for. */
export function isTrusted(socket: TLSSocket, { pinned, authorities }: ServerTrust): boolean {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return false;
  if (pinned.some(({ raw }) => raw.equals(certificate.raw))) return true;
  // OpenSSL has judged chain, dates and host name; without a CA of ours it judged by those of the system.
  return authorities.length > 0 && socket.authorized;
}
