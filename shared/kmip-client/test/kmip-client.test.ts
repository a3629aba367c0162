import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { createServer as createTlsServer, type SecureVersion, type TLSSocket } from 'node:tls';
import { sizes } from '@kagibako/contracts/sizes';
import { executed, runBatch } from '@kagibako/kmip/batch';
import { KmipError } from '@kagibako/kmip/kmip-error';
import {
  decodeRequestMessage,
  encodeResponseMessage,
  errorResponse,
  type RequestMessage,
} from '@kagibako/kmip/message';
import { encodeRequestPayload } from '@kagibako/kmip/operation';
import { Activate } from '@kagibako/kmip/operations/activate';
import { DiscoverVersions } from '@kagibako/kmip/operations/discover-versions';
import { Get } from '@kagibako/kmip/operations/get';
import { supportedVersions } from '@kagibako/kmip/version';
import { fetchServerCertificate } from '../src/fetch-server-certificate.ts';
import { connectKmip, type KmipClientOptions } from '../src/kmip-client.ts';
import type { KmipConnectErrorKind } from '../src/kmip-connect-error.ts';
import { type Authority, anAuthority, type Identity } from './certificates.ts';

const version = [1, 4] as const;
const host = '127.0.0.1';
const loopback = [{ type: 'ip' as const, value: host }];
const open = new Set<Server | Socket>();

let authority: Authority;
let strangers: Authority;
let server: Identity;
let client: Identity;

before(async () => {
  [authority, strangers] = await Promise.all([anAuthority('KMS CA'), anAuthority('Another CA')]);
  [server, client] = await Promise.all([authority.issue('kms', loopback), authority.issue('broker')]);
});
after(() => {
  for (const one of open) 'destroy' in one ? one.destroy() : one.close();
});

async function listen(listener: Server): Promise<number> {
  open.add(listener);
  listener.on('connection', (socket) => open.add(socket));
  await once(listener.listen(0, host), 'listening');
  // A TCP server's address.
  return (listener.address() as AddressInfo).port;
}

type Answer = (request: Uint8Array, socket: TLSSocket) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

interface ServerOptions {
  readonly answer?: Answer;
  readonly identity?: Identity;
  readonly maxVersion?: SecureVersion;
  readonly clientAuthority?: string;
}

/** A KMIP server that answers each whole chunk with what it is told. */
async function aServer({
  answer = answerAsKms,
  identity = server,
  maxVersion = 'TLSv1.3',
  clientAuthority,
}: ServerOptions = {}) {
  const { certificate: cert, privateKey: key } = identity;
  const ca = clientAuthority ?? authority.certificate;
  const listener = createTlsServer({ cert, key, ca, requestCert: true, maxVersion }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', async (request) => {
      const response = await answer(request, socket);
      if (response !== undefined) socket.write(response);
    });
  });
  return listen(listener);
}

const keyMaterial = Uint8Array.from({ length: 32 }, (_, n) => n);

async function answerAsKms(bytes: Uint8Array): Promise<Uint8Array> {
  const request = decodeRequestMessage(bytes);
  const items = await runBatch(request, async ({ operationName }) => {
    if (operationName === 'DiscoverVersions') {
      return executed(DiscoverVersions, { protocolVersion: supportedVersions }, version);
    }
    if (operationName === 'Get') {
      const keyBlock = { keyFormatType: 'Raw', keyValue: { keyMaterial } } as const;
      return executed(
        Get,
        { objectType: 'SymmetricKey', uniqueIdentifier: 'key-1', symmetricKey: { keyBlock } },
        version,
      );
    }
    throw new KmipError('ItemNotFound', 'no such key');
  });
  return encodeResponseMessage({ version, timeStamp: new Date(), items });
}

function connectTo(port: number, options: Partial<KmipClientOptions> = {}) {
  const { certificate, privateKey } = client;
  const trustedCertificates = [server.certificate];
  return connectKmip({
    host,
    port,
    version,
    certificate,
    privateKey,
    trustedCertificates,
    timeoutMs: 2_000,
    ...options,
  });
}

async function discover(port: number, options: Partial<KmipClientOptions> = {}) {
  const kmip = await connectTo(port, options);
  try {
    return await kmip.call(DiscoverVersions, {});
  } finally {
    kmip.close();
  }
}

