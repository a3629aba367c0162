import { type EnumerationTable, enumerationSince, enumerationUntil } from './enums.ts';
import { KmipError } from './kmip-error.ts';
import { type PrimitiveValues, primitives } from './primitives.ts';
import { type TagName, tagSince, tags } from './tags.ts';
import { type Item, ItemType, type PrimitiveTypeName } from './ttlv.ts';
import { formatVersion, isNewer, type ProtocolVersion } from './version.ts';

/** How to take what the tables do not know, and whether byte strings are copies or views of the message. */
export interface DecodeOptions {
  /** 'refuse' fails with Invalid Field; 'ignore' passes over unknown fields, enumeration values and attributes. */
  readonly unknown: 'refuse' | 'ignore';
  /** True when the message will be wiped: byte strings are then copies that the caller owns. */
  readonly copyBytes: boolean;
}

/** What a codec's values look like, for those who walk the tables. */
export type Shape =
  | { readonly kind: 'primitive'; readonly type: PrimitiveTypeName }
  | { readonly kind: 'enumeration'; readonly table: EnumerationTable }
  | { readonly kind: 'structure'; readonly fields: Fields }
  | { readonly kind: 'secretText' | 'raw' | 'protocolVersion' | 'attribute' };

/** How one value becomes an item and comes back. */
export interface Codec<Out, In = Out> {
  readonly shape: Shape;
  /** Undefined when the value does not exist in that version. */
  readonly encode: (tag: number, value: In, version: ProtocolVersion) => Item | undefined;
  /** Undefined when the value is unknown and to be ignored. */
  readonly decode: (item: Item, options: DecodeOptions) => Out | undefined;
}

export type Occurs = 'one' | 'optional' | 'many';

/** A field of a structure. Payloads are tables of these. */
export interface Field<Out, Occurrence extends Occurs = 'one', In = Out> {
  readonly tag: TagName;
  readonly occurs: Occurrence;
  readonly since: ProtocolVersion;
  readonly codec: Codec<Out, In>;
}
export type Fields = Readonly<Record<string, Field<unknown, Occurs, never>>>;

type Simplify<T> = { [Key in keyof T]: T[Key] } & {};
type KeysOf<F extends Fields, Occurrence extends Occurs> = {
  [Key in keyof F]: F[Key] extends Field<unknown, Occurrence, never> ? Key : never;
}[keyof F];
type OutOf<F> = F extends Field<infer Out, Occurs, never> ? Out : never;
type InOf<F> = F extends Field<unknown, Occurs, infer In> ? In : never;

/** The decoded form of a table of fields: repeated fields are always arrays. */
export type Infer<F extends Fields> = Simplify<
  { [Key in KeysOf<F, 'one'>]: OutOf<F[Key]> } & { [Key in KeysOf<F, 'optional'>]?: OutOf<F[Key]> | undefined } & {
    [Key in KeysOf<F, 'many'>]: readonly OutOf<F[Key]>[];
  }
>;
/** The form to encode: as decoded, but a repeated field may be left out when there is none. */
export type Input<F extends Fields> = Simplify<
  { [Key in KeysOf<F, 'one'>]: InOf<F[Key]> } & { [Key in KeysOf<F, 'optional'>]?: InOf<F[Key]> | undefined } & {
    [Key in KeysOf<F, 'many'>]?: readonly InOf<F[Key]>[] | undefined;
  }
>;

/** A required field with its tag's own version. */
export function field<Out, In>(tag: TagName, codec: Codec<Out, In>): Field<Out, 'one', In> {
  return { tag, occurs: 'one', since: tagSince[tag] ?? [1, 0], codec };
}

