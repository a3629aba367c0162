import { Operation } from './enums.ts';
import type { OperationName, OperationSpec } from './operation.ts';
import { Activate } from './operations/activate.ts';
import { AddAttribute } from './operations/add-attribute.ts';
import { Archive } from './operations/archive.ts';
import { Check } from './operations/check.ts';
import { Create } from './operations/create.ts';
import { CreateKeyPair } from './operations/create-key-pair.ts';
import { Decrypt } from './operations/decrypt.ts';
import { DeleteAttribute } from './operations/delete-attribute.ts';
import { DeriveKey } from './operations/derive-key.ts';
import { Destroy } from './operations/destroy.ts';
import { DiscoverVersions } from './operations/discover-versions.ts';
import { Encrypt } from './operations/encrypt.ts';
import { Get } from './operations/get.ts';
import { GetAttributeList } from './operations/get-attribute-list.ts';
import { GetAttributes } from './operations/get-attributes.ts';
import { GetUsageAllocation } from './operations/get-usage-allocation.ts';
import { Hash } from './operations/hash.ts';
import { Locate } from './operations/locate.ts';
import { MAC } from './operations/mac.ts';
import { MACVerify } from './operations/mac-verify.ts';
import { ModifyAttribute } from './operations/modify-attribute.ts';
import { ObtainLease } from './operations/obtain-lease.ts';
import { Query } from './operations/query.ts';
import { ReKey } from './operations/re-key.ts';
import { ReKeyKeyPair } from './operations/re-key-key-pair.ts';
import { Recover } from './operations/recover.ts';
import { Register } from './operations/register.ts';
import { Revoke } from './operations/revoke.ts';
import { RNGRetrieve } from './operations/rng-retrieve.ts';
import { RNGSeed } from './operations/rng-seed.ts';
import { Sign } from './operations/sign.ts';
import { SignatureVerify } from './operations/signature-verify.ts';

/** Every operation that has its fields declared here, by name. */
export const operations = {
  Create,
  Archive,
  Check,
  CreateKeyPair,
  Decrypt,
  DeleteAttribute,
  DeriveKey,
  Encrypt,
  GetUsageAllocation,
  Hash,
  MAC,
  MACVerify,
  ModifyAttribute,
  ObtainLease,
  ReKey,
  ReKeyKeyPair,
  Recover,
  Register,
  RNGRetrieve,
  RNGSeed,
  Sign,
  SignatureVerify,
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
