import { createHash, randomBytes } from 'node:crypto';
import { Failure } from '@kagibako/contracts/failures';
import type { FastifyRequest } from 'fastify';
import { failed, succeeded } from './audit.ts';
import { notAuthenticated } from './failure-shape.ts';
import { isPassword, nobodysPassword } from './passwords.ts';
import { isRole, type Role } from './privileges.ts';
import type { Service } from './service.ts';
import { writeAudit } from './store/recorded-change.ts';
import { createSession, type Session, useSession } from './store/sessions.ts';
import { findUser } from './store/users.ts';

export const sessionHeader = 'vmware-api-session-id';
const sessionIdBytes = 32;
const passwordBytesMax = 1_024;

/** Who a request comes from. */
export interface Caller {
  user: string;
  role: Role;
  session: Session;
  /** What the session is stored under. */
  sessionHash: Uint8Array;
}

const hashOf = (sessionId: string): Uint8Array => createHash('sha256').update(sessionId).digest();

/** A new session's id for a user and password by HTTP Basic (RFC 7617). @throws Failure Unauthenticated */
export async function signIn(service: Service, request: FastifyRequest): Promise<string> {
  const { name, password } = readBasic(request.headers.authorization);
  const asker = { actor: name, peerAddress: request.ip };
  try {
    const user = await findUser(service.database, name);
    const right = await isPassword(password, user?.password ?? nobodysPassword);
    if (user === undefined || !right) {
      await writeAudit(service.database, failed(asker, 'session.create', 'Unauthenticated'));
      throw notAuthenticated();
    }
    const id = randomBytes(sessionIdBytes).toString('hex');
    await createSession(service.database, { audit: succeeded(asker, 'session.create') }, hashOf(id), user.name);
    return id;
  } finally {
    password.fill(0);
  }
}

/** @throws Failure Unauthenticated */
export async function authenticate({ database }: Service, request: FastifyRequest): Promise<Caller> {
  const id = request.headers[sessionHeader];
  if (typeof id !== 'string') throw notAuthenticated();
  const sessionHash = hashOf(id);
  const session = await useSession(database, sessionHash);
  if (session === undefined || !isRole(session.role)) throw notAuthenticated();
  return { user: session.user, role: session.role, session, sessionHash };
}

/** The password in memory of its own, to wipe. */
function readBasic(authorization: string | undefined): { name: string; password: Uint8Array } {
  const encoded = authorization?.match(/^Basic ([A-Za-z0-9+/]+={0,2})$/i)?.[1];
  if (encoded === undefined) throw notAuthenticated();
  const bytes = Buffer.from(encoded, 'base64');
  const colon = bytes.indexOf(':');
  if (colon < 1 || bytes.length - colon > passwordBytesMax) throw notAuthenticated();
  const name = bytes.subarray(0, colon).toString('utf8');
  const password = new Uint8Array(bytes.subarray(colon + 1));
  bytes.fill(0);
  // PostgreSQL keeps no text with a NUL in it.
  if (name.includes('\0')) throw new Failure('Unauthenticated', notAuthenticated().message);
  return { name, password };
}
