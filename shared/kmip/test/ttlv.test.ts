import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Primitive, primitives } from '../src/primitives.ts';
import { decodeItem, depthMax, encodeItem, headerBytes, ItemType, messageLength, TtlvError } from '../src/ttlv.ts';
import { anItem, primitiveValues } from './arbitraries.ts';

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replace(/[^0-9A-Fa-f]/g, ''), 'hex'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

// KMIP 1.4 §9.1.2, as the specification prints them.
const examples: readonly [hex: string, type: keyof typeof primitives, value: unknown][] = [
  ['42 00 20 | 02 | 00 00 00 04 | 00 00 00 08 00 00 00 00', 'Integer', 8],
  ['42 00 20 | 03 | 00 00 00 08 | 01 B6 9B 4B A5 74 92 00', 'LongInteger', 123456789000000000n],
  [
    '42 00 20 | 04 | 00 00 00 10 | 00 00 00 00 03 FD 35 EB 6B C2 DF 46 18 08 00 00',
    'BigInteger',
    1234567890000000000000000000n,
  ],
  ['42 00 20 | 05 | 00 00 00 04 | 00 00 00 FF 00 00 00 00', 'Enumeration', 255],
  ['42 00 20 | 06 | 00 00 00 08 | 00 00 00 00 00 00 00 01', 'Boolean', true],
  ['42 00 20 | 07 | 00 00 00 0B | 48 65 6C 6C 6F 20 57 6F 72 6C 64 00 00 00 00 00', 'TextString', 'Hello World'],
  ['42 00 20 | 08 | 00 00 00 03 | 01 02 03 00 00 00 00 00', 'ByteString', Uint8Array.of(1, 2, 3)],
  ['42 00 20 | 09 | 00 00 00 08 | 00 00 00 00 47 DA 67 F8', 'DateTime', new Date('2008-03-14T11:56:40Z')],
  ['42 00 20 | 0A | 00 00 00 04 | 00 0D 2F 00 00 00 00 00', 'Interval', 10 * 24 * 3600],
];

for (const [hex, type, value] of examples) {
  test(`the ${type} of §9.1.2 decodes and encodes as printed`, () => {
    const item = decodeItem(bytesOf(hex));
    assert.equal(item.tag, 0x420020);
    assert.ok(item.type !== ItemType.Structure);
    assert.equal(item.type, ItemType[type]);
    // The row gives the value its type.
    const { read, write } = primitives[type] as Primitive<unknown>;
    assert.deepEqual(read(item.value), value);
    assert.equal(hexOf(encodeItem({ ...item, value: write(value) })), hexOf(bytesOf(hex)));
  });
}

test('the Structure of §9.1.2 decodes and encodes as printed', () => {
  const hex =
    '42 00 20 | 01 | 00 00 00 20 | 42 00 04 | 05 | 00 00 00 04 | 00 00 00 FE 00 00 00 00 | 42 00 05 | 02 | 00 00 00 04 | 00 00 00 FF 00 00 00 00';
  const item = decodeItem(bytesOf(hex));
  const { Enumeration, Integer, Structure } = ItemType;
  assert.deepEqual(item, {
    tag: 0x420020,
    type: Structure,
    value: [
      { tag: 0x420004, type: Enumeration, value: primitives.Enumeration.write(254) },
      { tag: 0x420005, type: Integer, value: primitives.Integer.write(255) },
    ],
  });
  assert.equal(hexOf(encodeItem(item)), hexOf(bytesOf(hex)));
});

test('decoding what was encoded gives the same item', () => {
  fc.assert(fc.property(anItem, (item) => assert.deepEqual(decodeItem(encodeItem(item)), item)));
});

for (const [type, arbitrary] of Object.entries<fc.Arbitrary<unknown>>(primitiveValues)) {
  test(`every ${type} reads back as written`, () => {
    // Arbitrary and row have the same key.
    const { read, write } = primitives[type as keyof typeof primitives] as Primitive<unknown>;
    fc.assert(fc.property(arbitrary, (value) => assert.deepEqual(read(write(value)), value)));
  });
}

