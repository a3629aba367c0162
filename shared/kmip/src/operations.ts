import { Operation } from './enums.ts';
import type { OperationName, OperationSpec } from './operation.ts';
import { Activate } from './operations/activate.ts';
import { AddAttribute } from './operations/add-attribute.ts';
import { Create } from './operations/create.ts';
import { Destroy } from './operations/destroy.ts';
import { DiscoverVersions } from './operations/discover-versions.ts';
import { Get } from './operations/get.ts';
import { GetAttributeList } from './operations/get-attribute-list.ts';
import { GetAttributes } from './operations/get-attributes.ts';
import { Locate } from './operations/locate.ts';
import { Query } from './operations/query.ts';
import { Revoke } from './operations/revoke.ts';

/** Every operation that has its fields declared here, by name. */
export const operations = {
  Create,
  Locate,
  Get,
  GetAttributes,
  GetAttributeList,
  AddAttribute,
  Activate,
  Revoke,
  Destroy,
  Query,
  DiscoverVersions,
} as const satisfies Partial<Record<OperationName, OperationSpec>>;

const names: ReadonlyMap<number, OperationName> = new Map(
  // The table's keys are the operation names.
  (Object.keys(Operation) as OperationName[]).map((name) => [Operation[name], name]),
);

/** KMIP's name of an operation number, also of one that is not declared here. */
export function operationName(number: number): OperationName | undefined {
  return names.get(number);
}

/** The declared fields of an operation; undefined where KMIP has the operation but this table does not. */
export function operationSpec(name: OperationName | undefined): OperationSpec | undefined {
  const declared: Partial<Record<OperationName, OperationSpec>> = operations;
  return name && declared[name];
}