function refusedWith(kind: KmipConnectErrorKind, port: number, options: Partial<KmipClientOptions> = {}) {
  return assert.rejects(discover(port, options), { name: 'KmipConnectError', kind });
}

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`operations are called over ${maxVersion}, several at once`, async () => {
    const kmip = await connectTo(await aServer({ maxVersion }));
    const answers = await Promise.all([kmip.call(DiscoverVersions, {}), kmip.call(Get, {}), kmip.call(Get, {})]);
    assert.deepEqual(answers[0].protocolVersion, supportedVersions);
    assert.deepEqual(answers[1].symmetricKey?.keyBlock.keyValue?.keyMaterial, keyMaterial);
    assert.deepEqual(answers[1], answers[2]);
    kmip.close();
  });

  test(`a client that the server does not know is not trusted, over ${maxVersion}`, async () => {
    const port = await aServer({ maxVersion, clientAuthority: strangers.certificate });
    await refusedWith('client-not-trusted', port);
  });

  test(`a server that is not trusted either is named first, over ${maxVersion}`, async () => {
    const port = await aServer({ maxVersion, clientAuthority: strangers.certificate });
    await refusedWith('server-not-trusted', port, { trustedCertificates: [strangers.certificate] });
  });

  test(`the certificate of a server is fetched without one of our own, over ${maxVersion}`, async () => {
    const port = await aServer({ maxVersion });
    assert.equal((await fetchServerCertificate({ host, port, timeoutMs: 2_000 })).trim(), server.certificate.trim());
  });
}

test('key material is a copy of its own, not part of a buffer that is wiped', async () => {
  const kmip = await connectTo(await aServer());
  const { symmetricKey } = await kmip.call(Get, { uniqueIdentifier: 'key-1' });
  const material = symmetricKey?.keyBlock.keyValue?.keyMaterial;
  assert.deepEqual(material, keyMaterial);
  assert.equal(material?.buffer.byteLength, keyMaterial.length);
  kmip.close();
});

test('a pinned certificate is trusted under another name', async () => {
  const identity = await authority.issue('elsewhere', [{ type: 'dns', value: 'kms.example' }]);
  const port = await aServer({ identity });
  await discover(port, { trustedCertificates: [identity.certificate] });
});

test('under a pinned CA the host name must fit', async () => {
  await discover(await aServer(), { trustedCertificates: [authority.certificate] });
  const identity = await authority.issue('elsewhere', [{ type: 'dns', value: 'kms.example' }]);
  await refusedWith('server-not-trusted', await aServer({ identity }), {
    trustedCertificates: [authority.certificate],
  });
});

test('a server is not trusted by nobody, by a stranger, or by another certificate of its CA', async () => {
  const port = await aServer();
  const sibling = await authority.issue('kms', loopback);
  for (const trustedCertificates of [[], [strangers.certificate], [sibling.certificate]]) {
    await refusedWith('server-not-trusted', port, { trustedCertificates });
  }
});

test('the error of a server that is not trusted holds its certificate', async () => {
  const port = await aServer();
  await assert.rejects(
    discover(port, { trustedCertificates: [] }),
    (error: Error & { serverCertificate?: unknown }) => {
      assert.equal(String(error.serverCertificate).trim(), server.certificate.trim());
      return true;
    },
  );
});

test('a server that closes instead of its first answer does not trust us', async () => {
  const answer: Answer = (_, socket) => void socket.end();
  await refusedWith('client-not-trusted', await aServer({ answer }));
});

test('a connection that is lost after an answer is unreachable, and stays closed', async () => {
  let answered = 0;
  const answer: Answer = (request, socket) => {
    answered += 1;
    return answered === 1 ? answerAsKms(request) : void socket.destroy();
  };
  const kmip = await connectTo(await aServer({ answer }));
  await kmip.call(DiscoverVersions, {});
  await assert.rejects(kmip.call(DiscoverVersions, {}), { kind: 'unreachable' });
  await assert.rejects(kmip.call(DiscoverVersions, {}), { kind: 'unreachable' });
  assert.equal(answered, 2);
});

test('Authentication Not Successful means that we are not trusted', async () => {
  const failure = { resultReason: 'AuthenticationNotSuccessful', resultMessage: 'who?' } as const;
  const answer: Answer = (request) => errorResponse(request, failure, new Date());
  await refusedWith('client-not-trusted', await aServer({ answer }));
});

