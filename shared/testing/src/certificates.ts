import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const hourMs = 60 * 60 * 1_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** PEM, both. */
export interface TestCertificate {
  certificate: string;
  privateKey: string;
}

/** A certificate that nobody but itself vouches for, as vCenter makes them; good for an hour unless said otherwise. */
export async function selfSigned(options: {
  commonName: string;
  notBefore?: Date;
  notAfter?: Date;
}): Promise<TestCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${options.commonName}`,
    keys,
    signingAlgorithm: algorithm,
    // RFC 5280 §4.1.2.2: positive.
    serialNumber: `40${randomBytes(15).toString('hex')}`,
    notBefore: options.notBefore ?? new Date(Date.now() - hourMs),
    notAfter: options.notAfter ?? new Date(Date.now() + hourMs),
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  const privateKey = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: `${made.toString('pem')}\n`,
    privateKey: `${x509.PemConverter.encode(privateKey, 'PRIVATE KEY')}\n`,
  };
}
