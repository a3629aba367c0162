import * as enumerations from './enums.ts';
import { KmipError } from './kmip-error.ts';
import { primitives } from './primitives.ts';
import { tagText } from './schema.ts';
import { type TagName, tags } from './tags.ts';
import { depthMax, type Item, ItemType, type ItemTypeName, type PrimitiveTypeName } from './ttlv.ts';

/** An item as KMIP's XML encoding says it (KMIP Profiles 1.4 §5.4): names for numbers, and text for values. */
export interface XmlElement {
  /** A tag's name, or its number as 0x… */
  readonly tag: string;
  readonly type: ItemTypeName;
  /** The value of a primitive; fields of a Structure. */
  readonly value: string | readonly XmlElement[];
}

type Table = enumerations.EnumerationTable;

/** Enumerations by the name of their tag; what is not a table is a map of versions. */
const tables = new Map<string, Table>(
  Object.entries(enumerations).flatMap(([name, table]) => (table instanceof Map ? [] : [[name, table as Table]])),
);
const tableNames: Readonly<Record<string, string>> = { MaskGeneratorHashingAlgorithm: 'HashingAlgorithm' };
const masks: ReadonlyMap<string, Table> = new Map<string, Table>([
  ['CryptographicUsageMask', enumerations.CryptographicUsageMask],
  ['StorageStatusMask', enumerations.StorageStatusMask],
  ['ProtectionStorageMask', enumerations.ProtectionStorageMask],
]);
const typeNames = new Map(Object.entries(ItemType).map(([name, number]) => [number, name as ItemTypeName]));

const tagNumber = (name: string): number => {
  if (Object.hasOwn(tags, name)) return tags[name as TagName];
  if (/^0x(42|54)[0-9a-f]{4}$/i.test(name)) return Number(name);
  throw new KmipError('InvalidMessage', `unknown element ${name.slice(0, 64)}`);
};

/** The element of an item, for an answer in XML. */
export function elementOf(item: Item, meaning?: string): XmlElement {
  const known = tagText(item.tag);
  const tag = known.startsWith('tag ') ? known.slice(4) : known;
  const type = typeNames.get(item.type);
  if (type === undefined) throw new TypeError(`item type ${item.type}`);
  if (item.type !== ItemType.Structure) return { tag, type, value: textOf(item, type, meaning ?? tag) };
  const attribute = attributeIn(item.value);
  const value = item.value.map((field) => elementOf(field, field.tag === tags.AttributeValue ? attribute : undefined));
  return { tag, type, value };
}

/** The item of an element. @throws KmipError Invalid Message */
export function itemOf({ tag, type, value }: XmlElement, meaning?: string): Item {
  const number = tagNumber(tag);
  if (typeof value === 'string') {
    if (type === 'Structure') throw new KmipError('InvalidMessage', `${tag} is a Structure`);
    return { tag: number, type: ItemType[type], value: bytesOf(value, type, meaning ?? tag) };
  }
  const name = value.find((field) => field.tag === 'AttributeName')?.value;
  const attribute = typeof name === 'string' ? elementName(name) : undefined;
  const fields = value.map((field) => itemOf(field, field.tag === 'AttributeValue' ? attribute : undefined));
  return { tag: number, type: ItemType.Structure, value: fields };
}

function attributeIn(fields: readonly Item[]): string | undefined {
  const name = fields.find(({ tag }) => tag === tags.AttributeName);
  return name?.type === ItemType.TextString ? elementName(primitives.TextString.read(name.value)) : undefined;
}

/** An attribute's name of 1.x as an element's. */
const elementName = (name: string): string => name.replace(/[^\w\s]/g, '_').replaceAll(' ', '');

const tableOf = (tag: string): Table | undefined =>
  tag === 'AttributeReference' ? tags : tables.get(tableNames[tag] ?? tag);

