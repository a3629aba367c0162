import { randomUUID, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  decodeResponseMessage,
  encodeRequestMessage,
  type RequestToEncode,
  type ResponseBatchItem,
} from '@kagibako/kmip/message';
import { decodeResponsePayload, encodeRequestPayload, type OperationSpec } from '@kagibako/kmip/operation';
import type { Fields, Infer, Input } from '@kagibako/kmip/schema';
import type { ProtocolVersion } from '@kagibako/kmip/version';
import { openDatabase } from '@kagibako/runtime/database';
import { fingerprintOf } from '@kagibako/sealed-bus/identity';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import { selfSigned } from '@kagibako/testing/certificates';
import { createDatabase, type TestDatabase } from '@kagibako/testing/postgres';
import { type AuditAction, succeeded } from '../src/audit.ts';
import { createInstanceKey, createRootKeyVersion } from '../src/key-hierarchy.ts';
import { answerMessage } from '../src/kmip-message.ts';
import type { Service } from '../src/service.ts';
import { createSoftwareRoot, openSoftwareRoot } from '../src/software-root.ts';
import { createAdapter } from '../src/store/adapters.ts';
import { registerCertificate } from '../src/store/certificates.ts';
import { createInstance } from '../src/store/instances.ts';
import { createRootKey } from '../src/store/root-keys.ts';

export const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** kms without its edges: a database and a root of the test's own. */
export interface TestKms {
  database: TestDatabase;
  service: Service;
  stop(): Promise<void>;
}

