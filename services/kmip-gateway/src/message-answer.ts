import {
  decodeRequestMessage,
  encodeResponseMessage,
  errorResponse,
  type FailureResult,
  failureOf,
  type RequestMessage,
} from '@kagibako/kmip/message';
import { formatVersion, isNewer } from '@kagibako/kmip/version';
import { inSpan, SpanKind } from '@kagibako/telemetry/span';
import { contextOf } from '@kagibako/telemetry/trace-context';
import type { KmipPeer, KmsClient } from './kms-client.ts';

/** Messages that kms is working on, for all connections of this process. */
export interface InFlight {
  count: number;
  max: number;
}

export interface Answered {
  /** The caller wipes it once it is sent. */
  answer: Uint8Array;
  /** Whether kms knows the client; undefined when it was not asked or gave no answer. */
  clientKnown?: boolean | undefined;
}

/** Answers one whole message: what cannot be read is answered here, the rest by kms. */
export async function answerMessage(
  message: Uint8Array,
  peer: KmipPeer,
  kms: KmsClient,
  inFlight: InFlight,
): Promise<Answered> {
  const request = decode(message);
  if ('resultReason' in request) return { answer: errorResponse(message, request, new Date()) };
  if (inFlight.count >= inFlight.max) return { answer: refuse(request, 'the server is busy') };
  inFlight.count += 1;
  try {
    return await inSpan(...spanOf(request, peer), async () => {
      const answered = await kms.execute(peer, message);
      if (answered === undefined) return { answer: refuse(request, 'the key management service does not answer') };
      return { answer: answered.message, clientKnown: answered.clientKnown };
    });
  } finally {
    inFlight.count -= 1;
  }
}

function decode(message: Uint8Array): RequestMessage | FailureResult {
  try {
    return decodeRequestMessage(message);
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return failure;
  }
}

/** General Failure of the first item; after it the others are not executed (KMIP 1.4 §6.13). */
function refuse({ header, batchItems }: RequestMessage, resultMessage: string): Uint8Array {
  const { operation, uniqueBatchItemId } = batchItems[0] ?? {};
  const result = { resultReason: 'GeneralFailure', resultMessage } as const;
  const items = [{ operation, uniqueBatchItemId, result }];
  return encodeResponseMessage({ version: header.protocolVersion, timeStamp: new Date(), items });
}

const operationsNamedMax = 3;

/** Its parent is what a client of ours puts into Client Correlation Value, which exists from KMIP 1.4 on. */
function spanOf({ header, batchItems }: RequestMessage, peer: KmipPeer) {
  const names = [...new Set(batchItems.map(({ operationName }) => operationName ?? 'unknown'))];
  const { protocolVersion, clientCorrelationValue } = header;
  const traceparent = isNewer([1, 4], protocolVersion) ? undefined : clientCorrelationValue;
  const options = {
    kind: SpanKind.SERVER,
    parent: contextOf(traceparent),
    attributes: {
      'kmip.operations': names.join(' '),
      'kmip.batch.count': batchItems.length,
      'kmip.protocol.version': formatVersion(protocolVersion),
      'network.peer.address': peer.address,
      'tls.client.hash.sha256': peer.fingerprint,
    },
  };
  return [`KMIP ${names.slice(0, operationsNamedMax).join(' ')}`, options] as const;
}
