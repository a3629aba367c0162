import { sizes } from '@kagibako/contracts/sizes';
import { AsynchronousIndicator, Operation, type ResultStatus } from './enums.ts';
import { KmipError, type ResultReasonName } from './kmip-error.ts';
import {
  type messageExtensionFields,
  type requestHeaderFields,
  requestMessage,
  responseBatchItem,
  type responseBatchItemFields,
  responseHeader,
  responseMessage,
} from './message-fields.ts';
import type { OperationName } from './operation.ts';
import { operationName } from './operations.ts';
import { primitives } from './primitives.ts';
import { reasonIn } from './reason-versions.ts';
import {
  type DecodeOptions,
  encodeField,
  type Infer,
  type Input,
  primitiveBytes,
  structureFields,
  tagText,
} from './schema.ts';
import { protocolVersion } from './structures.ts';
import { tags } from './tags.ts';
import { decodeItem, encodeItem, headerBytes, type Item, ItemType, itemLength, TtlvError } from './ttlv.ts';
import { formatVersion, isNewer, newestOf, newestVersion, type ProtocolVersion } from './version.ts';

export const batchItemsMax = 1000;

export type RequestHeader = Infer<typeof requestHeaderFields>;
export type MessageExtension = Infer<typeof messageExtensionFields>;

export interface RequestBatchItem {
  /** The number as sent; the name where KMIP 1.x has one. */
  readonly operation: number;
  readonly operationName: OperationName | undefined;
  readonly uniqueBatchItemId?: Uint8Array | undefined;
  /** Undecoded, so that a bad payload fails alone: decodeRequestPayload reads it. */
  readonly payload: Item;
  readonly messageExtension?: MessageExtension | undefined;
}
/** A request; its byte strings and payloads are views of the message. */
export interface RequestMessage {
  readonly header: RequestHeader;
  readonly batchItems: readonly RequestBatchItem[];
}

export interface FailureResult {
  readonly resultReason: ResultReasonName;
  readonly resultMessage: string;
}
export interface SuccessResult {
  readonly payload: Item;
}
/** The answer to one batch item. It has no operation only where the message itself was refused. */
export interface ResponseItem {
  readonly operation?: number | undefined;
  readonly uniqueBatchItemId?: Uint8Array | undefined;
  readonly result: SuccessResult | FailureResult;
}

/** Decodes a request up to its payloads; fails with a TtlvError or a KmipError, which errorResponse answers. */
export function decodeRequestMessage(bytes: Uint8Array): RequestMessage {
  const message = decodeItem(bytes);
  if (message.tag !== tags.RequestMessage) throw invalidMessage(`${tagText(message.tag)} is not a Request Message`);
  const version = requestVersion(message);
  if (newestOf(version[0]) === undefined) throw invalidMessage(`KMIP ${formatVersion(version)} is not spoken here`);
  const decoded = requestMessage.codec.decode(headerOfOne(message, version), requestOptions(version));
  if (decoded === undefined) throw invalidMessage('no Request Message');
  const { requestHeader: header, batchItem } = decoded;
  if (header.batchCount !== batchItem.length) {
    throw invalidMessage(`Batch Count is ${header.batchCount}, batch items are ${batchItem.length}`);
  }
  if (batchItem.length > batchItemsMax) throw invalidMessage(`more than ${batchItemsMax} batch items`);
  return { header, batchItems: batchItem.map((item) => ({ ...item, operationName: operationName(item.operation) })) };
}

const broadestVersion: ProtocolVersion = [1, 4];

/** The version to answer a request in, whole or broken: its own where it says a major version spoken here, else 1.4, which any client reads. */
export function replyVersion(request: Uint8Array): ProtocolVersion {
  // Request Message, Request Header and Protocol Version come first, each with a header of 8 bytes.
  const start = 2 * headerBytes;
  try {
    const version = protocolVersion.codec.decode(decodeItem(request.subarray(start, start + 40)), clientOptions);
    return version && newestOf(version[0]) && version[1] >= 0 ? version : broadestVersion;
  } catch (error) {
    if (error instanceof TtlvError || error instanceof KmipError) return broadestVersion;
    throw error;
  }
}

/** What a client is told about an error; undefined for one that is a bug of ours. */
export function failureOf(error: unknown): FailureResult | undefined {
  if (error instanceof KmipError) return { resultReason: error.resultReason, resultMessage: error.message };
  if (error instanceof TtlvError) return { resultReason: 'InvalidMessage', resultMessage: error.message };
  return undefined;
}

/** The answer to a message that was refused whole: one batch item without an operation (KMIP 1.4 §11). */
export function errorResponse(request: Uint8Array, failure: FailureResult, timeStamp: Date): Uint8Array<ArrayBuffer> {
  return encodeResponseMessage({ version: replyVersion(request), timeStamp, items: [{ result: failure }] });
}

export interface ResponseToEncode {
  readonly version: ProtocolVersion;
  readonly timeStamp: Date;
  readonly items: readonly ResponseItem[];
  /** Bytes; at most sizes.kmipResponseBytesMax. What does not fit is answered Response Too Large, item by item. */
  readonly maximumResponseSize?: number | undefined;
}

/** Encodes an answer into one new buffer that the caller owns: it may hold key material. */
export function encodeResponseMessage(response: ResponseToEncode): Uint8Array<ArrayBuffer> {
  const { version, timeStamp, items } = response;
  const header = encodeField(
    responseHeader,
    { protocolVersion: version, timeStamp, batchCount: items.length },
    version,
  );
  const room = Math.min(response.maximumResponseSize ?? Number.POSITIVE_INFINITY, sizes.kmipResponseBytesMax);
  const batchItems = fitItems(items, version, room - headerBytes - itemLength(header));
  return encodeItem({ tag: tags.ResponseMessage, type: ItemType.Structure, value: [header, ...batchItems] });
}

