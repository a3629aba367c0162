import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Failure } from '@kagibako/contracts/failures';
import { withKeyMaterial } from '@kagibako/crypto/key-material';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { openTokenKey, type Root, type StoredTokenKey } from './key-hierarchy.ts';

/** Bearer tokens are JWTs (RFC 7519), HS256, for one hour. */
export const tokenLifetimeSeconds = 3_600;
const clockSkewSeconds = 60;

const Id = Type.String({ pattern: '^[0-9a-f-]{36}$' });
const Header = Type.Object({ alg: Type.Literal('HS256'), typ: Type.Literal('JWT'), kid: Id });
const Claims = Type.Object({ sub: Id, iss: Type.Literal('kagibako'), iat: Type.Integer(), exp: Type.Integer() });

/** A token as it was read, which proves nothing until its signature is checked. */
export interface ReadToken {
  tokenKeyId: string;
  apiKeyId: string;
  issuedAt: number;
  expiresAt: number;
  signed: string;
  signature: Uint8Array;
}

/** An API key is 256 random bits, so one pass of SHA-256 keeps it. */
export const hashApiKey = (apiKey: string): Uint8Array => createHash('sha256').update(apiKey).digest();

export async function issueToken(
  root: Root,
  key: StoredTokenKey,
  apiKeyId: string,
  now: Date,
): Promise<{ token: string; expiresAt: number }> {
  const iat = Math.floor(now.getTime() / 1_000);
  const exp = iat + tokenLifetimeSeconds;
  const header: Static<typeof Header> = { alg: 'HS256', typ: 'JWT', kid: key.id };
  const claims: Static<typeof Claims> = { sub: apiKeyId, iss: 'kagibako', iat, exp };
  const signed = `${encodePart(header)}.${encodePart(claims)}`;
  const signature = Buffer.from(await sign(root, key, signed)).toString('base64url');
  return { token: `${signed}.${signature}`, expiresAt: exp };
}

/** @throws Failure Unauthenticated */
export function readToken(authorization: string | undefined): ReadToken {
  const parts = authorization?.match(/^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i);
  const [, headerPart = '', claimsPart = '', signaturePart = ''] = parts ?? [];
  const [header, claims] = [decodePart(headerPart), decodePart(claimsPart)];
  if (!Value.Check(Header, header) || !Value.Check(Claims, claims)) throw notAuthenticated();
  return {
    tokenKeyId: header.kid,
    apiKeyId: claims.sub,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    signed: `${headerPart}.${claimsPart}`,
    signature: Buffer.from(signaturePart, 'base64url'),
  };
}

/** @throws Failure Unauthenticated */
export async function verifyToken(root: Root, key: StoredTokenKey, token: ReadToken, now: Date): Promise<void> {
  const expected = await sign(root, key, token.signed);
  const signed = expected.length === token.signature.length && timingSafeEqual(expected, token.signature);
  const seconds = now.getTime() / 1_000;
  const current = token.issuedAt - clockSkewSeconds <= seconds && seconds < token.expiresAt;
  if (!signed || !current) throw notAuthenticated();
}

/** All ways of not being known look the same. */
export const notAuthenticated = (): Failure =>
  new Failure('Unauthenticated', 'The user does not have access to the specified resource');

async function sign(root: Root, key: StoredTokenKey, text: string): Promise<Uint8Array> {
  return await withKeyMaterial(await openTokenKey(root, key), (secret) =>
    createHmac('sha256', secret.expose()).update(text).digest(),
  );
}

const encodePart = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decodePart(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
