import { Failure, type FailureCode } from '@kagibako/contracts/failures';
import type { RequestItem, ResponseBatchItem } from '@kagibako/kmip/message';
import type { OperationSpec } from '@kagibako/kmip/operation';
import { DiscoverVersions } from '@kagibako/kmip/operations/discover-versions';
import type { Fields, Infer, Input } from '@kagibako/kmip/schema';
import { formatVersion, type ProtocolVersion, sameVersion, supportedVersions } from '@kagibako/kmip/version';
import { connectKmip, type KmipClient, KmipResponseError } from '@kagibako/kmip-client/kmip-client';
import { KmipConnectError, type KmipConnectErrorKind } from '@kagibako/kmip-client/kmip-connect-error';
import type { Metrics } from '@kagibako/telemetry/metrics';
import { inSpan, SpanKind } from '@kagibako/telemetry/span';
import { currentTraceparent } from '@kagibako/telemetry/trace-context';

/** For the TLS handshake, and for each answer whole. */
export const answerTimeoutMs = 5_000;

/** Spoken first; what a server that refuses the newest is tried with. */
const firstVersions: readonly ProtocolVersion[] = [
  [1, 4],
  [1, 1],
  [1, 0],
];

/** vCenter speaks no KMIP 2.x. */
const ownVersions = supportedVersions.filter(([major]) => major === 1);

/** One server of a key provider, and how it is to be met. */
export interface KmipServerOptions {
  host: string;
  port: number;
  trustedCertificates: readonly string[];
  /** PEM, both. */
  certificate: string;
  privateKey: string;
  metrics: Metrics;
}

/** A connection that has been greeted: the version is the newest of 1.x that both ends speak. */
export interface KmipSession {
  version: ProtocolVersion;
  call<Req extends Fields, Res extends Fields>(spec: OperationSpec<Req, Res>, payload: Input<Req>): Promise<Infer<Res>>;
  /** A batch of one operation; the answers hold no key material and are not wiped. */
  batch(operation: string, items: readonly RequestItem[]): Promise<readonly ResponseBatchItem[]>;
  /** What vCenter begins each of its sessions with. */
  greet(): Promise<readonly ProtocolVersion[]>;
  close(): void;
}

/** Connects and agrees on a version (KMIP 1.4 §4.26). @throws KmipConnectError, KmipResponseError */
export async function openKmipSession(options: KmipServerOptions): Promise<KmipSession> {
  let refusal: unknown;
  for (const version of firstVersions) {
    const session = await connectIn(options, version);
    try {
      const offered = await session.greet();
      const newest = ownVersions.find((own) => offered.some((one) => sameVersion(own, one))) ?? version;
      if (sameVersion(newest, version)) return session;
      session.close();
      return await connectIn(options, newest);
    } catch (error) {
      session.close();
      refusal ??= error;
      if (!isRefusedVersion(error)) throw error;
    }
  }
  throw refusal;
}

/** An old server says no to a version that it does not know, or ends the connection over it. */
const isRefusedVersion = (error: unknown): boolean =>
  error instanceof KmipResponseError || (error instanceof KmipConnectError && error.kind === 'protocol');

async function connectIn(options: KmipServerOptions, version: ProtocolVersion): Promise<KmipSession> {
  const { host, port, trustedCertificates, certificate, privateKey } = options;
  const client = await connectKmip({
    host,
    port,
    trustedCertificates,
    certificate,
    privateKey,
    version,
    timeoutMs: answerTimeoutMs,
    clientCorrelationValue: currentTraceparent,
  });
  return sessionOn(client, options);
}

function sessionOn(client: KmipClient, { host, port, metrics }: KmipServerOptions): KmipSession {
  const traced = async <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const observe = (result: string): void =>
      metrics.observe('providerRequests', (performance.now() - started) / 1_000, { operation, result });
    const attributes = {
      'kmip.operations': operation,
      'kmip.protocol.version': formatVersion(client.version),
      'kagibako.provider.kind': 'KMIP',
      'server.address': host,
      'server.port': port,
    };
    try {
      const answer = await inSpan(`KMIP ${operation}`, { kind: SpanKind.CLIENT, attributes }, work);
      observe('ok');
      return answer;
    } catch (error) {
      observe(error instanceof KmipConnectError ? error.kind : 'refused');
      throw error;
    }
  };
  const call: KmipSession['call'] = (spec, payload) => traced(spec.name, () => client.call(spec, payload));
  return {
    version: client.version,
    call,
    batch: (operation, items) => traced(operation, async () => (await client.request(items)).batchItems),
    greet: async () => (await call(DiscoverVersions, {})).protocolVersion,
    close: client.close,
  };
}

const codes: Readonly<Record<KmipConnectErrorKind, FailureCode>> = {
  unreachable: 'ProviderUnreachable',
  timeout: 'ProviderTimedOut',
  'server-not-trusted': 'ServerNotTrusted',
  'client-not-trusted': 'ClientNotTrusted',
  protocol: 'ProviderUnreachable',
};

/** What a caller is told of an error of one server; an error that is not the server's is passed on. */
export function serverFailure(error: unknown, server: string): Failure {
  if (error instanceof Failure) return new Failure(error.code, `server ${server}: ${error.message}`, { cause: error });
  if (error instanceof KmipConnectError)
    return new Failure(codes[error.kind], `server ${server}: ${error.message}`, { cause: error });
  if (error instanceof KmipResponseError)
    return new Failure('KeyUnavailable', `server ${server}: ${error.message}`, { cause: error });
  throw error;
}
