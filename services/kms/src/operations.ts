import type { OperationName } from '@kagibako/kmip/operation';
import type { OperationHandler } from './operation-handler.ts';
import { activate } from './operations/activate.ts';
import { addAttribute } from './operations/add-attribute.ts';
import { create } from './operations/create.ts';
import { deleteAttribute } from './operations/delete-attribute.ts';
import { destroy } from './operations/destroy.ts';
import { discoverVersions } from './operations/discover-versions.ts';
import { get } from './operations/get.ts';
import { getAttributeList } from './operations/get-attribute-list.ts';
import { getAttributes } from './operations/get-attributes.ts';
import { locate } from './operations/locate.ts';
import { modifyAttribute } from './operations/modify-attribute.ts';
import { query } from './operations/query.ts';
import { register } from './operations/register.ts';
import { revoke } from './operations/revoke.ts';

/** Every KMIP operation this server answers; dispatch and Query read it. */
const operations: readonly OperationHandler[] = [
  create,
  register,
  locate,
  get,
  getAttributes,
  getAttributeList,
  addAttribute,
  modifyAttribute,
  deleteAttribute,
  activate,
  revoke,
  destroy,
  query,
  discoverVersions,
];

const byName: ReadonlyMap<OperationName, OperationHandler> = new Map(operations.map((one) => [one.name, one]));

export const answeredOperations: readonly OperationName[] = [...byName.keys()];

export const operationHandler = (name: OperationName | undefined): OperationHandler | undefined =>
  name === undefined ? undefined : byName.get(name);
