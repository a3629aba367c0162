import { attribute, templateAttribute } from '../attribute.ts';
import { ObjectGroupMember } from '../enums.ts';
import { operation } from '../operation.ts';
import { enumeration, integer, many, optional, text } from '../schema.ts';

/** Finds objects by their attributes. KMIP 1.4 §4.9. */
export const Locate = operation({
  name: 'Locate',
  since: [1, 0],
  request: {
    maximumItems: optional(integer('MaximumItems')),
    offsetItems: optional(integer('OffsetItems')),
    storageStatusMask: optional(integer('StorageStatusMask')),
    objectGroupMember: optional(enumeration('ObjectGroupMember', ObjectGroupMember)),
    attribute: many(attribute),
    /** Not in the specification: FortiGate puts its filters here. */
    templateAttribute: optional(templateAttribute),
  },
  response: {
    locatedItems: optional(integer('LocatedItems')),
    uniqueIdentifier: many(text('UniqueIdentifier')),
  },
  idPlaceholder: 'uniqueIdentifier',
});
