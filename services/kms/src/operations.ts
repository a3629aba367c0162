import type { OperationName } from '@kagibako/kmip/operation';
import type { OperationHandler } from './operation-handler.ts';
import { activate } from './operations/activate.ts';
import { addAttribute } from './operations/add-attribute.ts';
import { archive } from './operations/archive.ts';
import { check } from './operations/check.ts';
import { create } from './operations/create.ts';
import { createKeyPair } from './operations/create-key-pair.ts';
import { decrypt } from './operations/decrypt.ts';
import { deleteAttribute } from './operations/delete-attribute.ts';
import { deriveKey } from './operations/derive-key.ts';
import { destroy } from './operations/destroy.ts';
import { discoverVersions } from './operations/discover-versions.ts';
import { encrypt } from './operations/encrypt.ts';
import { get } from './operations/get.ts';
import { getAttributeList } from './operations/get-attribute-list.ts';
import { getAttributes } from './operations/get-attributes.ts';
import { getUsageAllocation } from './operations/get-usage-allocation.ts';
import { hash } from './operations/hash.ts';
import { locate } from './operations/locate.ts';
import { mac } from './operations/mac.ts';
import { macVerify } from './operations/mac-verify.ts';
import { modifyAttribute } from './operations/modify-attribute.ts';
import { obtainLease } from './operations/obtain-lease.ts';
import { query } from './operations/query.ts';
import { reKey } from './operations/re-key.ts';
import { reKeyKeyPair } from './operations/re-key-key-pair.ts';
import { recover } from './operations/recover.ts';
import { register } from './operations/register.ts';
import { revoke } from './operations/revoke.ts';
import { rngRetrieve } from './operations/rng-retrieve.ts';
import { rngSeed } from './operations/rng-seed.ts';
import { sign } from './operations/sign.ts';
import { signatureVerify } from './operations/signature-verify.ts';

/** Every KMIP operation this server answers; dispatch and Query read it. */
const operations: readonly OperationHandler[] = [
  create,
  register,
  createKeyPair,
  reKey,
  reKeyKeyPair,
  deriveKey,
  locate,
  check,
  get,
  getAttributes,
  getAttributeList,
  addAttribute,
  modifyAttribute,
  deleteAttribute,
  obtainLease,
  getUsageAllocation,
  activate,
  revoke,
  destroy,
  archive,
  recover,
  query,
  discoverVersions,
  encrypt,
  decrypt,
  sign,
  signatureVerify,
  mac,
  macVerify,
  rngRetrieve,
  rngSeed,
  hash,
];

const byName: ReadonlyMap<OperationName, OperationHandler> = new Map(operations.map((one) => [one.name, one]));

export const answeredOperations: readonly OperationName[] = [...byName.keys()];

export const operationHandler = (name: OperationName | undefined): OperationHandler | undefined =>
  name === undefined ? undefined : byName.get(name);