test('a port where nobody listens is unreachable', async () => {
  const listener = createServer();
  const port = await listen(listener);
  await new Promise((resolve) => listener.close(resolve));
  await refusedWith('unreachable', port);
  await assert.rejects(fetchServerCertificate({ host, port, timeoutMs: 2_000 }), { kind: 'unreachable' });
});

test('a server that never shakes hands times out', async () => {
  await refusedWith('timeout', await listen(createServer()), { timeoutMs: 100 });
});

test('a server that answers nothing, or too slowly to finish, times out', async () => {
  await refusedWith('timeout', await aServer({ answer: () => undefined }), { timeoutMs: 100 });
  const dribble: Answer = async (request, socket) => {
    const whole = await answerAsKms(request);
    let at = 0;
    const timer = setInterval(
      () => (socket.destroyed ? clearInterval(timer) : socket.write(whole.subarray(at, ++at))),
      20,
    );
    return undefined;
  };
  await refusedWith('timeout', await aServer({ answer: dribble }), { timeoutMs: 150 });
});

test('a connection that failed is closed, and says nothing of trust', async () => {
  const kmip = await connectTo(await aServer({ answer: () => undefined }), { timeoutMs: 100 });
  await assert.rejects(kmip.call(DiscoverVersions, {}), { kind: 'timeout' });
  await assert.rejects(kmip.call(DiscoverVersions, {}), { kind: 'unreachable' });
});

test('an answer that comes in pieces is put together', async () => {
  const pieces: Answer = async (request, socket) => {
    const whole = await answerAsKms(request);
    for (const cut of [3, 8, 9, 40, whole.length]) {
      const from = socket.bytesWritten;
      await new Promise((resolve) => socket.write(whole.subarray(sent, cut), resolve));
      assert.ok(socket.bytesWritten >= from);
      sent = cut;
    }
    return undefined;
  };
  let sent = 0;
  assert.deepEqual((await discover(await aServer({ answer: pieces }))).protocolVersion, supportedVersions);
});

const tooLong = Buffer.from('42007b0100000000', 'hex');
tooLong.writeUInt32BE(sizes.kmipResponseBytesMax, 4);
const nonsense: readonly [what: string, answer: Answer][] = [
  ['something else', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['an answer over the limit', () => tooLong],
  ['two answers', async (request) => Buffer.concat([await answerAsKms(request), await answerAsKms(request)])],
  ['our own request', (request) => Uint8Array.from(request)],
  ['an empty Response Message', () => Buffer.from('42007b0100000000', 'hex')],
];
for (const [what, answer] of nonsense) {
  test(`a server that sends ${what} breaks the protocol`, async () => {
    await refusedWith('protocol', await aServer({ answer }));
  });
}

test('a server that does not speak TLS breaks the protocol', async () => {
  const listener = createServer((socket) => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n'));
  await refusedWith('protocol', await listen(listener));
});

test('a failed operation has its Result Reason, and the connection goes on', async () => {
  const kmip = await connectTo(await aServer());
  await assert.rejects(kmip.call(Activate, { uniqueIdentifier: 'missing' }), {
    name: 'KmipResponseError',
    resultReason: 'ItemNotFound',
    resultMessage: 'no such key',
  });
  assert.deepEqual((await kmip.call(DiscoverVersions, {})).protocolVersion, supportedVersions);
  kmip.close();
});

test('a batch has an id for each item, and the correlation value of the moment', async () => {
  const requests: RequestMessage[] = [];
  const answer: Answer = (bytes) => {
    requests.push(decodeRequestMessage(Uint8Array.from(bytes)));
    return answerAsKms(bytes);
  };
  let trace = 0;
  const clientCorrelationValue = () => `trace-${++trace}`;
  const kmip = await connectTo(await aServer({ answer }), { clientCorrelationValue });
  const item = { operation: 'Get', payload: encodeRequestPayload(Get, {}, version) } as const;
  const { batchItems } = await kmip.request([item, item]);
  await kmip.call(DiscoverVersions, {});
  const [first, second] = requests;
  assert.deepEqual(
    batchItems.map((one) => one.uniqueBatchItemId),
    first?.batchItems.map((one) => one.uniqueBatchItemId),
  );
  assert.ok(first?.batchItems.every((one) => one.uniqueBatchItemId?.length === 8));
  assert.equal(second?.batchItems[0]?.uniqueBatchItemId, undefined);
  assert.deepEqual(
    [first?.header.clientCorrelationValue, second?.header.clientCorrelationValue],
    ['trace-1', 'trace-2'],
  );
  kmip.close();
});
