import {
  type AttributeName,
  type AttributeValueOf,
  attributes,
  type CustomAttributeName,
  isAttributeName,
  isCustomAttributeName,
} from './attributes.ts';
import { KmipError } from './kmip-error.ts';
import { type PrimitiveValues, primitives } from './primitives.ts';
import {
  byteString,
  type Codec,
  type DecodeOptions,
  field,
  integer,
  many,
  optional,
  raw,
  struct,
  structCodec,
  tagText,
  text,
} from './schema.ts';
import { type Item, ItemType, type PrimitiveTypeName } from './ttlv.ts';
import { isNewer, type ProtocolVersion } from './version.ts';

/** The value of a custom attribute keeps its item type, because it is the client's choice (KMIP 1.4 §3.39). */
export type CustomValue = {
  [Type in PrimitiveTypeName]: { readonly type: Type; readonly value: PrimitiveValues[Type] };
}[PrimitiveTypeName];

export type KnownAttribute = {
  [Name in AttributeName]: { readonly name: Name; readonly index?: number; readonly value: AttributeValueOf<Name> };
}[AttributeName];

export interface CustomAttribute {
  readonly name: CustomAttributeName;
  readonly index?: number;
  readonly value: CustomValue;
}

/** One instance of an attribute, the same in every version; `index` is absent where it is 0. */
export type Attribute = KnownAttribute | CustomAttribute;

const wireAttribute = structCodec({
  attributeName: text('AttributeName'),
  attributeIndex: optional(integer('AttributeIndex')),
  attributeValue: raw('AttributeValue'),
});

// The tables give an index type that no one name can be checked against: the row is the one of the name.
type AnyRow = { readonly since: ProtocolVersion; readonly field: { readonly codec: Codec<unknown, never> } };
const rowOf = (name: AttributeName): AnyRow => attributes[name];

/** Attribute{Attribute Name, Attribute Index, Attribute Value} of KMIP 1.x (1.4 §2.1.1). */
export const attributeCodec: Codec<Attribute> = {
  shape: { kind: 'attribute' },
  encode: (tag, { name, index, value }, version) => {
    // Name and value of an Attribute belong together by its type.
    const attributeValue = isAttributeName(name)
      ? encodeKnown(name, value as never, version)
      : encodeCustom(value as CustomValue);
    if (attributeValue === undefined) return undefined;
    return wireAttribute.encode(tag, { attributeName: name, attributeIndex: index, attributeValue }, version);
  },
  decode: (item, options) => {
    const wire = wireAttribute.decode(item, options);
    if (wire === undefined) return undefined;
    const { attributeName, attributeIndex: index, attributeValue } = wire;
    const value = decodeValue(attributeName, attributeValue, options);
    if (value === undefined) return undefined;
    // The row of this name made the value.
    return { name: attributeName, ...(index === undefined ? {} : { index }), value } as Attribute;
  },
};

export const attribute = field('Attribute', attributeCodec);

/** KMIP 1.4 §2.1.8; the names are those of Template objects, gone from 1.3 on. */
export const templateAttributeFields = { name: many(raw('Name')), attribute: many(attribute) };
export const templateAttribute = struct('TemplateAttribute', templateAttributeFields);

/** The value of the attribute's first instance. */
export function attributeValue<Name extends AttributeName>(
  all: readonly Attribute[],
  name: Name,
): AttributeValueOf<Name> | undefined {
  // The name decides the type of the value.
  return all.find((one) => one.name === name)?.value as AttributeValueOf<Name> | undefined;
}

/** The values of all instances, in their order. */
export function attributeValues<Name extends AttributeName>(
  all: readonly Attribute[],
  name: Name,
): readonly AttributeValueOf<Name>[] {
  // The name decides the type of the values.
  return all.filter((one) => one.name === name).map((one) => one.value as AttributeValueOf<Name>);
}

function encodeKnown(name: AttributeName, value: never, version: ProtocolVersion): Item | undefined {
  const { since, field: of } = rowOf(name);
  return isNewer(since, version) ? undefined : of.codec.encode(0, value, version);
}

function encodeCustom(custom: CustomValue): Item {
  return { tag: 0, type: ItemType[custom.type], value: writeCustom(custom) };
}

function writeCustom<Type extends PrimitiveTypeName>(custom: { type: Type; value: PrimitiveValues[Type] }): Uint8Array {
  return primitives[custom.type].write(custom.value);
}

function decodeValue(name: string, item: Item, options: DecodeOptions): unknown {
  if (isAttributeName(name)) return rowOf(name).field.codec.decode(item, options);
  if (isCustomAttributeName(name)) return decodeCustom(item, options);
  if (options.unknown === 'ignore') return undefined;
  throw new KmipError('InvalidField', `unknown attribute ${JSON.stringify(name.slice(0, 64))}`);
}

const typeNames: ReadonlyMap<number, PrimitiveTypeName> = new Map(
  // Every key of the primitives table is a primitive's name.
  (Object.keys(primitives) as PrimitiveTypeName[]).map((type) => [ItemType[type], type]),
);

function decodeCustom(item: Item, options: DecodeOptions): unknown {
  const type = typeNames.get(item.type);
  if (type === undefined || item.type === ItemType.Structure) {
    throw new KmipError('InvalidField', `${tagText(item.tag)}: a custom attribute here is a primitive`);
  }
  if (type === 'ByteString') return { type, value: byteString.decode(item, options) };
  return { type, value: primitives[type].read(item.value) };
}
