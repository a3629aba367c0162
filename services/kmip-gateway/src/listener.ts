import { createHash, type X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from '@kagibako/telemetry/logger';
import type { Metrics } from '@kagibako/telemetry/metrics';
import { serveConnection } from './connection.ts';
import type { KmsClient } from './kms-client.ts';
import { type MessageLimits, messageLimits } from './message-limits.ts';

export interface ListenerOptions {
  host: string;
  port: number;
  certFile: string;
  keyFile: string;
  kms: KmsClient;
  logger: Logger;
  metrics: Metrics;
  limits?: MessageLimits;
}

export interface Listener {
  port: number;
  /** Takes no new connections and ends those that are there. */
  close(): Promise<void>;
}

/**
 * KMIP over mutual TLS. Any certificate is let through the handshake, which proves that the client has its key: whom it
 * names is for kms to say, which knows the pinned ones. An empty session is normal; clients look whether we are there.
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { host, port, logger, metrics, limits = messageLimits } = options;
  const sockets = new Set<TLSSocket>();
  const inFlight = { count: 0, max: limits.inFlightMax };
  const server = createServer({
    cert: readFileSync(options.certFile),
    key: readFileSync(options.keyFile),
    minVersion: 'TLSv1.2',
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: limits.handshakeTimeoutMs,
    noDelay: true,
  });
  server.maxConnections = limits.connectionsMax;
  server.on('tlsClientError', (error: Error & { code?: string }) => {
    metrics.count('kmipRefusedConnections', { reason: 'handshake' });
    logger.debug({ code: error.code }, 'TLS handshake failed');
  });
  server.on('drop', () => metrics.count('kmipRefusedConnections', { reason: 'too many connections' }));
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    metrics.set('kmipConnections', sockets.size);
    socket.on('error', (error) => logger.debug({ err: error }, 'connection lost'));
    socket.once('close', () => {
      sockets.delete(socket);
      metrics.set('kmipConnections', sockets.size);
    });
    void accept(socket, { ...options, limits, inFlight });
  });
  await listening(server, host, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      done();
    });
  });
}

type AcceptOptions = ListenerOptions & { limits: MessageLimits; inFlight: { count: number; max: number } };

async function accept(socket: TLSSocket, options: AcceptOptions): Promise<void> {
  const { kms, limits, inFlight, logger, metrics } = options;
  const address = plainAddress(socket.remoteAddress ?? 'unknown');
  const certificate = socket.getPeerX509Certificate();
  const refusal = refusalOf(certificate);
  if (certificate === undefined || refusal !== undefined) {
    metrics.count('kmipRefusedConnections', { reason: refusal ?? 'no certificate' });
    logger.info({ peer: address, reason: refusal }, 'connection refused');
    socket.destroy();
    return;
  }
  const peer = { fingerprint: createHash('sha256').update(certificate.raw).digest('hex'), address };
  try {
    await serveConnection(socket, { peer, validTo: certificate.validToDate, kms, inFlight, limits, logger });
  } catch (error) {
    logger.error({ err: error }, 'bug in a connection');
    socket.destroy();
  }
}

function refusalOf(certificate: X509Certificate | undefined): string | undefined {
  const now = new Date();
  if (certificate === undefined) return 'no certificate';
  if (certificate.validToDate < now) return 'certificate expired';
  if (certificate.validFromDate > now) return 'certificate not yet valid';
  return undefined;
}

/** An IPv4 address as it is written, also where the socket is IPv6. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');
