import { attributes, isAttributeName } from './attributes.ts';
import { UniqueIdentifier } from './enums.ts';
import { KmipError } from './kmip-error.ts';
import type { OperationName } from './operation.ts';
import { primitives } from './primitives.ts';
import { primitiveBytes, structureFields, tagText } from './schema.ts';
import { tagSince, tags, tagUntil } from './tags.ts';
import { type Item, ItemType } from './ttlv.ts';
import { isNewer, type ProtocolVersion } from './version.ts';

// The tables of payloads say 1.x. KMIP 2.x has the same fields in other clothes, which are changed here, at the edge:
// Attribute{Attribute Name, Attribute Value} is an item under the attribute's own tag within Attributes (2.1 §4), and a
// custom attribute x-N is Attribute{Vendor Identification x, Attribute Name N, Attribute Value} (2.1 §4.59).

/** Attributes of a new object are a Template-Attribute in 1.x, and Attributes in 2.x; elsewhere they stand in a list. */
const withTemplate: ReadonlySet<OperationName> = new Set(['Create', 'Register', 'DeriveKey', 'ReKey', 'Certify']);
/** Answers of 1.x that repeat the attribute, which 2.x does not. */
const silentAboutAttributes: ReadonlySet<OperationName> = new Set([
  'AddAttribute',
  'ModifyAttribute',
  'DeleteAttribute',
  'Create',
  'Register',
]);

/** The fields of a 2.x payload as 1.x has them, in either direction; those of 1.x stay what they are. */
export function fieldsOfOne(operation: OperationName, fields: readonly Item[]): readonly Item[] {
  return fields.flatMap((item) => fieldOfOne(operation, item));
}

/** The fields of a 1.x payload as 2.x has them. */
export function fieldsOfTwo(
  operation: OperationName,
  fields: readonly Item[],
  version: ProtocolVersion,
  direction: 'request' | 'response',
): readonly Item[] {
  const silent = direction === 'response' && silentAboutAttributes.has(operation);
  const listed = fields.filter(({ tag }) => tag === tags.Attribute).flatMap((item) => attributeOfTwo(item, version));
  const others = fields
    .filter(({ tag }) => tag !== tags.Attribute)
    .flatMap((item) => fieldOfTwo(item, version, silent));
  if (silent) return others;
  if (operation === 'AddAttribute') return [...others, structure(tags.NewAttribute, listed)];
  const takesAttributes = operation === 'Locate' ? direction === 'request' : operation === 'GetAttributes';
  const empty = operation === 'GetAttributes' && direction === 'request';
  return takesAttributes && !empty ? [...others, structure(tags.Attributes, listed)] : others;
}

function fieldOfOne(operation: OperationName, item: Item): readonly Item[] {
  switch (item.tag) {
    case tags.Attributes: {
      const listed = structureFields(item).map(attributeOfOne);
      return withTemplate.has(operation) ? [structure(tags.TemplateAttribute, listed)] : listed;
    }
    case tags.NewAttribute:
      return structureFields(item).map(attributeOfOne);
    case tags.AttributeReference:
      return [text(tags.AttributeName, referencedName(item))];
    case tags.UniqueIdentifier:
      return isPlaceholder(item) ? [] : [item];
    // 2.1 §6.1.8: a choice among protections of storage, of which there is one here.
    case tags.ProtectionStorageMasks:
      return [];
    // Gone from 2.x: a field that nobody expects, so that it is refused like one.
    case tags.TemplateAttribute:
      throw new KmipError('InvalidField', 'Template-Attribute is not in KMIP 2.x');
    default:
      return [item];
  }
}

function fieldOfTwo(item: Item, version: ProtocolVersion, silent: boolean): readonly Item[] {
  if (item.tag === tags.AttributeName) return reference(readText(item), version);
  if (item.tag !== tags.TemplateAttribute) return [item];
  if (silent) return [];
  const listed = structureFields(item).flatMap((one) => attributeOfTwo(one, version));
  return [structure(tags.Attributes, listed)];
}

const namesByTag: ReadonlyMap<number, string> = new Map(
  Object.entries(attributes).map(([name, { field }]) => [tags[field.tag], name]),
);

/** 2.1 §11, Unique Identifier: an enumeration value stands for what an earlier item of the batch made. */
function isPlaceholder(item: Item): boolean {
  if (item.type !== ItemType.Enumeration) return false;
  if (primitives.Enumeration.read(item.value) === UniqueIdentifier.IDPlaceholder) return true;
  throw new KmipError('FeatureNotSupported', 'a Unique Identifier that is neither a text nor the ID Placeholder');
}

