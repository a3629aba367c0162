import { createPrivateKey } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { DiskDescriptor } from '@kagibako/esxi-agent/disk-descriptor';
import { lockedBy, unlockDek } from '@kagibako/esxi-agent/encryption-bundle';
import { VmxFile } from '@kagibako/esxi-agent/vmx-file';
import { openInstanceKey, openRootKey, openTokenKey, type Root } from '@kagibako/kms/key-hierarchy';
import { openSoftwareRoot } from '@kagibako/kms/software-root';
import { sendJson } from '@kagibako/lab/https-json';
import type { Lab } from '@kagibako/lab/lab-file';
import { labFolders } from '@kagibako/lab/settings';
import type pg from 'pg';
import { connectScript, getKey, locateActiveKeys } from '../src/kmip-script.ts';
import { connectAsAdministrator, type RunningLab } from './running-lab.ts';
import type { Secret } from './secret-scanner.ts';

/** The text of a VM's `.vmx` or of a disk's descriptor while the VM was encrypted. */
export interface EncryptedVmFile {
  name: string;
  text: string;
}

/** Every secret of a lab that a test can get at, by the name it has in a report. */
export async function collectSecrets(running: RunningLab, vmFiles: readonly EncryptedVmFile[]): Promise<Secret[]> {
  const keks = await collectKeks(running.lab);
  return [
    ...[...keks].map(([id, bytes]) => ({ name: `KEK ${id}`, bytes })),
    ...vmFiles.flatMap((file) => deksIn(file, keks)),
    ...(await collectHierarchy(running)),
    ...(await collectFiles(running)),
    ...(await collectSessions(running.lab)),
  ];
}

/** The KEKs of the lab's adapter by their Unique Identifier, asked for by KMIP. */
export async function collectKeks(lab: Lab): Promise<Map<string, Uint8Array>> {
  const client = await connectScript(lab);
  try {
    const keks = new Map<string, Uint8Array>();
    for (const id of await locateActiveKeys(client)) keks.set(id, (await getKey(client, id)).expose());
    return keks;
  } finally {
    client.close();
  }
}

function deksIn({ name, text }: EncryptedVmFile, keks: ReadonlyMap<string, Uint8Array>): Secret[] {
  const bundle = name.endsWith('.vmx')
    ? VmxFile.parse(text).get('encryption.bundle')
    : DiskDescriptor.parse(text).get('encryptionKeys');
  if (bundle === undefined) throw new Error(`${name} holds no wrapped DEK`);
  const [kek] = lockedBy(bundle).flatMap(({ keyId }) => keks.get(keyId) ?? []);
  if (kek === undefined) throw new Error(`the KEK of ${name} is not at the KMS`);
  const dek = unlockDek(bundle, KeyMaterial.move(kek.slice()));
  return [{ name: `DEK of ${name}`, bytes: dek.expose() }];
}

/** Instance keys, customer root keys and token keys, opened as kms opens them. */
async function collectHierarchy({ lab, settings }: RunningLab): Promise<Secret[]> {
  const { kms, secrets } = labFolders(settings.stateDirectory);
  const passphrase = await readFile(join(secrets, 'kms/root.passphrase'));
  const root = await openSoftwareRoot(join(kms, 'root.sealed'), passphrase);
  const database = await connectAsAdministrator(lab, 'kms');
  try {
    return [...(await instanceAndRootKeys(root, database)), ...(await tokenKeys(root, database))];
  } finally {
    await database.end();
    root.close();
  }
}

