import { isUtf8 } from 'node:buffer';
import { KmipError } from './kmip-error.ts';
import type { PrimitiveTypeName } from './ttlv.ts';

/** What each primitive item type is in JavaScript. Date-Time has whole seconds; Interval is in seconds. */
export interface PrimitiveValues {
  Integer: number;
  LongInteger: bigint;
  BigInteger: bigint;
  Enumeration: number;
  Boolean: boolean;
  TextString: string;
  ByteString: Uint8Array;
  DateTime: Date;
  Interval: number;
}

export interface Primitive<T> {
  read: (bytes: Uint8Array) => T;
  write: (value: T) => Uint8Array;
}

const dateSecondsMax = 8_640_000_000_000n;

/** How each primitive is read from and written to the bytes of its value (KMIP 1.4 §9.1.1.4). */
export const primitives: { readonly [Type in PrimitiveTypeName]: Primitive<PrimitiveValues[Type]> } = {
  Integer: {
    read: (bytes) => viewOf(bytes).getInt32(0),
    write: (value) => fourBytes((view) => view.setInt32(0, value)),
  },
  Enumeration: { read: readUint32, write: writeUint32 },
  Interval: { read: readUint32, write: writeUint32 },
  LongInteger: { read: readInt64, write: writeInt64 },
  BigInteger: { read: readBigInteger, write: writeBigInteger },
  Boolean: { read: readBoolean, write: (value) => writeInt64(value ? 1n : 0n) },
  TextString: { read: readText, write: (value) => new TextEncoder().encode(value) },
  ByteString: { read: (bytes) => bytes, write: (value) => value },
  DateTime: { read: readDate, write: (value) => writeInt64(BigInt(Math.floor(value.getTime() / 1000))) },
};

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function fourBytes(set: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(4);
  set(viewOf(bytes));
  return bytes;
}

function readUint32(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(0);
}

function writeUint32(value: number): Uint8Array {
  return fourBytes((view) => view.setUint32(0, value));
}

function readInt64(bytes: Uint8Array): bigint {
  return viewOf(bytes).getBigInt64(0);
}

function writeInt64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigInt64(0, value);
  return bytes;
}

function readBoolean(bytes: Uint8Array): boolean {
  const value = readInt64(bytes);
  if (value !== 0n && value !== 1n) throw new KmipError('InvalidMessage', `a Boolean is 0 or 1, not ${value}`);
  return value === 1n;
}

// ignoreBOM keeps a leading U+FEFF in the text.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function readText(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new KmipError('InvalidMessage', 'a Text String is not UTF-8');
  return utf8.decode(bytes);
}

function readDate(bytes: Uint8Array): Date {
  const seconds = readInt64(bytes);
  if (seconds > dateSecondsMax || seconds < -dateSecondsMax) {
    throw new KmipError('InvalidField', `Date-Time ${seconds} is beyond the calendar`);
  }
  return new Date(Number(seconds) * 1000);
}

function readBigInteger(bytes: Uint8Array): bigint {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}

// §9.1.1.4: two's complement, sign-extended to a multiple of eight bytes that the length counts.
function writeBigInteger(value: bigint): Uint8Array {
  const magnitude = value < 0n ? -value - 1n : value;
  const bits = magnitude.toString(2).length + 1;
  const length = Math.ceil(bits / 64) * 8;
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return Uint8Array.from({ length }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16));
}
