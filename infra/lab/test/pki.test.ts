import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { certificateTable, ensureCertificates } from '../src/certificates.ts';
import { type CertificateRequest, ensureAuthority, ensureCertificate, ensureSigningKeyPair } from '../src/pki.ts';
import { makeLabFolder, removeFolders } from './lab-folder.ts';

const dayMs = 86_400_000;
const server: CertificateRequest = {
  commonName: 'https.kms',
  dnsNames: ['localhost', 'kms'],
  ipAddresses: ['127.0.0.1', '::1'],
  purpose: 'server',
};

let folder: string;
beforeEach(async () => {
  folder = await makeLabFolder();
});
afterEach(() => removeFolders(folder));

async function readCertificate(file: string): Promise<X509Certificate> {
  return new X509Certificate(await readFile(file));
}

test('each process has a bus certificate with exactly its own name', () => {
  const bus = certificateTable({ hostIds: ['esx-1', 'esx-2'] }).filter(({ use }) => use === 'bus');
  assert.deepEqual(bus.map(({ owner, dnsNames }) => [owner, ...dnsNames]).sort(), [
    ['esxi-agent-esx-1', 'esxi-agent-esx-1.kagibako.internal'],
    ['esxi-agent-esx-2', 'esxi-agent-esx-2.kagibako.internal'],
    ['kmip-gateway', 'kmip-gateway.kagibako.internal'],
    ['kms', 'kms.kagibako.internal'],
    ['observer', 'observer.kagibako.internal'],
    ['steward', 'steward.kagibako.internal'],
    ['vcenter-broker', 'vcenter-broker.kagibako.internal'],
  ]);
});

test('a certificate chains to the authority, says its names and has its key beside it', async () => {
  const authority = await ensureAuthority(join(folder, 'ca'), 'Test CA');
  const files = await ensureCertificate(authority, join(folder, 'kms'), server);
  const certificate = await readCertificate(files.certFile);
  const ca = await readCertificate(files.caFile);
  assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(await readFile(files.keyFile))));
  assert.equal(certificate.checkHost('kms'), 'kms');
  assert.equal(certificate.checkIP('::1'), '::1');
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(ca.ca, true);
});

test('keys are readable by their owner alone', async () => {
  const certificate = await ensureCertificates(folder, { hostIds: [] });
  for (const file of [join(folder, 'ca/key.pem'), certificate('kms', 'bus').keyFile]) {
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  }
});

test('certificates are made once', async () => {
  const options = { hostIds: ['esx-1'], extraNames: { kms: ['kms'] } };
  const read = async (): Promise<string[]> => {
    const certificate = await ensureCertificates(folder, options);
    const files = certificateTable(options).map(({ owner, use }) => certificate(owner, use).certFile);
    return Promise.all(files.map(async (file) => `${file} ${(await readCertificate(file)).fingerprint256}`));
  };
  assert.deepEqual(await read(), await read());
});

test('a certificate is made anew when it has less than 30 days left, or other names, or another authority', async () => {
  const authority = await ensureAuthority(join(folder, 'ca'), 'Test CA');
  const issue = async (by = authority, request = server): Promise<string> =>
    (await readCertificate((await ensureCertificate(by, join(folder, 'kms'), request)).certFile)).fingerprint256;
  const first = await issue();
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 334 * dayMs });
  assert.equal(await issue(), first);
  mock.timers.setTime(Date.now() + 2 * dayMs);
  const renewed = await issue();
  mock.timers.reset();
  assert.notEqual(renewed, first);
  const renamed = await issue(authority, { ...server, dnsNames: ['localhost'] });
  assert.notEqual(renamed, renewed);
  const other = await ensureAuthority(join(folder, 'other'), 'Test CA');
  assert.notEqual(await issue(other, { ...server, dnsNames: ['localhost'] }), renamed);
});

test('a signing pair is made once and its halves fit', async () => {
  const [keyFile, publicKeyFile] = [join(folder, 'signing.key'), join(folder, 'signing.pub')];
  await ensureSigningKeyPair(keyFile, publicKeyFile);
  const key = await readFile(keyFile, 'utf8');
  await ensureSigningKeyPair(keyFile, publicKeyFile);
  assert.equal(await readFile(keyFile, 'utf8'), key);
  const signature = sign(null, Buffer.from('answer'), createPrivateKey(key));
  const publicKey = createPublicKey(await readFile(publicKeyFile));
  assert.ok(verify(null, Buffer.from('answer'), publicKey, signature));
});

test('a lost public half is made from the private one', async () => {
  const [keyFile, publicKeyFile] = [join(folder, 'signing.key'), join(folder, 'signing.pub')];
  await ensureSigningKeyPair(keyFile, publicKeyFile);
  const [key, publicKey] = await Promise.all([readFile(keyFile, 'utf8'), readFile(publicKeyFile, 'utf8')]);
  await removeFolders(publicKeyFile);
  await ensureSigningKeyPair(keyFile, publicKeyFile);
  assert.equal(await readFile(keyFile, 'utf8'), key);
  assert.equal(await readFile(publicKeyFile, 'utf8'), publicKey);
});