export async function startKms(): Promise<TestKms> {
  const database = await createDatabase({ name: 'kms', migrations });
  const directory = await mkdtemp(join(tmpdir(), 'kagibako-kms-'));
  const rootFile = join(directory, 'root.sealed');
  const passphrase = new TextEncoder().encode('a passphrase for a test');
  await createSoftwareRoot(rootFile, passphrase);
  const root = await openSoftwareRoot(rootFile, passphrase);
  const pool = openDatabase(database.url, database.password, () => undefined);
  const service = {
    database: pool,
    root,
    region: 'test',
    timeStampWindowSeconds: 60,
    logger: createLogger('kms', 'silent'),
    metrics: createMetrics('kms'),
    changed: () => undefined,
  };
  return {
    database,
    service,
    stop: async () => {
      await pool.end();
      root.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const byTest = (instanceId: string, action: AuditAction) =>
  succeeded({ instanceId, actor: 'test', peerAddress: 'test' }, { action, operation: 'test' });

export async function anInstance({ service: { database, root } }: TestKms): Promise<string> {
  const instanceId = randomUUID();
  const key = await createInstanceKey(root, instanceId, 1);
  const made = { name: `instance-${instanceId}`, region: 'test', key };
  await createInstance(database, byTest(instanceId, 'kms.instance.create'), made);
  return instanceId;
}

export interface TestAdapter {
  instanceId: string;
  crkId: string;
  adapterId: string;
}

/** An adapter under a root key of its own, in an instance of its own unless one is given. */
export async function anAdapter(kms: TestKms, instance?: string): Promise<TestAdapter> {
  const { database, root } = kms.service;
  const instanceId = instance ?? (await anInstance(kms));
  const [row] = await kms.database.query('SELECT * FROM instance_keys WHERE instance_id = $1', [instanceId]);
  const instanceKey = {
    instanceId,
    version: Number(row?.['version']),
    masterKeyVersion: Number(row?.['master_key_version']),
    wrapped: row?.['wrapped'] as Buffer,
  };
  const crkId = randomUUID();
  const key = await createRootKeyVersion(root, instanceKey, crkId, 1);
  const createKey = { audit: byTest(instanceId, 'kms.secrets.create'), facts: [] };
  const named = { versionId: randomUUID(), name: 'root key', description: undefined, createdBy: 'test', key };
  await createRootKey(database, createKey, named);
  const adapterId = randomUUID();
  const adapter = {
    id: adapterId,
    instanceId,
    crkId,
    name: `adapter-${adapterId.slice(0, 8)}`,
    description: undefined,
  };
  await createAdapter(
    database,
    { audit: byTest(instanceId, 'kms.kmip-management.create'), facts: [] },
    { ...adapter, profile: 'native_1.0', createdBy: 'test' },
  );
  return { instanceId, crkId, adapterId };
}

/** A KMIP client as the gateway knows it: a certificate's fingerprint. */
export interface TestClient {
  certificateId: string;
  fingerprint: string;
  pem: string;
  /** One operation, which must succeed. */
  call<Req extends Fields, Res extends Fields>(
    spec: OperationSpec<Req, Res>,
    payload: Input<Req>,
    version?: ProtocolVersion,
  ): Promise<Infer<Res>>;
  /** One operation, which must fail: its Result Reason. */
  refused<Req extends Fields>(
    spec: OperationSpec<Req, Fields>,
    payload: Input<Req>,
    version?: ProtocolVersion,
  ): Promise<string>;
  batch(
    request: Omit<RequestToEncode, 'version'> & { version?: ProtocolVersion },
  ): Promise<readonly ResponseBatchItem[]>;
  /** A message as it comes from the wire; a request id of its own unless given. */
  send(message: Uint8Array, requestId?: string): Promise<Uint8Array>;
}

export async function aClient(kms: TestKms, adapter: TestAdapter): Promise<TestClient> {
  const { certificate } = await selfSigned({ commonName: 'kmip client' });
  const fingerprint = fingerprintOf(new X509Certificate(certificate));
  const certificateId = randomUUID();
  await registerCertificate(
    kms.service.database,
    { audit: byTest(adapter.instanceId, 'kms.kmip-management.create'), facts: [] },
    {
      id: certificateId,
      adapterId: adapter.adapterId,
      name: `client-${certificateId.slice(0, 8)}`,
      fingerprint,
      pem: certificate,
      createdBy: 'test',
    },
  );
  return clientOf(kms, { fingerprint, certificateId, pem: certificate });
}

/** A client by its fingerprint, registered or not. */
export function clientOf(
  kms: TestKms,
  { fingerprint, certificateId, pem }: { fingerprint: string; certificateId: string; pem: string },
): TestClient {
  const send = async (message: Uint8Array, requestId = randomUUID()): Promise<Uint8Array> => {
    const arrived = { fingerprint, peerAddress: '192.0.2.1', message, requestId };
    return (await answerMessage(kms.service, arrived)).answer;
  };
  const batch: TestClient['batch'] = async (request) => {
    const message = encodeRequestMessage({ version: [1, 4], ...request });
    return decodeResponseMessage(await send(message)).batchItems;
  };
  const only = async <Req extends Fields>(
    spec: OperationSpec<Req, Fields>,
    payload: Input<Req>,
    version: ProtocolVersion = [1, 4],
  ): Promise<ResponseBatchItem> => {
    const [item] = await batch({ version, items: [anItem(spec, payload, version)] });
    if (item === undefined) throw new Error('an answer without an item');
    return item;
  };
  return {
    certificateId,
    fingerprint,
    pem,
    send,
    batch,
    call: async (spec, payload, version) => {
      const { result } = await only(spec, payload, version);
      if ('payload' in result) return decodeResponsePayload(spec, result.payload);
      throw new Error(`${spec.name}: ${result.resultReason}: ${result.resultMessage}`);
    },
    refused: async (spec, payload, version) => {
      const { result } = await only(spec, payload, version);
      if ('payload' in result) throw new Error(`${spec.name} succeeded`);
      return result.resultReason;
    },
  };
}

export function anItem<Req extends Fields>(
  spec: OperationSpec<Req, Fields>,
  payload: Input<Req>,
  version: ProtocolVersion = [1, 4],
  uniqueBatchItemId?: Uint8Array,
) {
  return { operation: spec.name, uniqueBatchItemId, payload: encodeRequestPayload(spec, payload, version) };
}