export interface RequestItem {
  readonly operation: OperationName;
  readonly uniqueBatchItemId?: Uint8Array | undefined;
  readonly payload: Item;
}
export interface RequestToEncode extends Omit<Input<typeof requestHeaderFields>, 'protocolVersion' | 'batchCount'> {
  readonly version: ProtocolVersion;
  readonly items: readonly RequestItem[];
}

/** Encodes a request into one new buffer; header fields that the version does not have are left out. */
export function encodeRequestMessage({ version, items, ...header }: RequestToEncode): Uint8Array<ArrayBuffer> {
  const value = {
    requestHeader: { ...header, protocolVersion: version, batchCount: items.length },
    batchItem: items.map((item) => ({ ...item, operation: Operation[item.operation] })),
  };
  return encodeItem(encodeField(requestMessage, value, version));
}

export interface ResponseBatchItem {
  readonly operation?: number | undefined;
  readonly uniqueBatchItemId?: Uint8Array | undefined;
  readonly resultStatus: keyof typeof ResultStatus;
  readonly result: SuccessResult | FailureResult;
}
export interface ResponseMessage {
  readonly version: ProtocolVersion;
  readonly timeStamp: Date;
  readonly batchItems: readonly ResponseBatchItem[];
}

/** Decodes an answer up to its payloads, which are views of the message: decodeResponsePayload copies what it reads. */
export function decodeResponseMessage(bytes: Uint8Array): ResponseMessage {
  const message = decodeItem(bytes);
  if (message.tag !== tags.ResponseMessage) throw invalidMessage(`${tagText(message.tag)} is not a Response Message`);
  const decoded = responseMessage.codec.decode(message, clientOptions);
  if (decoded === undefined) throw invalidMessage('no Response Message');
  const { protocolVersion: version, timeStamp } = decoded.responseHeader;
  return { version, timeStamp, batchItems: decoded.batchItem.map(readResponseItem) };
}

const clientOptions: DecodeOptions = { unknown: 'ignore', copyBytes: false };

function requestOptions(version: ProtocolVersion): DecodeOptions {
  return { unknown: isNewer(version, newestOf(version[0]) ?? newestVersion) ? 'ignore' : 'refuse', copyBytes: false };
}

function requestVersion(message: Item): ProtocolVersion {
  const header = fieldOf(message, tags.RequestHeader);
  const version = protocolVersion.codec.decode(fieldOf(header, tags.ProtocolVersion), clientOptions);
  if (version === undefined) throw invalidMessage('no Protocol Version');
  return version;
}

/** 2.1 §9.2: the Asynchronous Indicator is an enumeration, of which 1.x has Mandatory as True. */
function headerOfOne(message: Item, version: ProtocolVersion): Item {
  if (version[0] < 2) return message;
  return mapFields(message, tags.RequestHeader, (header) => mapFields(header, tags.AsynchronousIndicator, asBoolean));
}

function asBoolean(item: Item): Item {
  const value = primitives.Enumeration.read(primitiveBytes(item, 'Enumeration'));
  const type = ItemType.Boolean;
  return { tag: item.tag, type, value: primitives.Boolean.write(value === AsynchronousIndicator.Mandatory) };
}

function mapFields(item: Item, tag: number, change: (field: Item) => Item): Item {
  const value = structureFields(item).map((field) => (field.tag === tag ? change(field) : field));
  return { tag: item.tag, type: ItemType.Structure, value };
}

function fieldOf(item: Item, tag: number): Item {
  const found = structureFields(item).find((one) => one.tag === tag);
  if (found === undefined) throw invalidMessage(`${tagText(tag)} is missing`);
  return found;
}

function invalidMessage(text: string): KmipError {
  return new KmipError('InvalidMessage', text);
}

const tooLarge: FailureResult = { resultReason: 'ResponseTooLarge', resultMessage: 'the answer is too large' };

/** Every item has room for its failure; those whose answer then still fits, in order, get it. */
function fitItems(items: readonly ResponseItem[], version: ProtocolVersion, room: number): readonly Item[] {
  const short = items.map((item) => encodeBatchItem({ ...item, result: tooLarge }, version));
  let left = short.reduce((rest, item) => rest - itemLength(item), room);
  return items.map((item, at) => {
    const full = encodeBatchItem(item, version);
    const more = itemLength(full) - itemLength(short[at] ?? full);
    if (!('payload' in item.result) || more <= left) {
      left -= more;
      return full;
    }
    return short[at] ?? full;
  });
}

function encodeBatchItem({ result, ...item }: ResponseItem, version: ProtocolVersion): Item {
  const resultReason =
    'resultReason' in result ? reasonIn(version, operationName(item.operation ?? 0), result.resultReason) : undefined;
  const value =
    'payload' in result
      ? { ...item, resultStatus: 'Success' as const, payload: result.payload }
      : { ...item, resultStatus: 'OperationFailed' as const, ...result, resultReason };
  return encodeField(responseBatchItem, value, version);
}

function readResponseItem(item: Infer<typeof responseBatchItemFields>): ResponseBatchItem {
  const { operation, uniqueBatchItemId, resultStatus, payload } = item;
  const result =
    resultStatus === 'Success'
      ? { payload: payload ?? { tag: tags.ResponsePayload, type: ItemType.Structure, value: [] } }
      : { resultReason: item.resultReason ?? 'GeneralFailure', resultMessage: item.resultMessage ?? resultStatus };
  return { operation, uniqueBatchItemId, resultStatus, result };
}
