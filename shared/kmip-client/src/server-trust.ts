import { X509Certificate } from 'node:crypto';
import type { Handshake } from './connection.ts';

/** The certificates a server is trusted by: itself, or a CA above it. */
export interface ServerTrust {
  readonly pinned: readonly X509Certificate[];
  /** PEM of those that are CAs, for OpenSSL to build chains to. */
  readonly authorities: string[];
}

export function readTrust(trustedCertificates: readonly string[]): ServerTrust {
  const pinned = trustedCertificates.map((pem) => new X509Certificate(pem));
  return { pinned, authorities: pinned.filter(({ ca }) => ca).map((certificate) => certificate.toString()) };
}

/** A pinned certificate is trusted under any name; one under a pinned CA must be valid, and for the host asked for. */
export function isTrusted({ socket, certificate }: Handshake, trust: ServerTrust): boolean {
  // OpenSSL has judged chain, dates and host name. Without a CA of ours it judged by those of the system.
  return isPinned(certificate, trust) || (trust.authorities.length > 0 && socket.authorized);
}

/** Whether a certificate of a handshake that failed could have been trusted: pinned, or issued by a pinned CA. */
export function couldBeTrusted(certificate: X509Certificate, trust: ServerTrust): boolean {
  return isPinned(certificate, trust) || trust.pinned.some((authority) => isIssuedBy(certificate, authority));
}

function isPinned(certificate: X509Certificate, { pinned }: ServerTrust): boolean {
  return pinned.some(({ raw }) => raw.equals(certificate.raw));
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
