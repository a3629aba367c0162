/** The item types of KMIP 1.x (KMIP 1.4 §9.1.1.2). */
export const ItemType = {
  Structure: 1,
  Integer: 2,
  LongInteger: 3,
  BigInteger: 4,
  Enumeration: 5,
  Boolean: 6,
  TextString: 7,
  ByteString: 8,
  DateTime: 9,
  Interval: 10,
} as const;
export type ItemTypeName = keyof typeof ItemType;
export type PrimitiveTypeName = Exclude<ItemTypeName, 'Structure'>;

export interface StructureItem {
  readonly tag: number;
  readonly type: typeof ItemType.Structure;
  readonly value: readonly Item[];
}
/** An item whose value is its bytes on the wire, without padding: after decoding a view into the message. */
export interface PrimitiveItem {
  readonly tag: number;
  readonly type: (typeof ItemType)[PrimitiveTypeName];
  readonly value: Uint8Array;
}
export type Item = StructureItem | PrimitiveItem;

export const depthMax = 32;
export const headerBytes = 8;

/** Bytes that are not TTLV; `offset` is where in them. */
export class TtlvError extends Error {
  override name = 'TtlvError';
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(`${message} at byte ${offset}`);
    this.offset = offset;
  }
}

/** Bytes of the whole message, header included, that begins with these 8 bytes. */
export function messageLength(header: Uint8Array): number {
  const { type, length } = readHeader(header, 0, header.length);
  if (type !== ItemType.Structure) throw new TtlvError(3, 'a message is a Structure');
  return headerBytes + length;
}

/** Decodes one item that fills the bytes; values are views into them, not copies. */
export function decodeItem(bytes: Uint8Array): Item {
  const { item, end } = readItem(bytes, 0, bytes.length, 1);
  if (end !== bytes.length) throw new TtlvError(end, `${bytes.length - end} bytes after the item`);
  return item;
}

/** Encodes one item into a single new buffer that the caller owns. */
export function encodeItem(item: Item): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(itemLength(item));
  writeItem(out, new DataView(out.buffer), 0, item);
  return out;
}

/** Bytes the item takes when encoded: header, value and padding. */
export function itemLength(item: Item): number {
  return headerBytes + paddedLength(valueLength(item));
}

function paddedLength(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function valueLength(item: Item): number {
  if (item.type !== ItemType.Structure) return item.value.length;
  return item.value.reduce((sum, field) => sum + itemLength(field), 0);
}

// KMIP 1.4 §9.1.1.3: the lengths that a type allows.
function lengthFits(type: number, length: number): boolean {
  switch (type) {
    case ItemType.Integer:
    case ItemType.Enumeration:
    case ItemType.Interval:
      return length === 4;
    case ItemType.LongInteger:
    case ItemType.Boolean:
    case ItemType.DateTime:
      return length === 8;
    case ItemType.BigInteger:
      return length > 0 && length % 8 === 0;
    case ItemType.Structure:
      return length % 8 === 0;
    default:
      return true;
  }
}

function isItemType(type: number): type is Item['type'] {
  return type >= ItemType.Structure && type <= ItemType.Interval;
}

function readHeader(bytes: Uint8Array, at: number, end: number) {
  if (end - at < headerBytes) throw new TtlvError(at, 'truncated item header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = view.getUint32(at);
  const tag = head >>> 8;
  const type = head & 0xff;
  const length = view.getUint32(at + 4);
  // §9.1.1.1: 42 for the standard's own tags, 54 for extensions.
  if (tag >>> 16 !== 0x42 && tag >>> 16 !== 0x54) throw new TtlvError(at, `tag ${tag.toString(16)} is not a KMIP tag`);
  if (!isItemType(type)) throw new TtlvError(at + 3, `unknown item type ${type}`);
  if (!lengthFits(type, length)) throw new TtlvError(at + 4, `length ${length} does not fit item type ${type}`);
  return { tag, type, length };
}

function readItem(bytes: Uint8Array, at: number, end: number, depth: number): { item: Item; end: number } {
  const { tag, type, length } = readHeader(bytes, at, end);
  const start = at + headerBytes;
  const next = start + paddedLength(length);
  if (next > end) throw new TtlvError(at + 4, `length ${length} runs past the end`);
  if (depth > depthMax) throw new TtlvError(at, `items nested deeper than ${depthMax}`);
  if (type === ItemType.Structure) {
    return { item: { tag, type, value: readFields(bytes, start, next, depth + 1) }, end: next };
  }
  return { item: { tag, type, value: bytes.subarray(start, start + length) }, end: next };
}

function readFields(bytes: Uint8Array, start: number, end: number, depth: number): readonly Item[] {
  const fields: Item[] = [];
  for (let at = start; at < end; ) {
    const field = readItem(bytes, at, end, depth);
    fields.push(field.item);
    at = field.end;
  }
  return fields;
}

function writeItem(out: Uint8Array, view: DataView, at: number, item: Item): number {
  const length = valueLength(item);
  view.setUint32(at, item.tag * 256 + item.type);
  view.setUint32(at + 4, length);
  const start = at + headerBytes;
  if (item.type === ItemType.Structure) {
    return item.value.reduce((next, field) => writeItem(out, view, next, field), start);
  }
  out.set(item.value, start);
  return start + paddedLength(length);
}