function attributeOfOne(item: Item): Item {
  if (item.tag === tags.Attribute) {
    const fields = structureFields(item);
    const value = fields.find(({ tag }) => tag === tags.AttributeValue);
    if (value === undefined) throw new KmipError('InvalidMessage', 'AttributeValue is missing');
    return attributeItem(vendorName(fields), value);
  }
  const name = namesByTag.get(item.tag);
  if (name === undefined || isGone(item.tag))
    throw new KmipError('InvalidField', `unknown attribute ${tagText(item.tag)}`);
  return attributeItem(name, { ...item, tag: tags.AttributeValue });
}

function attributeOfTwo(item: Item, version: ProtocolVersion): readonly Item[] {
  const fields = structureFields(item);
  const nameItem = fields.find(({ tag }) => tag === tags.AttributeName);
  const value = fields.find(({ tag }) => tag === tags.AttributeValue);
  // Names of templates, which 2.x does not have.
  if (nameItem === undefined || value === undefined) return [];
  const name = readText(nameItem);
  if (!isAttributeName(name)) return [structure(tags.Attribute, [...vendorFields(name), value])];
  const { tag } = attributes[name].field;
  if (tagUntil[tag] !== undefined || isNewer(tagSince[tag] ?? [1, 0], version)) return [];
  return [{ ...value, tag: tags[tag] }];
}

/** An attribute's name of 1.x; a reference is its tag or a vendor's name (2.1 §7.4). */
function referencedName(item: Item): string {
  if (item.type === ItemType.Structure) return vendorName(item.value);
  const tag = primitives.Enumeration.read(primitiveBytes(item, 'Enumeration'));
  const name = namesByTag.get(tag);
  // Of an attribute that KMIP has and nobody here does, there is no value: that is no error.
  if (name === undefined && tagText(tag).startsWith('tag '))
    throw new KmipError('InvalidField', `${tagText(tag)} is no attribute`);
  return name ?? tagText(tag);
}

function reference(name: string, version: ProtocolVersion): readonly Item[] {
  if (!isAttributeName(name)) return [structure(tags.AttributeReference, vendorFields(name))];
  const { tag } = attributes[name].field;
  if (tagUntil[tag] !== undefined || isNewer(tagSince[tag] ?? [1, 0], version)) return [];
  const value = primitives.Enumeration.write(tags[tag]);
  return [{ tag: tags.AttributeReference, type: ItemType.Enumeration, value }];
}

/** 2.1 §4.59: x and y are those of 1.x. Any other vendor's attribute is x-vendor::name to a client of 1.x. */
function vendorName(fields: readonly Item[]): string {
  const [vendor, name] = [tags.VendorIdentification, tags.AttributeName].map((tag) => {
    const item = fields.find((one) => one.tag === tag);
    if (item === undefined) throw new KmipError('InvalidMessage', `${tagText(tag)} is missing`);
    return readText(item);
  });
  if (vendor === 'x' || vendor === 'y') return `${vendor}-${name}`;
  if (!/^[A-Za-z0-9_.]+$/.test(vendor ?? ''))
    throw new KmipError('InvalidField', 'a Vendor Identification has letters, digits, _ and .');
  return `x-${vendor}::${name}`;
}

function vendorFields(name: string): readonly Item[] {
  const [, vendor, rest] = /^x-([A-Za-z0-9_.]+)::(.*)$/s.exec(name) ?? [undefined, name.slice(0, 1), name.slice(2)];
  return [text(tags.VendorIdentification, vendor ?? ''), text(tags.AttributeName, rest ?? '')];
}

const isGone = (number: number): boolean => gone.has(number);
const gone: ReadonlySet<number> = new Set(
  // The table's keys are tag names.
  (Object.keys(tagUntil) as (keyof typeof tagUntil)[]).map((name) => tags[name]),
);

const attributeItem = (name: string, value: Item): Item =>
  structure(tags.Attribute, [text(tags.AttributeName, name), value]);

const readText = (item: Item): string => primitives.TextString.read(primitiveBytes(item, 'TextString'));

const text = (tag: number, value: string): Item => ({
  tag,
  type: ItemType.TextString,
  value: primitives.TextString.write(value),
});

const structure = (tag: number, value: readonly Item[]): Item => ({ tag, type: ItemType.Structure, value });
