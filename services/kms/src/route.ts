import { randomUUID } from 'node:crypto';
import { Failure } from '@kagibako/contracts/failures';
import { databaseFailure } from '@kagibako/runtime/database-failure';
import type { RestServer } from '@kagibako/runtime/http';
import type { FastifyRequest } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import { type Asker, type AuditAction, type Audited, type Deed, failed, succeeded } from './audit.ts';
import { isRole, type Role } from './roles.ts';
import type { Service } from './service.ts';
import { findGrant } from './store/instances.ts';
import { writeAudit } from './store/recorded-change.ts';
import { notAuthenticated, readToken, verifyToken } from './tokens.ts';
import { isUuid } from './unique-identifier.ts';

export interface RouteRequest<P extends TSchema = TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema> {
  params: Static<P>;
  query: Static<Q>;
  body: Static<B>;
  asker: Asker;
  deed: Deed;
  /** As Key Protect tells who made something. */
  user: string;
}

export interface RouteAnswer {
  status: number;
  body?: unknown;
}

/** One REST route: who may use it, what the audit calls it, its schemas and what it does. */
export interface Route<P extends TSchema = TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema> {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  summary: string;
  roles: readonly Role[];
  action: AuditAction;
  audited: Audited;
  params: P;
  query: Q;
  body?: B;
  handle(request: RouteRequest<P, Q, B>, service: Service): Promise<RouteAnswer>;
}

interface Caller {
  asker: Asker;
  role: Role;
}

// In the table a route's schemas are only known as some schemas; Fastify has checked the values against its own.
export const route = <P extends TSchema, Q extends TSchema, B extends TSchema>(spec: Route<P, Q, B>): Route =>
  spec as unknown as Route;

export const nothing = Type.Object({});

/** Who asks is found out first, before a byte of the body is read. */
export function addRoute(server: RestServer, service: Service, spec: Route): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  server.route({
    method: spec.method,
    url: spec.url,
    schema: {
      summary: spec.summary,
      params: spec.params,
      querystring: spec.query,
      ...(spec.body === undefined ? {} : { body: spec.body }),
    },
    onRequest: async (request) => {
      callers.set(request, await reachingDatabase(service, () => authenticate(service, request)));
    },
    handler: async (request, reply) => {
      const caller = callers.get(request);
      if (caller === undefined) throw notAuthenticated();
      const { status, body } = await reachingDatabase(service, () => answerRoute(spec, request, caller, service));
      return await reply.code(status).send(body);
    },
  });
}

async function reachingDatabase<T>(service: Service, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseFailure(service, error);
  }
}

/** Around every route: whether this role may, and the audit of reads and refusals. */
async function answerRoute(
  spec: Route,
  request: FastifyRequest,
  { asker, role }: Caller,
  service: Service,
): Promise<RouteAnswer> {
  const deed = deedOf(spec, request);
  try {
    return await audited(spec, service, asker, deed, async () => {
      if (!spec.roles.includes(role)) throw new Failure('Unauthorized', `${role} may not do this`);
      const { params, query, body } = request;
      return await spec.handle({ params, query, body, asker, deed, user: `iam-${asker.actor}` }, service);
    });
  } finally {
    if (spec.audited === 'with the change') service.changed();
  }
}

async function audited(
  spec: Route,
  service: Service,
  asker: Asker,
  deed: Deed,
  work: () => Promise<RouteAnswer>,
): Promise<RouteAnswer> {
  try {
    const answer = await work();
    if (spec.audited === 'before the answer') await writeAudit(service.database, succeeded(asker, deed));
    return answer;
  } catch (error) {
    if (error instanceof Failure) await writeAudit(service.database, failed(asker, deed, error.code));
    throw error;
  }
}

/** The bearer token's API key, and its role in the instance that `bluemix-instance` names. */
async function authenticate(service: Service, request: FastifyRequest): Promise<Caller> {
  const token = readToken(request.headers.authorization);
  const instance = request.headers['bluemix-instance'];
  const instanceId = typeof instance === 'string' && isUuid(instance) ? instance : undefined;
  const grant = await findGrant(service.database, { ...token, instanceId });
  if (grant === undefined) throw notAuthenticated();
  await verifyToken(service.root, grant.tokenKey, token, new Date());
  if (instanceId === undefined) throw new Failure('InvalidArgument', 'the header bluemix-instance names no instance');
  if (!isRole(grant.role)) throw notAuthenticated();
  const asker = {
    instanceId,
    actor: `ServiceId-${token.apiKeyId}`,
    peerAddress: request.ip,
    requestId: correlationId(request),
  };
  return { asker, role: grant.role };
}

function deedOf(spec: Route, request: FastifyRequest): Deed {
  const ids = Object.values(Object(request.params)).filter((id) => typeof id === 'string' && isUuid(id));
  return { action: spec.action, operation: `${spec.method} ${spec.url}`, objectId: ids.at(-1) as string | undefined };
}

/** The caller's own id of its request, or one made here; it is echoed. */
export function correlationId(request: FastifyRequest): string {
  const given = request.headers['correlation-id'];
  if (typeof given === 'string' && /^[\w.-]{1,64}$/.test(given)) return given;
  const made = randomUUID();
  request.headers['correlation-id'] = made;
  return made;
}
