import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Attribute } from '@kagibako/kmip/attribute';
import { executed, identifierOf, runBatch } from '@kagibako/kmip/batch';
import { KmipError } from '@kagibako/kmip/kmip-error';
import { decodeRequestMessage, encodeResponseMessage, type RequestBatchItem } from '@kagibako/kmip/message';
import { decodeRequestPayload, type OperationName } from '@kagibako/kmip/operation';
import { operations } from '@kagibako/kmip/operations';
import { messageLength } from '@kagibako/kmip/ttlv';
import type { ProtocolVersion } from '@kagibako/kmip/version';
import { selfSigned } from '@kagibako/testing/certificates';

const yearMs = 365 * 24 * 60 * 60 * 1_000;

export interface TestKmipServer {
  port: number;
  certificate: string;
  /** Operations in the order in which they came, with the version of their message. */
  asked: { operation: string; version: ProtocolVersion; correlation: string | undefined }[];
  keys: Map<
    string,
    { material: Uint8Array; state: 'PreActive' | 'Active' | 'Deactivated'; labels: Map<string, string> }
  >;
  /** SHA-256 fingerprints of client certificates that are known. */
  clients: Set<string>;
  /** What it refuses or never answers. */
  unsupported: Set<OperationName>;
  silentOn: Set<OperationName>;
  versions: ProtocolVersion[];
  /** How many there have been. */
  connections: number;
  /** Ends the connections there are. */
  hangUp(): void;
  close(): void;
}

/** A KMIP server of one test, by this project's codec and with no more behind it than a vSphere client needs. */
export async function startKmipServer(): Promise<TestKmipServer> {
  const { certificate, privateKey } = await selfSigned({ commonName: 'kms', notAfter: new Date(Date.now() + yearMs) });
  const sockets = new Set<TLSSocket>();
  const listener = createServer(
    { cert: certificate, key: privateKey, requestCert: true, rejectUnauthorized: false },
    (socket) => {
      sockets.add(socket);
      server.connections += 1;
      socket.on('error', () => undefined);
      let buffered = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        buffered = Buffer.concat([buffered, chunk]);
        while (buffered.length >= 8 && buffered.length >= messageLength(buffered)) {
          const message = buffered.subarray(0, messageLength(buffered));
          buffered = buffered.subarray(message.length);
          void answer(server, new Uint8Array(message), fingerprintOf(socket)).then(
            (bytes) => bytes !== undefined && socket.write(bytes),
          );
        }
      });
    },
  );
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const server: TestKmipServer = {
    port: (listener.address() as AddressInfo).port,
    certificate,
    asked: [],
    keys: new Map(),
    clients: new Set(),
    unsupported: new Set(),
    silentOn: new Set(),
    versions: [
      [1, 4],
      [1, 1],
    ],
    connections: 0,
    hangUp: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () => {
      server.hangUp();
      listener.close();
    },
  };
  return server;
}

const fingerprintOf = (socket: TLSSocket): string => socket.getPeerX509Certificate()?.fingerprint256 ?? 'none';

async function answer(server: TestKmipServer, bytes: Uint8Array, client: string): Promise<Uint8Array | undefined> {
  const request = decodeRequestMessage(bytes);
  const { protocolVersion: version, clientCorrelationValue: correlation } = request.header;
  for (const { operationName } of request.batchItems)
    server.asked.push({ operation: operationName ?? 'unknown', version, correlation });
  if (request.batchItems.some(({ operationName }) => operationName && server.silentOn.has(operationName))) return;
  const items = await runBatch(request, async (item, batch) => {
    if (!server.clients.has(client)) throw new KmipError('AuthenticationNotSuccessful', 'who are you?');
    if (!server.versions.some(([major, minor]) => major === version[0] && minor === version[1]))
      throw new KmipError('InvalidMessage', 'a version that is not spoken here');
    return execute(server, item, version, batch);
  });
  return encodeResponseMessage({ version, timeStamp: new Date(), items });
}

function execute(
  { keys, unsupported, versions }: TestKmipServer,
  { operationName, payload }: RequestBatchItem,
  version: ProtocolVersion,
  batch: Parameters<typeof identifierOf>[1],
) {
  if (operationName === undefined || unsupported.has(operationName))
    throw new KmipError('OperationNotSupported', `${operationName} is not supported`);
  const keyOf = (uniqueIdentifier: string | undefined) => {
    const id = identifierOf(uniqueIdentifier, batch);
    const key = keys.get(id);
    if (key === undefined) throw new KmipError('ItemNotFound', 'no such key');
    return { id, key };
  };
  switch (operationName) {
    case 'DiscoverVersions':
      return executed(operations.DiscoverVersions, { protocolVersion: versions }, version);
    case 'Create': {
      const id = randomBytes(8).toString('hex');
      keys.set(id, { material: new Uint8Array(randomBytes(32)), state: 'PreActive', labels: new Map() });
      return executed(operations.Create, { objectType: 'SymmetricKey', uniqueIdentifier: id }, version);
    }
    case 'Get': {
      const { id, key } = keyOf(decodeRequestPayload(operations.Get, payload, version).uniqueIdentifier);
      const keyBlock = { keyFormatType: 'Raw', keyValue: { keyMaterial: key.material } } as const;
      const object = { objectType: 'SymmetricKey', uniqueIdentifier: id, symmetricKey: { keyBlock } } as const;
      return executed(operations.Get, object, version);
    }
    case 'GetAttributes': {
      const asked = decodeRequestPayload(operations.GetAttributes, payload, version);
      const { id, key } = keyOf(asked.uniqueIdentifier);
      const attribute = asked.attributeName.flatMap((name): Attribute[] => {
        if (name === 'State') return [{ name, value: key.state }];
        const value = key.labels.get(name);
        return value === undefined
          ? []
          : [{ name: name as `x-${string}`, value: { type: 'TextString' as const, value } }];
      });
      return executed(operations.GetAttributes, { uniqueIdentifier: id, attribute }, version);
    }
    case 'AddAttribute': {
      const { uniqueIdentifier, attribute } = decodeRequestPayload(operations.AddAttribute, payload, version);
      const { id, key } = keyOf(uniqueIdentifier);
      const custom = attribute.value as { value: string };
      key.labels.set(attribute.name, custom.value);
      return executed(operations.AddAttribute, { uniqueIdentifier: id, attribute }, version);
    }
    case 'Activate': {
      const { id, key } = keyOf(decodeRequestPayload(operations.Activate, payload, version).uniqueIdentifier);
      key.state = 'Active';
      return executed(operations.Activate, { uniqueIdentifier: id }, version);
    }
    default:
      throw new KmipError('OperationNotSupported', `${operationName} is not supported`);
  }
}