export const text = (tag: TagName) => field(tag, primitive('TextString'));
export const integer = (tag: TagName) => field(tag, primitive('Integer'));
export const longInteger = (tag: TagName) => field(tag, primitive('LongInteger'));
export const boolean = (tag: TagName) => field(tag, primitive('Boolean'));
export const bytes = (tag: TagName) => field(tag, byteString);
export const dateTime = (tag: TagName) => field(tag, primitive('DateTime'));
/** Seconds. */
export const interval = (tag: TagName) => field(tag, primitive('Interval'));
/** An enumeration whose number is kept, because values outside the table must come through. */
export const enumerationNumber = (tag: TagName) => field(tag, primitive('Enumeration'));
/** A Text String kept as bytes, because a string cannot be wiped. */
export const secretText = (tag: TagName) => field(tag, secretTextCodec);
/** Any item, passed through undecoded. */
export const raw = (tag: TagName) => field(tag, rawCodec);

export function enumeration<const Table extends EnumerationTable>(tag: TagName, table: Table) {
  return field(tag, enumerationCodec(table));
}

export function struct<const F extends Fields>(tag: TagName, fields: F) {
  return field(tag, structCodec(fields));
}

export function optional<Out, In>(of: Field<Out, 'one', In>): Field<Out, 'optional', In> {
  return { ...of, occurs: 'optional' };
}

export function many<Out, In>(of: Field<Out, 'one', In>): Field<Out, 'many', In> {
  return { ...of, occurs: 'many' };
}

/** A field that came to this structure later than its tag came to KMIP. */
export function since<Out, Occurrence extends Occurs, In>(
  version: ProtocolVersion,
  of: Field<Out, Occurrence, In>,
): Field<Out, Occurrence, In> {
  return { ...of, since: version };
}

export function primitive<Type extends PrimitiveTypeName>(type: Type): Codec<PrimitiveValues[Type]> {
  return {
    shape: { kind: 'primitive', type },
    encode: (tag, value) => ({ tag, type: ItemType[type], value: primitives[type].write(value) }),
    decode: (item) => primitives[type].read(primitiveBytes(item, type)),
  };
}

export const byteString: Codec<Uint8Array> = {
  shape: { kind: 'primitive', type: 'ByteString' },
  encode: (tag, value) => ({ tag, type: ItemType.ByteString, value }),
  decode: (item, { copyBytes }) => {
    const value = primitiveBytes(item, 'ByteString');
    return copyBytes ? value.slice() : value;
  },
};

const secretTextCodec: Codec<Uint8Array> = {
  shape: { kind: 'secretText' },
  encode: (tag, value) => ({ tag, type: ItemType.TextString, value }),
  decode: (item, { copyBytes }) => {
    const value = primitiveBytes(item, 'TextString');
    return copyBytes ? value.slice() : value;
  },
};

const rawCodec: Codec<Item> = {
  shape: { kind: 'raw' },
  encode: (tag, item) => ({ ...item, tag }),
  decode: (item, { copyBytes }) => (copyBytes ? copyItem(item) : item),
};

function copyItem(item: Item): Item {
  if (item.type === ItemType.Structure) return { ...item, value: item.value.map(copyItem) };
  return { ...item, value: item.value.slice() };
}

export function enumerationCodec<const Table extends EnumerationTable>(table: Table): Codec<keyof Table & string> {
  const names = new Map(Object.entries(table).map(([name, number]) => [number, name]));
  const { encode, decode } = primitive('Enumeration');
  return {
    shape: { kind: 'enumeration', table },
    encode: (tag, name, version) => {
      const came = enumerationSince.get(table)?.[name];
      const last = enumerationUntil.get(table)?.[name];
      if (last !== undefined && isNewer(version, last)) return undefined;
      return came !== undefined && isNewer(came, version) ? undefined : encode(tag, table[name] ?? 0, version);
    },
    decode: (item, options) => {
      const number = decode(item, options) ?? 0;
      const name = names.get(number);
      if (name === undefined && options.unknown === 'refuse') {
        throw new KmipError('InvalidField', `${tagText(item.tag)}: unknown value 0x${number.toString(16)}`);
      }
      return name;
    },
  };
}

export function structCodec<const F extends Fields>(fields: F): Codec<Infer<F>, Input<F>> {
  return {
    shape: { kind: 'structure', fields },
    encode: (tag, value, version) => {
      const items = encodeFields(fields, value, version);
      return items === undefined ? undefined : { tag, type: ItemType.Structure, value: items };
    },
    decode: (item, options) => decodeFields(fields, structureFields(item), options),
  };
}