function textOf(item: Item & { value: Uint8Array }, type: ItemTypeName, tag: string): string {
  switch (type) {
    case 'ByteString':
      return Buffer.from(item.value).toString('hex');
    case 'DateTime':
      return primitives.DateTime.read(item.value).toISOString().replace('.000Z', '+00:00');
    case 'Enumeration':
      return enumerationText(primitives.Enumeration.read(item.value), tableOf(tag));
    case 'Integer':
      return maskText(primitives.Integer.read(item.value), masks.get(tag));
    case 'LongInteger':
    case 'BigInteger':
      return `0x${Buffer.from(item.value).toString('hex')}`;
    case 'Structure':
      throw new TypeError('a Structure has no text');
    default:
      return String(primitives[type].read(item.value));
  }
}

function bytesOf(value: string, type: PrimitiveTypeName, tag: string): Uint8Array {
  switch (type) {
    case 'TextString':
      return primitives.TextString.write(value);
    case 'ByteString':
      if (!/^([0-9a-f]{2})*$/i.test(value)) throw notA(type, tag);
      return Uint8Array.from(Buffer.from(value, 'hex'));
    case 'DateTime':
      if (Number.isNaN(Date.parse(value))) throw notA(type, tag);
      return primitives.DateTime.write(new Date(value));
    case 'Enumeration':
      return primitives.Enumeration.write(namedNumber(value, tableOf(tag), tag));
    case 'Integer':
      return primitives.Integer.write(maskNumber(value, tag));
    case 'Interval':
      return primitives.Interval.write(maskNumber(value, tag));
    case 'Boolean':
      if (value !== 'true' && value !== 'false') throw notA(type, tag);
      return primitives.Boolean.write(value === 'true');
    case 'LongInteger':
      return primitives.LongInteger.write(wholeNumber(value, tag));
    case 'BigInteger':
      return bigBytes(value, tag);
  }
}

function bigBytes(value: string, tag: string): Uint8Array {
  if (!/^(0x)?([0-9a-f]{16})+$/i.test(value)) return primitives.BigInteger.write(wholeNumber(value, tag));
  return Uint8Array.from(Buffer.from(value.replace(/^0x/i, ''), 'hex'));
}

function wholeNumber(value: string, tag: string): bigint {
  if (/^-?\d{1,400}$/.test(value)) return BigInt(value);
  if (/^0x[0-9a-f]{1,16}$/i.test(value)) return BigInt.asIntN(64, BigInt(value));
  throw notA('number', tag);
}

const hex8 = (number: number): string => `0x${(number >>> 0).toString(16).padStart(8, '0')}`;

function enumerationText(number: number, table: Table | undefined): string {
  return Object.entries(table ?? {}).find(([, one]) => one === number)?.[0] ?? hex8(number);
}

function namedNumber(value: string, table: Table | undefined, tag: string): number {
  if (/^0x[0-9a-f]{1,8}$/i.test(value)) return Number(value);
  const number = table && Object.hasOwn(table, value) ? table[value] : undefined;
  if (number === undefined) throw new KmipError('InvalidMessage', `${tag}: unknown value ${value.slice(0, 64)}`);
  return number;
}

/** Names of bits with spaces between them; bits without a name in hexadecimal. */
function maskText(mask: number, table: Table | undefined): string {
  if (table === undefined) return String(mask);
  const named = Object.entries(table).filter(([, bit]) => (mask & bit) === bit);
  const rest = named.reduce((left, [, bit]) => left & ~bit, mask);
  return [...named.map(([name]) => name), ...(rest === 0 ? [] : [hex8(rest)])].join(' ');
}

function maskNumber(value: string, tag: string): number {
  if (/^-?\d{1,10}$/.test(value)) return Number(value);
  const words = value.split(' ').filter(Boolean);
  return words.reduce((mask, word) => mask | namedNumber(word, masks.get(tag), tag), 0);
}

