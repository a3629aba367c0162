import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { BusSettings } from '@kagibako/bus/bus';
import { Failure } from '@kagibako/contracts/failures';

/** The SAN of a bus certificate, `<name>.kagibako.internal`, is the name NATS knows the process by (`verify_and_map`). */
const domain = '.kagibako.internal';

/** This process's bus certificate, with which it also signs what it says about session keys. */
export interface BusIdentity {
  certificate: string;
  privateKey: KeyObject;
  issuer: X509Certificate;
}

export function readBusIdentity(settings: BusSettings): BusIdentity {
  return {
    certificate: readFileSync(settings.natsCertFile, 'utf8'),
    privateKey: createPrivateKey(readFileSync(settings.natsKeyFile)),
    issuer: new X509Certificate(readFileSync(settings.natsCaFile)),
  };
}

export interface Peer {
  /** `kms`, `kmip-gateway`, `vcenter-broker` … */
  name: string;
  /** SHA-256 of the certificate's DER, lower-case hex. */
  certificateFingerprint: string;
  publicKey: KeyObject;
}

/** The process that a certificate of the bus's own CA names. @throws Failure Unauthenticated */
export function identifyPeer(certificate: string, issuer: X509Certificate, now = new Date()): Peer {
  const parsed = parse(certificate);
  const name = parsed.subjectAltName?.match(/^DNS:([^,]+)$/)?.[1];
  const trusted = parsed.checkIssued(issuer) && parsed.verify(issuer.publicKey);
  const valid = parsed.validFromDate <= now && now <= parsed.validToDate;
  if (!trusted || !valid || name === undefined || !name.endsWith(domain))
    throw new Failure('Unauthenticated', 'the certificate is not one of this bus');
  return {
    name: name.slice(0, -domain.length),
    certificateFingerprint: fingerprintOf(parsed),
    publicKey: parsed.publicKey,
  };
}

export const fingerprintOf = (certificate: X509Certificate): string =>
  certificate.fingerprint256.replaceAll(':', '').toLowerCase();

function parse(certificate: string): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (error) {
    throw new Failure('Unauthenticated', 'not a certificate', { cause: error });
  }
}