/** Encodes the fields that exist in that version; undefined when a required one does not. */
export function encodeFields<F extends Fields>(
  fields: F,
  value: Input<F>,
  version: ProtocolVersion,
): readonly Item[] | undefined {
  const items: Item[] = [];
  for (const [key, { tag, occurs, since: came, codec }] of Object.entries(fields)) {
    if (isNewer(came, version)) continue;
    for (const one of valuesAt(value, key, occurs)) {
      const item = codec.encode(tags[tag], one, version);
      if (item === undefined && occurs === 'one') return undefined;
      if (item !== undefined) items.push(item);
    }
  }
  return items;
}

/** Decodes fields in whatever order they came; missing, repeated or mistyped ones are an Invalid Message. */
export function decodeFields<F extends Fields>(fields: F, items: readonly Item[], options: DecodeOptions): Infer<F> {
  const found = groupByTag(fields, items, options);
  const entries = Object.entries(fields).flatMap(([key, { tag, occurs, codec }]) => {
    const same = found.get(tags[tag]) ?? [];
    if (same.length > 1 && occurs !== 'many')
      throw new KmipError('InvalidMessage', `${tag} comes ${same.length} times`);
    const values = same.map((item) => codec.decode(item, options)).filter((value) => value !== undefined);
    if (occurs === 'many') return [[key, values]];
    if (values.length === 0 && occurs === 'one') throw new KmipError('InvalidMessage', `${tag} is missing`);
    return values.map((value) => [key, value]);
  });
  // The entries were made by walking the table that Infer reads.
  return Object.fromEntries(entries) as Infer<F>;
}

/** Encodes an item of this field, or fails with Invalid Field when the value does not exist in that version. */
export function encodeField<Out, In>(of: Field<Out, Occurs, In>, value: In, version: ProtocolVersion): Item {
  const item = of.codec.encode(tags[of.tag], value, version);
  if (item === undefined) {
    throw new KmipError('InvalidField', `${of.tag} cannot be said in KMIP ${formatVersion(version)}`);
  }
  return item;
}

/** The name of a tag, or its number where it is not in the tables. */
export function tagText(tag: number): string {
  return tagNames.get(tag) ?? `tag 0x${tag.toString(16)}`;
}

const tagNames: ReadonlyMap<number, string> = new Map(Object.entries(tags).map(([name, number]) => [number, name]));

function valuesAt(value: object, key: string, occurs: Occurs): readonly never[] {
  // `value` is the Input of the table that `key` is a key of; the codec beside it takes exactly this value.
  const at = (value as Readonly<Record<string, unknown>>)[key];
  if (at === undefined) {
    if (occurs === 'one') throw new TypeError(`${key} is required`);
    return [];
  }
  return (occurs === 'many' ? at : [at]) as readonly never[];
}

function groupByTag(fields: Fields, items: readonly Item[], { unknown }: DecodeOptions): Map<number, Item[]> {
  const known = new Map<number, Item[]>(Object.values(fields).map(({ tag }) => [tags[tag], []]));
  for (const item of items) {
    const same = known.get(item.tag);
    if (same !== undefined) same.push(item);
    else if (unknown === 'refuse') throw new KmipError('InvalidField', `unexpected field ${tagText(item.tag)}`);
  }
  return known;
}

export function primitiveBytes(item: Item, type: PrimitiveTypeName): Uint8Array {
  if (item.type === ItemType.Structure || item.type !== ItemType[type]) {
    throw new KmipError('InvalidMessage', `${tagText(item.tag)}: item type ${item.type}, expected ${type}`);
  }
  return item.value;
}

export function structureFields(item: Item): readonly Item[] {
  if (item.type === ItemType.Structure) return item.value;
  throw new KmipError('InvalidMessage', `${tagText(item.tag)}: item type ${item.type}, expected a Structure`);
}
