import { KmipError } from './kmip-error.ts';
import {
  failureOf,
  type RequestBatchItem,
  type RequestHeader,
  type RequestMessage,
  type ResponseItem,
} from './message.ts';
import { encodeResponsePayload, type OperationSpec } from './operation.ts';
import type { Fields, Input } from './schema.ts';
import type { Item } from './ttlv.ts';
import type { ProtocolVersion } from './version.ts';

/** What an item of a batch may use of the ones before it. */
export interface BatchContext {
  readonly header: RequestHeader;
  /** KMIP 1.4 §4: stands for an absent Unique Identifier. */
  readonly idPlaceholder: string | undefined;
}

/** An executed item: its answer, and what becomes of the ID Placeholder. */
export interface ExecutedItem {
  readonly payload: Item;
  readonly idPlaceholder: { readonly becomes: string | undefined } | 'unchanged';
}

/** Executes one item; throws a KmipError to fail it. Any other error ends the batch. */
export type ExecuteItem = (item: RequestBatchItem, context: BatchContext) => Promise<ExecutedItem>;

/** Makes the result of an operation out of its response payload. */
export function executed<Res extends Fields>(
  spec: OperationSpec<Fields, Res>,
  response: Input<Res>,
  version: ProtocolVersion,
): ExecutedItem {
  return {
    payload: encodeResponsePayload(spec, response, version),
    idPlaceholder: placeholderAfter(spec, response),
  };
}

/**
 * Executes a batch in its order (KMIP 1.4 §4, §6.12, §6.13). Throws a KmipError, before executing anything, for a batch
 * that is refused whole; after a failing item with Stop or Undo, later items are neither executed nor answered. `undo`
 * takes back what the items before it did.
 */
export async function runBatch(
  request: RequestMessage,
  execute: ExecuteItem,
  undo: () => Promise<void> = async () => undefined,
): Promise<readonly ResponseItem[]> {
  checkBatch(request);
  const { header, batchItems } = request;
  const answered: ResponseItem[] = [];
  let idPlaceholder: string | undefined;
  for (const item of batchItems) {
    const outcome = await outcomeOf(execute(item, { header, idPlaceholder }));
    answered.push({ operation: item.operation, uniqueBatchItemId: item.uniqueBatchItemId, result: outcome });
    if ('resultReason' in outcome) {
      if (header.batchErrorContinuationOption === 'Undo') return await undone(answered, undo);
      if (header.batchErrorContinuationOption !== 'Continue') break;
    } else if (outcome.idPlaceholder !== 'unchanged') {
      idPlaceholder = outcome.idPlaceholder.becomes;
    }
  }
  return answered;
}

/** KMIP 1.4 §6.13: the last item failed; those before it are answered Operation Undone. */
async function undone(answered: readonly ResponseItem[], undo: () => Promise<void>): Promise<readonly ResponseItem[]> {
  await undo();
  return answered.map((item) => ('resultReason' in item.result ? item : { ...item, result: { undone: true } }));
}

/** The Unique Identifier an item means, its own or the ID Placeholder. */
export function identifierOf(uniqueIdentifier: string | undefined, { idPlaceholder }: BatchContext): string {
  const identifier = uniqueIdentifier ?? idPlaceholder;
  if (identifier === undefined) throw new KmipError('ItemNotFound', 'no Unique Identifier and no ID Placeholder');
  return identifier;
}

async function outcomeOf(execution: Promise<ExecutedItem>) {
  try {
    return await execution;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return failure;
  }
}

function checkBatch({ header, batchItems }: RequestMessage): void {
  if (batchItems.length === 0) throw new KmipError('InvalidMessage', 'no batch items');
  if (header.asynchronousIndicator === true) throw new KmipError('FeatureNotSupported', 'asynchronous operations');
  if (batchItems.some((item) => item.messageExtension?.criticalityIndicator === true)) {
    throw new KmipError('FeatureNotSupported', 'a critical Message Extension');
  }
  if (batchItems.length > 1) checkBatchItemIds(batchItems);
}

function checkBatchItemIds(batchItems: readonly RequestBatchItem[]): void {
  const ids = new Set<string>();
  for (const { uniqueBatchItemId } of batchItems) {
    if (uniqueBatchItemId === undefined)
      throw new KmipError('InvalidMessage', 'a batch item has no Unique Batch Item ID');
    ids.add(Buffer.from(uniqueBatchItemId).toString('hex'));
  }
  if (ids.size < batchItems.length) throw new KmipError('InvalidMessage', 'a Unique Batch Item ID comes twice');
}

function placeholderAfter({ idPlaceholder }: OperationSpec, response: object): ExecutedItem['idPlaceholder'] {
  if (idPlaceholder === undefined) return 'unchanged';
  // The spec names a field of its own response: a text or several.
  const value: unknown = (response as Readonly<Record<string, unknown>>)[idPlaceholder];
  const only: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return { becomes: typeof only === 'string' ? only : undefined };
}
