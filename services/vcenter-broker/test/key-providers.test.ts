import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Failure } from '@kagibako/contracts/failures';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { KeyWrapError } from '@kagibako/crypto/key-wrap';
import { fingerprintOf } from '@kagibako/sealed-bus/identity';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import {
  type ClientCertificate,
  makeClientCertificate,
  openClientKey,
} from '../src/key-providers/client-certificate.ts';
import { createKmipKey, getKmipKey, type KmipContext, kmipStatus } from '../src/key-providers/kmip-provider.ts';
import { createKmipSessions } from '../src/key-providers/kmip-sessions.ts';
import type { StoredKeyProvider } from '../src/store/key-providers.ts';
import { startKmipServer, type TestKmipServer } from './kmip-server.ts';

const labels = { 'x-Identifier': 'vm-1', 'x-Name': 'web' };
const storageKey = KeyMaterial.random(32);
let client: ClientCertificate;
const open: { close(): unknown }[] = [];

before(async () => {
  client = await makeClientCertificate('kms', storageKey);
});
after(() => {
  for (const one of open) one.close();
});

const aContext = (): KmipContext => {
  const sessions = createKmipSessions();
  open.push(sessions);
  return { storageKey, sessions, metrics: createMetrics('test'), logger: createLogger('test', 'silent') };
};

async function aServer(): Promise<TestKmipServer> {
  const server = await startKmipServer();
  server.clients.add(new X509Certificate(client.certificate).fingerprint256);
  open.push(server);
  return server;
}

const providerOf = (
  servers: readonly { port: number; certificate?: string }[],
  more: Partial<StoredKeyProvider> = {},
): StoredKeyProvider => ({
  name: 'kms',
  kind: 'KMIP',
  isDefault: true,
  servers: servers.map(({ port }, at) => ({ name: `server-${at}`, hostname: '127.0.0.1', port })),
  trustedCertificates: servers.flatMap(({ certificate }) => certificate ?? []),
  client,
  ...more,
});

describe('a KMIP key provider', () => {
  it('is spoken to in the newest version that both know', async () => {
    for (const [spoken, used] of [
      [
        [
          [1, 4],
          [1, 1],
        ],
        '1.4',
      ],
      [
        [
          [1, 2],
          [1, 1],
        ],
        '1.2',
      ],
      [[[1, 0]], '1.0'],
    ] as const) {
      const server = await aServer();
      server.versions = [...spoken];
      await createKmipKey(aContext(), providerOf([server]), labels);
      const created = server.asked.find(({ operation }) => operation === 'Create');
      assert.equal(created?.version.join('.'), used);
    }
  });

  it('is asked again on the same connection, and on another when it ended the first', async () => {
    const [server, context] = [await aServer(), aContext()];
    const provider = providerOf([server]);
    const keyId = await createKmipKey(context, provider, labels);
    const connections = server.connections;
    (await getKmipKey(context, provider, keyId)).destroy();
    assert.equal(server.connections, connections);
    server.hangUp();
    (await getKmipKey(context, provider, keyId)).destroy();
    assert.equal(server.connections, connections + 1);
  });

  it('gives keys though it knows neither attributes nor states', async () => {
    for (const unsupported of [['AddAttribute'], ['GetAttributes'], ['GetAttributes', 'AddAttribute']] as const) {
      const [server, context] = [await aServer(), aContext()];
      for (const operation of unsupported) server.unsupported.add(operation);
      const keyId = await createKmipKey(context, providerOf([server]), labels);
      const key = await getKmipKey(context, providerOf([server]), keyId);
      assert.deepEqual(key.expose(), server.keys.get(keyId)?.material);
    }
  });

  it('is asked through its second server when the first is away or does not answer', async () => {
    const [first, second] = [await aServer(), await aServer()];
    const provider = providerOf([first, second]);
    first.close();
    const keyId = await createKmipKey(aContext(), provider, labels);
    assert.ok(second.keys.has(keyId));
    const statuses = await kmipStatus(aContext(), provider);
    assert.deepEqual(
      statuses.map(({ health }) => health),
      ['ERROR', 'OK'],
    );
    assert.match(statuses[0]?.details[0]?.default_message ?? '', /^Server not reachable: /);
  });

  it('names each server that failed, and what with', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    open.push(silent);
    const { port } = silent.address() as AddressInfo;
    const gone = await aServer();
    gone.close();
    await assert.rejects(createKmipKey(aContext(), providerOf([{ port }, gone]), labels), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, 'ProviderTimedOut');
      assert.match(error.message, /^key provider kms: server server-0 \(.*5000 ms.*; server server-1 \(.*ECONNREFUSED/);
      return true;
    });
  });

  it('is told apart by whose trust is missing', async () => {
    const server = await aServer();
    const health = async (more: Partial<StoredKeyProvider>) => {
      const [status] = await kmipStatus(aContext(), providerOf([server], more));
      return [status?.client_trust_server, status?.server_trust_client, status?.details[0]?.default_message ?? ''];
    };
    const [a, b, untrusted] = await health({ trustedCertificates: [] });
    assert.deepEqual([a, b], [false, false]);
    assert.match(String(untrusted), /^Server not trusted: server server-0/);
    assert.deepEqual(await health({ client: undefined }), [
      true,
      false,
      'Client not trusted: this key provider has no client certificate yet',
    ]);
    assert.deepEqual(await health({}), [true, true, '']);
    server.clients.clear();
    const [, , refused] = await health({});
    assert.match(String(refused), /^Client not trusted: server server-0 .*who are you/);
  });
});

describe('a client certificate', () => {
  it('has its key opened for its own provider and certificate alone', async () => {
    const pem = await openClientKey('kms', client, storageKey);
    assert.match(pem, /^-----BEGIN PRIVATE KEY-----/);
    const other = await makeClientCertificate('kms', storageKey);
    await assert.rejects(openClientKey('another', client, storageKey), KeyWrapError);
    await assert.rejects(openClientKey('kms', { ...other, wrappedKey: client.wrappedKey }, storageKey), KeyWrapError);
    await assert.rejects(openClientKey('kms', client, KeyMaterial.random(32)), KeyWrapError);
    const body = Buffer.from(pem.replace(/-----.*?-----|\s/g, ''), 'base64');
    assert.ok(!Buffer.from(client.wrappedKey).includes(body.subarray(-32)));
    assert.notEqual(
      fingerprintOf(new X509Certificate(client.certificate)),
      fingerprintOf(new X509Certificate(other.certificate)),
    );
  });
});