async function instanceAndRootKeys(root: Root, database: pg.Client): Promise<Secret[]> {
  const { rows } = await database.query(
    `SELECT key.instance_id, key.version AS instance_version, key.master_key_version, key.wrapped AS instance_wrapped,
       crk.id AS crk_id, version.version AS crk_version, version.wrapped AS crk_wrapped
     FROM instance_keys key LEFT JOIN crks crk USING (instance_id)
     LEFT JOIN crk_versions version ON version.crk_id = crk.id AND version.instance_key_version = key.version`,
  );
  const secrets = rows.map(async (row): Promise<Secret[]> => {
    const instanceKey = {
      instanceId: row.instance_id,
      version: row.instance_version,
      masterKeyVersion: row.master_key_version,
      wrapped: row.instance_wrapped,
    };
    const opened = await openInstanceKey(root, instanceKey);
    const instance = { name: `instance key of ${row.instance_id}`, bytes: opened.expose() };
    if (row.crk_id === null) return [instance];
    const stored = { crkId: row.crk_id, version: row.crk_version, wrapped: row.crk_wrapped, instanceKey };
    const crk = await openRootKey(root, stored);
    return [instance, { name: `CRK ${row.crk_id}`, bytes: crk.expose() }];
  });
  return (await Promise.all(secrets)).flat();
}

async function tokenKeys(root: Root, database: pg.Client): Promise<Secret[]> {
  const { rows } = await database.query('SELECT id, master_key_version, wrapped FROM token_keys');
  const secrets = rows.map(async ({ id, master_key_version, wrapped }) => {
    const key = await openTokenKey(root, { id, masterKeyVersion: master_key_version, wrapped });
    return { name: `token key ${id}`, bytes: key.expose() };
  });
  return await Promise.all(secrets);
}

/** Passwords, passphrases, API keys and private keys as they lie in the lab's own folders. */
async function collectFiles({ settings }: RunningLab): Promise<Secret[]> {
  const folders = labFolders(settings.stateDirectory);
  const roots = [folders.secrets, folders.pki, folders.kms, join(settings.stateDirectory, 'hosts')];
  const secrets: Secret[] = [];
  for (const file of (await Promise.all(roots.map(filesBelow))).flat()) {
    if (/\.(password|passphrase|api-key)$|storage\.key$|jetstream\.key$/.test(file))
      secrets.push({ name: file, bytes: trimmed(await readFile(file)) });
    else if (file.endsWith('.key') || file.endsWith('key.pem'))
      secrets.push({ name: file, bytes: privatePart(await readFile(file, 'utf8')) });
  }
  return secrets;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

const trimmed = (bytes: Buffer): Uint8Array => (bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes);

/** The private number of an EC or Ed25519 key: it is in every form in which such a key may be written. */
function privatePart(pem: string): Uint8Array {
  const { d } = createPrivateKey(pem).export({ format: 'jwk' });
  if (d === undefined) throw new Error('a private key without its private part');
  return Buffer.from(d, 'base64url');
}

/** A session id and a bearer token, each used once so that it has been everywhere that they go. */
async function collectSessions({ broker, kms }: Lab): Promise<Secret[]> {
  const password = await readFile(broker.passwordFile, 'utf8');
  const brokerCa = await readFile(broker.caFile);
  const authorization = `Basic ${Buffer.from(`${broker.user}:${password}`).toString('base64')}`;
  const url = `${broker.url}/api/session`;
  const session = await sendJson({ method: 'POST', url, ca: brokerCa, headers: { authorization } });
  const sessionId = String(session.body);
  await sendJson({ method: 'GET', url, ca: brokerCa, headers: { 'vmware-api-session-id': sessionId } });

  const ca = await readFile(kms.caFile);
  const apikey = (await readFile(kms.apiKeyFile, 'utf8')).trim();
  const form = new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await sendJson({ method: 'POST', url: `${kms.url}/identity/token`, ca, headers, body: form });
  const token = (answer.body as { access_token: string }).access_token;
  const bearer = { authorization: `Bearer ${token}`, 'bluemix-instance': String(kms.instance) };
  await sendJson({ method: 'GET', url: `${kms.url}/api/v2/keys`, ca, headers: bearer });
  return [
    { name: 'session id', bytes: Buffer.from(sessionId) },
    { name: 'bearer token', bytes: Buffer.from(token) },
    { name: 'bearer token’s signature', bytes: Buffer.from(token.split('.')[2] ?? '', 'base64url') },
  ];
}
