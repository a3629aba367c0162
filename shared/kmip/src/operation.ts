import type { Operation } from './enums.ts';
import { KmipError } from './kmip-error.ts';
import { fieldsOfOne, fieldsOfTwo } from './payload-versions.ts';
import { decodeFields, encodeFields, type Fields, type Infer, type Input, structureFields } from './schema.ts';
import { tags } from './tags.ts';
import { type Item, ItemType } from './ttlv.ts';
import { formatVersion, isNewer, newestOf, newestVersion, type ProtocolVersion } from './version.ts';

export type OperationName = keyof typeof Operation;

/** An operation: its fields in both directions, and what it does to the ID Placeholder (KMIP 1.4 §4). */
export interface OperationSpec<Req extends Fields = Fields, Res extends Fields = Fields> {
  readonly name: OperationName;
  readonly since: ProtocolVersion;
  readonly request: Req;
  readonly response: Res;
  /** The response field whose only value becomes the ID Placeholder; none or several values empty it. */
  readonly idPlaceholder?: 'uniqueIdentifier' | 'privateKeyUniqueIdentifier';
}

export type RequestOf<Spec> = Spec extends OperationSpec<infer Req, Fields> ? Infer<Req> : never;
/** As RequestOf, but to encode: repeated fields may be left out. */
export type RequestInput<Spec> = Spec extends OperationSpec<infer Req, Fields> ? Input<Req> : never;
export type ResponseInput<Spec> = Spec extends OperationSpec<Fields, infer Res> ? Input<Res> : never;

export function operation<const Req extends Fields, const Res extends Fields>(spec: OperationSpec<Req, Res>) {
  return spec;
}

/** A payload of a request we received; fails with the Result Reason of KMIP 1.4 §11. Byte strings are views of the message. */
export function decodeRequestPayload<Req extends Fields>(
  spec: OperationSpec<Req, Fields>,
  payload: Item,
  version: ProtocolVersion,
): Infer<Req> {
  if (isNewer(spec.since, version)) {
    throw new KmipError('OperationNotSupported', `${spec.name} is not in KMIP ${formatVersion(version)}`);
  }
  // §11: a minor version that we do not know may have fields that we do not know.
  const unknown = isNewer(version, newestOf(version[0]) ?? newestVersion) ? 'ignore' : 'refuse';
  const fields = structureFields(payload);
  const ofOne = version[0] < 2 ? fields : fieldsOfOne(spec.name, fields);
  return decodeFields(spec.request, ofOne, { unknown, copyBytes: false });
}

/** A payload of an answer we received. Its byte strings are copies that the caller owns and wipes. */
export function decodeResponsePayload<Res extends Fields>(spec: OperationSpec<Fields, Res>, payload: Item): Infer<Res> {
  const fields = fieldsOfOne(spec.name, structureFields(payload));
  return decodeFields(spec.response, fields, { unknown: 'ignore', copyBytes: true });
}

export function encodeRequestPayload<Req extends Fields>(
  spec: OperationSpec<Req, Fields>,
  payload: Input<Req>,
  version: ProtocolVersion,
): Item {
  return payloadItem('request', spec, encodeFields(spec.request, payload, version), version);
}

/** Without what is newer than the version. Byte strings are not copied: they are read when the message is encoded. */
export function encodeResponsePayload<Res extends Fields>(
  spec: OperationSpec<Fields, Res>,
  payload: Input<Res>,
  version: ProtocolVersion,
): Item {
  return payloadItem('response', spec, encodeFields(spec.response, payload, version), version);
}

function payloadItem(
  direction: 'request' | 'response',
  { name }: OperationSpec,
  value: readonly Item[] | undefined,
  version: ProtocolVersion,
): Item {
  if (value === undefined) {
    throw new KmipError('InvalidField', `this ${name} cannot be said in KMIP ${formatVersion(version)}`);
  }
  const tag = direction === 'request' ? tags.RequestPayload : tags.ResponsePayload;
  const fields = version[0] < 2 ? value : fieldsOfTwo(name, value, version, direction);
  return { tag, type: ItemType.Structure, value: fields };
}
