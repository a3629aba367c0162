import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { type ExecuteItem, runBatch } from '@kagibako/kmip/batch';
import { KmipError } from '@kagibako/kmip/kmip-error';
import {
  decodeRequestMessage,
  encodeResponseMessage,
  errorResponse,
  failureOf,
  type RequestMessage,
  type ResponseItem,
  replyVersion,
} from '@kagibako/kmip/message';
import { operationName } from '@kagibako/kmip/operations';
import { inTransaction } from '@kagibako/runtime/database';
import { kmipDeed } from './audit.ts';
import { type ClientContext, clientContext } from './client-context.ts';
import { type OperationContext, refuse } from './operation-handler.ts';
import { answeredOperations, operationHandler } from './operations.ts';
import type { Service } from './service.ts';
import { type Client, findClient } from './store/clients.ts';
import { writeAudit } from './store/recorded-change.ts';

/** A KMIP request message and whom it is from. */
export interface ArrivedMessage {
  /** SHA-256 of the client certificate's DER, lower-case hex. */
  fingerprint: string;
  peerAddress: string;
  message: Uint8Array;
  requestId: string;
}

export interface AnsweredMessage {
  /** False when no adapter knows the certificate. */
  clientKnown: boolean;
  /** May hold key material; the caller wipes it. */
  answer: Uint8Array;
}

/** Executes one KMIP request message, batch and all, as the client that its certificate names. */
export async function answerMessage(service: Service, arrived: ArrivedMessage): Promise<AnsweredMessage> {
  const client = await findClient(service.database, arrived.fingerprint);
  const secrets: KeyMaterial[] = [];
  try {
    const request = decodeRequestMessage(arrived.message);
    checkTimeStamp(service, request);
    const items =
      client === undefined ? await refuseAll(request) : await executeBatch(service, client, arrived, request, secrets);
    countItems(service, items);
    const { maximumResponseSize } = request.header;
    const answer = encodeResponseMessage({
      version: replyVersion(arrived.message),
      timeStamp: new Date(),
      items,
      maximumResponseSize,
    });
    return { clientKnown: client !== undefined, answer };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return { clientKnown: client !== undefined, answer: errorResponse(arrived.message, failure, new Date()) };
  } finally {
    for (const key of secrets) key.destroy();
  }
}

/** KMIP 1.4 §6.5: a request from another time may be an old one, sent again. */
function checkTimeStamp({ timeStampWindowSeconds }: Service, { header: { timeStamp } }: RequestMessage): void {
  if (timeStamp === undefined) return;
  const distanceMs = Math.abs(timeStamp.getTime() - Date.now());
  if (distanceMs > timeStampWindowSeconds * 1_000)
    throw new KmipError('InvalidMessage', `the Time Stamp is more than ${timeStampWindowSeconds} seconds away`);
}

/** Nobody whom we do not know is told anything else, not even whether an operation exists. */
function refuseAll(request: RequestMessage): Promise<readonly ResponseItem[]> {
  return runBatch(request, async () => {
    throw new KmipError('AuthenticationNotSuccessful', 'the client certificate is not registered');
  });
}

/**
 * A single item is one statement for its change. Several share a transaction, each behind a savepoint: what came before
 * a failing item stays (KMIP 1.4 §6.13), and an error that is ours undoes the whole batch.
 */
async function executeBatch(
  service: Service,
  client: Client,
  { requestId, peerAddress }: ArrivedMessage,
  request: RequestMessage,
  secrets: KeyMaterial[],
): Promise<readonly ResponseItem[]> {
  const context = { ...clientContext({ service, client, requestId, peerAddress }), secrets };
  try {
    if (isOneStatement(request)) return await runItems(context, request, (work) => work());
    return await inTransaction(service.database, async (transaction) => {
      await transaction.query('SAVEPOINT batch');
      const inBatch = { ...context, sql: transaction };
      const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
        await transaction.query('SAVEPOINT item');
        try {
          return await work();
        } catch (error) {
          await transaction.query('ROLLBACK TO SAVEPOINT item');
          throw error;
        }
      };
      return await runItems(inBatch, request, attempt, () => undoBatch(inBatch));
    });
  } finally {
    service.changed();
  }
}

/** Takes back what a batch did so far, but not that it was done: its audit entries are written anew, as undone. */
async function undoBatch({ sql, trail }: ClientContext): Promise<void> {
  await sql.query('ROLLBACK TO SAVEPOINT batch');
  for (const entry of trail)
    await writeAudit(sql, entry.outcome === 'success' ? { ...entry, outcome: 'undone' } : entry);
}

function isOneStatement({ batchItems }: RequestMessage): boolean {
  const [item, ...more] = batchItems;
  return more.length === 0 && operationHandler(item?.operationName)?.statements !== 'several statements';
}

function runItems(
  context: ClientContext,
  request: RequestMessage,
  attempt: OperationContext['attempt'],
  undo?: () => Promise<void>,
): Promise<readonly ResponseItem[]> {
  let position = 0;
  const execute: ExecuteItem = async (item, batch) => {
    const version = request.header.protocolVersion;
    const named = { id: context.request.id, item: position++ };
    const operationContext = { ...context, request: named, batch, version, answered: answeredOperations, attempt };
    const handler = operationHandler(item.operationName);
    if (handler !== undefined) return await handler.execute(item.payload, operationContext);
    const error = new KmipError('OperationNotSupported', `operation ${item.operationName ?? item.operation}`);
    throw await refuse(context, kmipDeed(item.operationName ?? 'unknown'), error);
  };
  return runBatch(request, execute, undo);
}

function countItems({ metrics }: Service, items: readonly ResponseItem[]): void {
  for (const { operation, result } of items) {
    metrics.count('kmipRequests', {
      operation: operationName(operation ?? 0) ?? 'unknown',
      result: 'resultReason' in result ? result.resultReason : 'undone' in result ? 'Undone' : 'Success',
    });
  }
}
