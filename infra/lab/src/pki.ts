import 'reflect-metadata';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  X509Certificate as NodeCertificate,
  randomBytes,
  webcrypto,
} from 'node:crypto';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { readIfPresent, writePrivateFile } from './private-file.ts';

x509.cryptoProvider.set(webcrypto);

const dayMs = 86_400_000;
const authorityDays = 3_650;
const leafDays = 365;
const renewDaysLeft = 30;
const clockSkewMs = 60_000;
const serialBytes = 16;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certification authority in memory; its key leaves it only into its own folder. */
export interface Authority {
  readonly certificatePem: string;
  readonly certificate: x509.X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
}

/** What a certificate says and what it may be used for. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly purpose: 'client' | 'server';
}

/** The three files that a TLS end needs, in one folder. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

const extendedKeyUsages = {
  client: [x509.ExtendedKeyUsage.clientAuth],
  server: [x509.ExtendedKeyUsage.serverAuth],
} as const;

/** The names of the files of a certificate in its folder, whether they exist yet or not. */
export function certificateFiles(directory: string): CertificateFiles {
  return {
    certFile: join(directory, 'cert.pem'),
    keyFile: join(directory, 'key.pem'),
    caFile: join(directory, 'ca.pem'),
  };
}

/** Opens the authority in this folder (`cert.pem`, `key.pem`), or makes one: P-256, ten years. */
export async function ensureAuthority(directory: string, commonName: string): Promise<Authority> {
  const { certFile, keyFile } = certificateFiles(directory);
  const [certificatePem, keyPem] = await Promise.all([readIfPresent(certFile), readIfPresent(keyFile)]);
  if (certificatePem !== undefined && keyPem !== undefined && daysLeft(certificatePem) > renewDaysLeft) {
    return openAuthority(certificatePem.toString('utf8'), keyPem.toString('utf8'));
  }
  const keys = await generateKeys();
  const certificate = await selfSign(commonName, keys);
  await writePrivateFile(keyFile, await exportKey(keys.privateKey));
  await writePrivateFile(certFile, toPem(certificate));
  return { certificatePem: toPem(certificate), certificate, signingKey: keys.privateKey };
}

async function openAuthority(certificatePem: string, keyPem: string): Promise<Authority> {
  const der = x509.PemConverter.decodeFirst(keyPem);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
  return { certificatePem, certificate: new x509.X509Certificate(certificatePem), signingKey };
}

/**
 * Makes `cert.pem`, `key.pem` and `ca.pem` in the folder, with a fresh P-256 key. An existing certificate is kept while
 * it has more than 30 days left, comes from this authority and says what is asked for.
 */
export async function ensureCertificate(
  authority: Authority,
  directory: string,
  request: CertificateRequest,
): Promise<CertificateFiles> {
  const files = certificateFiles(directory);
  const existing = await readIfPresent(files.certFile);
  const hasKey = (await readIfPresent(files.keyFile)) !== undefined;
  if (existing !== undefined && hasKey && isStillRight(existing, authority, request)) return files;
  const keys = await generateKeys();
  const certificate = await signLeaf(authority, request, keys.publicKey);
  await writePrivateFile(files.keyFile, await exportKey(keys.privateKey));
  await writePrivateFile(files.caFile, authority.certificatePem);
  await writePrivateFile(files.certFile, toPem(certificate));
  return files;
}

function isStillRight(pem: Buffer, authority: Authority, request: CertificateRequest): boolean {
  const certificate = new NodeCertificate(pem);
  return (
    daysLeft(pem) > renewDaysLeft &&
    certificate.verify(new NodeCertificate(authority.certificatePem).publicKey) &&
    certificate.subject === `CN=${request.commonName}` &&
    (certificate.subjectAltName ?? '') === subjectAltNameText(request)
  );
}

/** As node:crypto prints the names of a certificate; an IPv6 address in full groups. */
function subjectAltNameText(request: CertificateRequest): string {
  return [
    ...request.dnsNames.map((name) => `DNS:${name}`),
    ...request.ipAddresses.map((address) => `IP Address:${address === '::1' ? '0:0:0:0:0:0:0:1' : address}`),
  ].join(', ');
}

async function selfSign(commonName: string, keys: webcrypto.CryptoKeyPair): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: makeSerial(),
    name: `CN=${commonName}`,
    ...validity(authorityDays),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

async function signLeaf(
  authority: Authority,
  request: CertificateRequest,
  publicKey: webcrypto.CryptoKey,
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    serialNumber: makeSerial(),
    subject: `CN=${request.commonName}`,
    issuer: authority.certificate.subject,
    ...validity(leafDays),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey: authority.signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([...extendedKeyUsages[request.purpose]]),
      ...subjectAltNames(request),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  });
}

function subjectAltNames(request: CertificateRequest): x509.SubjectAlternativeNameExtension[] {
  const names: x509.JsonGeneralNames = [
    ...request.dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...request.ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - clockSkewMs), notAfter: new Date(Date.now() + days * dayMs) };
}

/** RFC 5280 §4.1.2.2: positive and at most 20 octets. */
function makeSerial(): string {
  const serial = randomBytes(serialBytes);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial.toString('hex');
}

function daysLeft(pem: Buffer): number {
  return (new NodeCertificate(pem).validToDate.getTime() - Date.now()) / dayMs;
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

function toPem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

/** An Ed25519 pair for signing, PKCS#8 and SPKI in PEM: made once, the public half anew where it is missing. */
export async function ensureSigningKeyPair(privateKeyFile: string, publicKeyFile: string): Promise<void> {
  const existing = await readIfPresent(privateKeyFile);
  const privateKey = existing === undefined ? generateKeyPairSync('ed25519').privateKey : createPrivateKey(existing);
  if (existing === undefined) {
    await writePrivateFile(privateKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  }
  await writePrivateFile(publicKeyFile, createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
}