const notA = (what: string, tag: string): KmipError => new KmipError('InvalidMessage', `${tag} holds no ${what}`);

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML text of an element. */
export function formatXml({ tag, type, value }: XmlElement, indent = ''): string {
  const name = tag.startsWith('0x') ? `TTLV tag="${tag}"` : tag;
  if (typeof value === 'string') {
    const escaped = value.replace(
      /[&<>"\t\n\r]/g,
      (character) => escapes[character] ?? `&#${character.charCodeAt(0)};`,
    );
    return `${indent}<${name} type="${type}" value="${escaped}"/>\n`;
  }
  const fields = value.map((field) => formatXml(field, `${indent}  `)).join('');
  return `${indent}<${name}>\n${fields}${indent}</${name.split(' ')[0]}>\n`;
}

const token =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([A-Za-z_][\w.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|\s+/y;

/** The elements of an XML text, which holds KMIP's subset: no DTD, no mixed content. @throws KmipError Invalid Message */
export function parseXml(xml: string): readonly XmlElement[] {
  const open: { tag: string; type: string; value: XmlElement[] }[] = [{ tag: '', type: 'Structure', value: [] }];
  token.lastIndex = 0;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const [, closing, name, written = '', empty] = token.exec(xml) ?? [undefined, undefined, undefined, undefined];
    if (token.lastIndex === 0) throw new KmipError('InvalidMessage', `not KMIP's XML at character ${at}`);
    if (name === undefined) continue;
    if (closing === '/') close(open, name);
    else start(open, name, written, empty === '/');
  }
  const [root, ...unclosed] = open;
  if (root === undefined || unclosed.length > 0) throw new KmipError('InvalidMessage', 'an element is not closed');
  return root.value;
}

type Open = { tag: string; type: string; value: XmlElement[] }[];

function start(open: Open, name: string, written: string, empty: boolean): void {
  const given = new Map(
    [...written.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, key, a, b]) => [
      key,
      unescapeXml(a ?? b ?? ''),
    ]),
  );
  const type = given.get('type') ?? 'Structure';
  const tag = name === 'TTLV' ? (given.get('tag') ?? name) : name;
  if (!Object.hasOwn(ItemType, type))
    throw new KmipError('InvalidMessage', `${tag}: unknown type ${type.slice(0, 64)}`);
  if (type !== 'Structure') {
    // The table has this name.
    open.at(-1)?.value.push({ tag, type: type as ItemTypeName, value: given.get('value') ?? '' });
    if (empty) return;
  }
  if (open.length > depthMax) throw new KmipError('InvalidMessage', `elements nested deeper than ${depthMax}`);
  open.push({ tag: name === 'TTLV' ? `TTLV ${tag}` : tag, type, value: [] });
  if (empty) close(open, name);
}

function close(open: Open, name: string): void {
  const last = open.length > 1 ? open.pop() : undefined;
  const [opened, number] = last?.tag.split(' ') ?? [];
  if (last === undefined || opened !== name)
    throw new KmipError('InvalidMessage', `</${name.slice(0, 64)}> closes nothing`);
  if (last.type === 'Structure') open.at(-1)?.value.push({ tag: number ?? name, type: 'Structure', value: last.value });
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, named) => {
    if (named !== undefined) return { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[String(named)] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const secretTags: ReadonlySet<string> = new Set([
  'KeyMaterial',
  'KeyValue',
  'Password',
  'CredentialValue',
  'Data',
  'SplitKeyPart',
  'OpaqueDataValue',
  'PrivateKey',
  'MACData',
  'IVCounterNonce',
  'P',
  'Q',
  'PrivateExponent',
  'PrimeExponentP',
  'PrimeExponentQ',
  'CRTCoefficient',
  'D',
  'X',
  'Key',
  'SecretData',
  'PSource',
  'Salt',
  'TicketValue',
]);

/** An item as indented text for logs. Nothing below a tag that may hold secrets is said; other bytes by their number alone. */
export function redactedText(item: Item, indent = ''): string {
  const { tag, type, value } = secretTags.has(tagText(item.tag))
    ? { tag: tagText(item.tag), type: 'redacted', value: '' }
    : elementOf(item);
  if (item.type === ItemType.Structure && type !== 'redacted')
    return `${indent}${tag}\n${item.value.map((field) => redactedText(field, `${indent}  `)).join('')}`;
  if (type === 'redacted') return `${indent}${tag}: [redacted]\n`;
  const bytes = item.type === ItemType.ByteString ? `[${item.value.length} bytes]` : JSON.stringify(value);
  return `${indent}${tag}: ${bytes}\n`;
}
