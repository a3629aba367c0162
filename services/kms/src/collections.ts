import { type TSchema, Type } from 'typebox';

export type ResourceType = 'key' | 'kmip_adapter' | 'kmip_client_certificate' | 'kmip_object' | 'error';

/** Key Protect's name for a kind of resource. */
export const collectionType = (of: ResourceType): string => `application/vnd.ibm.kms.${of}+json`;

/** The envelope around every resource in an answer; `totalCount` when the request asks for it. */
export function collection(of: ResourceType, resources: readonly unknown[], totalCount?: number): unknown {
  const metadata = { collectionType: collectionType(of), collectionTotal: resources.length };
  return { metadata: totalCount === undefined ? metadata : { ...metadata, totalCount }, resources };
}

/** The envelope around the one resource of a request. */
export const oneResource = <S extends TSchema>(of: ResourceType, schema: S) =>
  Type.Object({
    metadata: Type.Object({ collectionType: Type.Literal(collectionType(of)), collectionTotal: Type.Literal(1) }),
    resources: Type.Tuple([schema]),
  });

export const pageLimits = { pageDefault: 200, pageMax: 5_000 } as const;

export const Page = {
  limit: Type.Integer({ minimum: 0, maximum: pageLimits.pageMax, default: pageLimits.pageDefault }),
  offset: Type.Integer({ minimum: 0, default: 0 }),
  totalCount: Type.Boolean({ default: false }),
};

/** An id, or a name where resources have one. */
export const IdOrName = Type.String({ pattern: '^[A-Za-z0-9_-]{1,100}$' });
/** Names of adapters and certificates. */
export const Name = Type.String({ pattern: '^[A-Za-z0-9_-]{2,40}$' });
/** What people write; PostgreSQL keeps no NUL in text. */
export const Description = Type.String({ minLength: 2, maxLength: 240, pattern: '^[^\\u0000]*$' });
