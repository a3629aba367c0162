import fc from 'fast-check';
import type { Attribute, CustomValue } from '../src/attribute.ts';
import { attributes } from '../src/attributes.ts';
import { enumerationUntil } from '../src/enums.ts';
import type { PrimitiveValues } from '../src/primitives.ts';
import { primitives } from '../src/primitives.ts';
import type { Fields, Shape } from '../src/schema.ts';
import { tags } from '../src/tags.ts';
import { type Item, ItemType, type PrimitiveTypeName } from '../src/ttlv.ts';
import { supportedVersions } from '../src/version.ts';

/** A record whose objects are like those of our code: with a prototype. */
function plain<T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const uint32 = fc.nat({ max: 0xffffffff });
const tag = fc.nat({ max: 0xffff }).map((low) => 0x420000 + low);

export const primitiveValues: { readonly [Type in PrimitiveTypeName]: fc.Arbitrary<PrimitiveValues[Type]> } = {
  Integer: fc.integer(),
  LongInteger: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  BigInteger: fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  Enumeration: uint32,
  Boolean: fc.boolean(),
  TextString: fc.string({ unit: 'binary' }),
  ByteString: fc.uint8Array(),
  DateTime: fc.integer({ min: -8.64e12, max: 8.64e12 }).map((seconds) => new Date(seconds * 1000)),
  Interval: uint32,
};

// Every key of the table is a primitive's name.
const primitiveTypes = Object.keys(primitives) as PrimitiveTypeName[];

function itemOf<Type extends PrimitiveTypeName>(type: Type): fc.Arbitrary<Item> {
  return plain({
    tag,
    type: fc.constant(ItemType[type]),
    value: primitiveValues[type].map(primitives[type].write),
  });
}

/** Any item, nested a few levels. */
export const anItem: fc.Arbitrary<Item> = fc.letrec<{ item: Item }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4 },
    ...primitiveTypes.map(itemOf),
    plain({ tag, type: fc.constant(ItemType.Structure), value: fc.array(tie('item'), { maxLength: 4 }) }),
  ),
})).item;

const customValue: fc.Arbitrary<CustomValue> = fc.oneof(
  // A record of a type's name and its own value is one of CustomValue's.
  ...primitiveTypes.map(
    (type) => plain({ type: fc.constant(type), value: primitiveValues[type] }) as fc.Arbitrary<CustomValue>,
  ),
);
const index = fc.option(fc.nat({ max: 9 }), { nil: undefined });

/** An attribute of any row of the table, or a custom one. */
export const anAttribute: fc.Arbitrary<Attribute> = fc
  .oneof(
    ...Object.entries(attributes).map(([name, { field }]) =>
      plain({ name: fc.constant(name), index, value: fc.constant(0).chain(() => shaped(field.codec.shape)) }),
    ),
    plain({ name: fc.string({ unit: 'binary' }).map((end) => `x-${end}`), index, value: customValue }),
  )
  // The name chose the row that made the value; an absent index has no key.
  .map(({ index: at, ...rest }) => (at === undefined ? rest : { ...rest, index: at }) as Attribute);

/** Values of a table of fields, read off the table itself. */
export function fieldsOf(fields: Fields): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(fields).map(([key, { tag: name, occurs, codec }]) => {
    const one = codec.shape.kind === 'raw' ? anItem.map((item) => ({ ...item, tag: tags[name] })) : shaped(codec.shape);
    if (occurs === 'many') return [key, fc.array(one, { maxLength: 3 })];
    return [key, occurs === 'optional' ? fc.option(one, { nil: undefined }) : one];
  });
  return plain<Record<string, unknown>>(Object.fromEntries(entries)).map(withoutUndefined);
}

function withoutUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}

function shaped(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'primitive':
      return primitiveValues[shape.type];
    case 'enumeration':
      return fc.constantFrom(...Object.keys(shape.table).filter((name) => !enumerationUntil.get(shape.table)?.[name]));
    case 'structure':
      return fieldsOf(shape.fields);
    case 'secretText':
      return fc.uint8Array();
    case 'raw':
      return anItem;
    case 'protocolVersion':
      return fc.constantFrom(...supportedVersions);
    case 'attribute':
      return anAttribute;
  }
}