test('a Big Integer is sign-extended to a multiple of eight bytes', () => {
  assert.equal(hexOf(primitives.BigInteger.write(0n)), '0000000000000000');
  assert.equal(hexOf(primitives.BigInteger.write(-1n)), 'FFFFFFFFFFFFFFFF');
  assert.equal(hexOf(primitives.BigInteger.write(2n ** 63n)), '00000000000000008000000000000000');
  assert.equal(hexOf(primitives.BigInteger.write(-(2n ** 63n))), '8000000000000000');
});

test('byte strings are views of the message, not copies', () => {
  const message = bytesOf('42 00 20 | 08 | 00 00 00 03 | 01 02 03 00 00 00 00 00');
  const item = decodeItem(message);
  message[8] = 9;
  assert.deepEqual(item.value, Uint8Array.of(9, 2, 3));
});

test('the length of a message is read from its first eight bytes', () => {
  assert.equal(messageLength(bytesOf('42 00 78 | 01 | 00 00 01 10')), 0x118);
  assert.throws(() => messageLength(bytesOf('42 00 78 | 02 | 00 00 00 04')), /a message is a Structure/);
  assert.throws(() => messageLength(bytesOf('42 00 78 | 01')), TtlvError);
});

const malformed: readonly [what: string, hex: string, offset: number][] = [
  ['nothing', '', 0],
  ['half a header', '42 00 20 02', 0],
  ['a tag that is not KMIP', '41 00 20 | 02 | 00 00 00 04 | 00 00 00 08 00 00 00 00', 0],
  ['item type 0', '42 00 20 | 00 | 00 00 00 04 | 00 00 00 08 00 00 00 00', 3],
  ['item type 11, of KMIP 2', '42 00 20 | 0B | 00 00 00 08 | 00 00 00 08 00 00 00 00', 3],
  ['an Integer of 8 bytes', '42 00 20 | 02 | 00 00 00 08 | 00 00 00 08 00 00 00 00', 4],
  ['a Long Integer of 4 bytes', '42 00 20 | 03 | 00 00 00 04 | 00 00 00 08 00 00 00 00', 4],
  ['an empty Big Integer', '42 00 20 | 04 | 00 00 00 00', 4],
  ['a Structure of 4 bytes', '42 00 20 | 01 | 00 00 00 04 | 00 00 00 08 00 00 00 00', 4],
  ['a length past the end', '42 00 20 | 08 | FF FF FF FF | 00 00 00 08 00 00 00 00', 4],
  ['no padding', '42 00 20 | 08 | 00 00 00 01 | 00', 4],
  ['bytes after the item', '42 00 20 | 08 | 00 00 00 00 | 00', 8],
  [
    'a field past the end of its structure',
    '42 00 20 | 01 | 00 00 00 08 | 42 00 04 | 08 | 00 00 00 08 | 0000000000000000',
    12,
  ],
];
for (const [what, hex, offset] of malformed) {
  test(`${what} is a TtlvError at byte ${offset}`, () => {
    assert.throws(() => decodeItem(bytesOf(hex)), { name: 'TtlvError', offset });
  });
}

/** Structures inside each other, the innermost empty. */
function nested(depth: number): Uint8Array {
  const bytes = new Uint8Array(depth * headerBytes);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += headerBytes) {
    view.setUint32(at, 0x42002001);
    view.setUint32(at + 4, bytes.length - at - headerBytes);
  }
  return bytes;
}

test('structures are nested up to the limit and no deeper', () => {
  assert.deepEqual(encodeItem(decodeItem(nested(depthMax))), nested(depthMax));
  const offset = depthMax * headerBytes;
  assert.throws(() => decodeItem(nested(depthMax + 1)), { name: 'TtlvError', offset });
  assert.throws(() => decodeItem(nested(100_000)), { name: 'TtlvError', offset });
});

test('any bytes give an item or a TtlvError', () => {
  const start = fc.constantFrom('42002001', '42007801', '42002007', '42002008').map(bytesOf);
  const bytes = fc.tuple(start, fc.uint8Array({ maxLength: 200 })).map(([a, b]) => Uint8Array.of(...a, ...b));
  fc.assert(
    fc.property(fc.oneof(bytes, fc.uint8Array()), (input) => {
      try {
        assert.ok(encodeItem(decodeItem(input)).length >= headerBytes);
      } catch (error) {
        assert.ok(error instanceof TtlvError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
