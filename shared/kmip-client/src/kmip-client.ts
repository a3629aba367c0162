import type { X509Certificate } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { KmipError, type ResultReasonName } from '@kagibako/kmip/kmip-error';
import {
  decodeResponseMessage,
  encodeRequestMessage,
  type FailureResult,
  type RequestItem,
  type ResponseBatchItem,
  type ResponseMessage,
} from '@kagibako/kmip/message';
import { decodeResponsePayload, encodeRequestPayload, type OperationSpec } from '@kagibako/kmip/operation';
import type { Fields, Infer, Input } from '@kagibako/kmip/schema';
import { TtlvError } from '@kagibako/kmip/ttlv';
import type { ProtocolVersion } from '@kagibako/kmip/version';
import { type Endpoint, type Handshake, openTls } from './connection.ts';
import { exchange } from './exchange.ts';
import { KmipConnectError } from './kmip-connect-error.ts';
import { couldBeTrusted, isTrusted, readTrust } from './server-trust.ts';

/** The server executed the request and says no. */
export class KmipResponseError extends Error {
  override name = 'KmipResponseError';
  readonly resultReason: ResultReasonName;
  readonly resultMessage: string;
  constructor({ resultReason, resultMessage }: FailureResult) {
    super(`${resultReason}: ${resultMessage}`);
    this.resultReason = resultReason;
    this.resultMessage = resultMessage;
  }
}

export interface KmipClientOptions extends Omit<Endpoint, 'timeoutMs'> {
  /** PEM: the server's own certificate, trusted under any host name, or CAs, under which the host name must fit. */
  readonly trustedCertificates: readonly string[];
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  readonly version: ProtocolVersion;
  /** For the handshake, and for each answer whole. */
  readonly timeoutMs?: number;
  /** Asked before each request; sent from KMIP 1.4 on. */
  readonly clientCorrelationValue?: () => string | undefined;
}

/** An answer whose payloads are views of `bytes`; the caller wipes these when done. */
export interface KmipAnswer {
  readonly batchItems: readonly ResponseBatchItem[];
  readonly bytes: Uint8Array;
}

export interface KmipClient {
  readonly version: ProtocolVersion;
  readonly peerCertificate: X509Certificate;
  /** Sends a batch. Several items get batch item ids, unless they have their own. */
  request(items: readonly RequestItem[]): Promise<KmipAnswer>;
  /** Sends one operation. Byte strings of the answer are the caller's to wipe. */
  call<Req extends Fields, Res extends Fields>(spec: OperationSpec<Req, Res>, payload: Input<Req>): Promise<Infer<Res>>;
  close(): void;
}

export const timeoutMsDefault = 5_000;

/** Connects by mutual TLS; fails with a KmipConnectError. A connection that failed once is closed: connect again. */
export async function connectKmip(options: KmipClientOptions): Promise<KmipClient> {
  const { host, port, timeoutMs = timeoutMsDefault } = options;
  const handshake = await openMutualTls({ host, port, timeoutMs }, options);
  return clientOn(handshake, { ...options, timeoutMs });
}

async function openMutualTls(endpoint: Endpoint, options: KmipClientOptions): Promise<Handshake> {
  const { certificate: cert, privateKey: key, trustedCertificates } = options;
  const trust = readTrust(trustedCertificates);
  try {
    const handshake = await openTls(endpoint, { cert, key, ca: trust.authorities, allowPartialTrustChain: true });
    if (isTrusted(handshake, trust)) return handshake;
    handshake.socket.destroy();
    throw notTrusted(endpoint, handshake.certificate);
  } catch (error) {
    const shown = error instanceof KmipConnectError ? error.serverCertificate : undefined;
    // That it refuses us is no news of a server that we would not trust either.
    if (shown !== undefined && !couldBeTrusted(shown, trust)) throw notTrusted(endpoint, shown);
    throw error;
  }
}

function notTrusted({ host, port }: Endpoint, serverCertificate: X509Certificate): KmipConnectError {
  const message = `the certificate of ${host}:${port} is not trusted`;
  return new KmipConnectError('server-not-trusted', message, { serverCertificate });
}

function clientOn(handshake: Handshake, options: KmipClientOptions & { timeoutMs: number }): KmipClient {
  const { socket, certificate: peerCertificate } = handshake;
  const { host, port, timeoutMs, version } = options;
  const where = `${host}:${port}`;
  let unproven: X509Certificate | undefined = peerCertificate;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  function close(): void {
    closed = true;
    socket.destroy();
  }

  async function send(items: readonly RequestItem[]): Promise<KmipAnswer> {
    const message = encodeRequestMessage({
      version,
      items: withIds(items),
      clientCorrelationValue: options.clientCorrelationValue?.(),
    });
    if (closed) throw new KmipConnectError('unreachable', `the connection to ${where} is closed`);
    try {
      const bytes = await exchange({ socket, message }, { where, timeoutMs, unproven });
      unproven = undefined;
      return { batchItems: readAnswer(bytes, where).batchItems, bytes };
    } catch (error) {
      close();
      throw error;
    }
  }

  // One exchange at a time: KMIP answers in order and one socket carries one message.
  function request(items: readonly RequestItem[]): Promise<KmipAnswer> {
    const next = last.then(() => send(items));
    last = next.catch(() => {});
    return next;
  }

  return {
    version,
    peerCertificate,
    request,
    call: async (spec, payload) => {
      const item = { operation: spec.name, payload: encodeRequestPayload(spec, payload, version) };
      const { batchItems, bytes } = await request([item]);
      try {
        return readOnly(spec, batchItems, where);
      } finally {
        bytes.fill(0);
      }
    },
    close,
  };
}

function readOnly<Res extends Fields>(
  spec: OperationSpec<Fields, Res>,
  [answer]: readonly ResponseBatchItem[],
  where: string,
): Infer<Res> {
  if (answer === undefined) throw new KmipConnectError('protocol', `${where} answered with no batch item`);
  const { result } = answer;
  if ('payload' in result) return asProtocol(where, () => decodeResponsePayload(spec, result.payload));
  if (result.resultReason === 'AuthenticationNotSuccessful') {
    throw new KmipConnectError('client-not-trusted', `${where}: ${result.resultMessage}`);
  }
  throw new KmipResponseError(result);
}

function readAnswer(bytes: Uint8Array, where: string): ResponseMessage {
  return asProtocol(where, () => decodeResponseMessage(bytes));
}

function asProtocol<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TtlvError || error instanceof KmipError)) throw error;
    throw new KmipConnectError('protocol', `${where}: ${error.message}`, { cause: error });
  }
}

function withIds(items: readonly RequestItem[]): readonly RequestItem[] {
  if (items.length === 1) return items;
  return items.map((item) => ({ ...item, uniqueBatchItemId: item.uniqueBatchItemId ?? randomBytes(8) }));
}
