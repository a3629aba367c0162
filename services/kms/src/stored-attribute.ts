import { type Attribute, attribute } from '@kagibako/kmip/attribute';
import { primitives } from '@kagibako/kmip/primitives';
import { encodeField, structureFields } from '@kagibako/kmip/schema';
import { tags } from '@kagibako/kmip/tags';
import { decodeItem, encodeItem, type Item, ItemType } from '@kagibako/kmip/ttlv';
import { newestVersion } from '@kagibako/kmip/version';

/** An attribute instance as a row: its value in TTLV, the same for every version of KMIP. */
export interface StoredAttribute {
  name: string;
  index: number;
  type: number;
  value: Buffer;
  /** The value where it is a number or a date, so that masks and ranges can be searched for. */
  number: bigint | null;
}

export function storeAttribute(one: Attribute): StoredAttribute {
  const value = attributeValueItem(encodeField(attribute, one, newestVersion));
  return {
    name: one.name,
    index: one.index ?? 0,
    type: value.type,
    value: Buffer.from(encodeItem(value)),
    number: numberOf(value),
  };
}

export function readAttribute(name: string, index: number, value: Uint8Array): Attribute {
  const item: Item = {
    tag: tags.Attribute,
    type: ItemType.Structure,
    value: [
      { tag: tags.AttributeName, type: ItemType.TextString, value: primitives.TextString.write(name) },
      ...(index === 0 ? [] : [indexItem(index)]),
      decodeItem(value),
    ],
  };
  const read = attribute.codec.decode(item, { unknown: 'ignore', copyBytes: true });
  if (read === undefined) throw new Error(`stored attribute ${JSON.stringify(name)} cannot be read`);
  return read;
}

const indexItem = (index: number): Item => ({
  tag: tags.AttributeIndex,
  type: ItemType.Integer,
  value: primitives.Integer.write(index),
});

function attributeValueItem(item: Item): Item {
  const value = structureFields(item).find((field) => field.tag === tags.AttributeValue);
  if (value === undefined) throw new Error('an attribute without a value');
  return value;
}

function numberOf(item: Item): bigint | null {
  switch (item.type) {
    case ItemType.Integer:
      return BigInt(primitives.Integer.read(item.value));
    case ItemType.Enumeration:
    case ItemType.Interval:
      return BigInt(primitives.Interval.read(item.value));
    case ItemType.LongInteger:
    case ItemType.DateTime:
    case ItemType.Boolean:
      return primitives.LongInteger.read(item.value);
    default:
      return null;
  }
}
