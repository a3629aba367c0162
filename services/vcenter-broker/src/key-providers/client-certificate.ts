import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { canonical } from '@kagibako/crypto/canonical';
import { KeyMaterial, withKeyMaterial } from '@kagibako/crypto/key-material';
import { unwrapKey, wrapKey } from '@kagibako/crypto/key-wrap';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
const validDays = 3_650;
const clockSkewMs = 5 * 60 * 1_000;

/** A certificate and its private key, wrapped for the database. */
export interface ClientCertificate {
  certificate: string;
  wrappedKey: Uint8Array;
}

/** A self-signed certificate under which a key provider's servers know this broker; its key leaves here wrapped. */
export async function makeClientCertificate(provider: string, storageKey: KeyMaterial): Promise<ClientCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: ['vcenter-broker'] }, { OU: [provider] }, { O: ['Kagibako'] }],
    keys,
    signingAlgorithm: algorithm,
    // RFC 5280 §4.1.2.2: positive and at most 20 octets.
    serialNumber: `40${randomBytes(15).toString('hex')}`,
    notBefore: new Date(Date.now() - clockSkewMs),
    notAfter: new Date(Date.now() + validDays * dayMs),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ],
  });
  const certificate = `${made.toString('pem')}\n`;
  const exported = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return await withKeyMaterial(KeyMaterial.take(exported), (key) => ({
    certificate,
    wrappedKey: wrapKey(storageKey, key, placeOf(provider, certificate)),
  }));
}

/** The private key in PEM, the one form that TLS takes here. @throws KeyWrapError */
export async function openClientKey(
  provider: string,
  { certificate, wrappedKey }: ClientCertificate,
  storageKey: KeyMaterial,
): Promise<string> {
  return await withKeyMaterial(unwrapKey(storageKey, wrappedKey, placeOf(provider, certificate)), (key) =>
    x509.PemConverter.encode(key.expose().slice().buffer, 'PRIVATE KEY'),
  );
}

/** A wrapped key opens for its own key provider and certificate only. */
const placeOf = (provider: string, certificate: string): Uint8Array =>
  canonical('kagibako key provider client key v1', [provider, certificate]);
