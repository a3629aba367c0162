import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import type { Bus } from '@kagibako/bus/bus';
import { decodeKmipQuestion, encodeKmipAnswer, type KmipQuestion } from '@kagibako/contracts/kmip-envelope';
import { readBusIdentity } from '@kagibako/sealed-bus/identity';
import { createSealedCaller } from '@kagibako/sealed-bus/sealed-caller';
import { createSealedServer } from '@kagibako/sealed-bus/sealed-server';
import { createLogger } from '@kagibako/telemetry/logger';
import { createMetrics } from '@kagibako/telemetry/metrics';
import { connectAs } from '@kagibako/testing/bus';
import { selfSigned, type TestCertificate } from '@kagibako/testing/certificates';
import { startNats, type TestNats } from '@kagibako/testing/nats';
import { createKmsClient } from '../src/kms-client.ts';
import { type Listener, listen } from '../src/listener.ts';
import { type MessageLimits, messageLimits } from '../src/message-limits.ts';

/** What the other end of the bus does with a question. */
export type Answerer = (question: KmipQuestion) => Promise<{ clientKnown: boolean; message: Uint8Array }>;

/** The gateway between a TLS socket and a bus; the test itself answers there in the place of kms. */
export interface TestGateway {
  nats: TestNats;
  port: number;
  server: TestCertificate;
  /** Replaces what answers on the bus. */
  answerWith(answerer: Answerer): void;
  /** A second listener with limits of its own. */
  another(limits: Partial<MessageLimits>): Promise<Listener>;
  stop(): Promise<void>;
}

export async function startGateway(): Promise<TestGateway> {
  const nats = await startNats();
  const directory = await mkdtemp(join(tmpdir(), 'kagibako-gateway-'));
  const server = await selfSigned({ commonName: 'kmip-gateway' });
  const files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
  await writeFile(files.certFile, server.certificate);
  await writeFile(files.keyFile, server.privateKey);
  const [kmsBus, gatewayBus] = [await connectAs(nats, 'kms'), await connectAs(nats, 'kmip-gateway')];
  let answerer: Answerer = () => Promise.reject(new Error('no answerer'));
  const sealed = await serveAsKms(nats, kmsBus, (question) => answerer(question));
  const caller = createSealedCaller(gatewayBus, readBusIdentity(await nats.settingsFor('kmip-gateway')));
  const logger = createLogger('kmip-gateway', 'silent');
  const kms = createKmsClient(caller, logger);
  const metrics = createMetrics(randomUUID());
  const start = (limits: MessageLimits) =>
    listen({ host: '127.0.0.1', port: 0, ...files, kms, logger, metrics, limits });
  const listeners = [await start(messageLimits)];
  return {
    nats,
    port: listeners[0]?.port ?? 0,
    server,
    answerWith: (next) => {
      answerer = next;
    },
    another: async (limits) => {
      const listener = await start({ ...messageLimits, ...limits });
      listeners.push(listener);
      return listener;
    },
    stop: async () => {
      for (const listener of listeners) await listener.close();
      caller.close();
      sealed.close();
      for (const bus of [kmsBus, gatewayBus]) await bus.close();
      await nats.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function serveAsKms(nats: TestNats, bus: Bus, answerer: Answerer) {
  const sealed = await createSealedServer(bus, readBusIdentity(await nats.settingsFor('kms')));
  sealed.serve('executeKmip', async ({ body }) => encodeKmipAnswer(await answerer(decodeKmipQuestion(body))));
  await bus.connection.flush();
  return sealed;
}

/** A TLS connection of a client that sends and reads bytes as it likes. */
export interface RawClient {
  socket: TLSSocket;
  write(bytes: Uint8Array): void;
  /** The next whole message; undefined when the server ended the connection first. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when the server has ended the connection. */
  ended(): Promise<void>;
  /** What the server gave to resume the session with. */
  session(): Buffer | undefined;
  close(): void;
}

export async function connectRaw(
  port: number,
  client: TestCertificate | undefined,
  tls: { minVersion?: 'TLSv1.2' | 'TLSv1.3'; maxVersion?: 'TLSv1.2' | 'TLSv1.3'; session?: Buffer } = {},
): Promise<RawClient> {
  const identity = client === undefined ? {} : { cert: client.certificate, key: client.privateKey };
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...identity, ...tls });
  let session: Buffer | undefined;
  socket.on('session', (given) => {
    session = given;
  });
  await new Promise<void>((done, failed) => {
    socket.once('secureConnect', done);
    socket.once('error', failed);
  });
  socket.on('error', () => undefined);
  const ended = new Promise<void>((done) => {
    socket.once('end', done);
    socket.once('close', () => done());
  });
  let received = Buffer.alloc(0);
  let notify = (): void => undefined;
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    notify();
  });
  const whole = (): Uint8Array | undefined => {
    if (received.length < 8 || received.length < 8 + received.readUInt32BE(4)) return undefined;
    const length = 8 + received.readUInt32BE(4);
    const message = Uint8Array.from(received.subarray(0, length));
    received = received.subarray(length);
    return message;
  };
  const read = async (): Promise<Uint8Array | undefined> => {
    for (;;) {
      const message = whole();
      if (message !== undefined) return message;
      const more = new Promise<'more'>((done) => {
        notify = () => done('more');
      });
      if ((await Promise.race([more, ended])) !== 'more') return whole();
    }
  };
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    read,
    ended: () => ended,
    session: () => session,
    close: () => socket.destroy(),
  };
}
