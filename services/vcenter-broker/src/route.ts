import { Failure } from '@kagibako/contracts/failures';
import { databaseFailure } from '@kagibako/runtime/database-failure';
import type { RestServer } from '@kagibako/runtime/http';
import type { FastifyRequest } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import { type Asker, type AuditAction, failed, succeeded } from './audit.ts';
import { notAuthenticated } from './failure-shape.ts';
import { mayDo, type Privilege, type Role } from './privileges.ts';
import type { Service } from './service.ts';
import { authenticate, type Caller } from './sessions.ts';
import { writeAudit } from './store/recorded-change.ts';

export interface RouteRequest<P extends TSchema = TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema> {
  params: Static<P>;
  query: Static<Q>;
  body: Static<B>;
  asker: Asker;
  caller: Caller;
  /** @throws Failure Unauthorized: for what depends on the body. */
  needs(privilege: Privilege): void;
}

export interface RouteAnswer {
  status: number;
  body?: unknown;
}

/** One REST route: the privilege it asks for, what the audit calls it, its schemas and what it does. */
export interface Route<P extends TSchema = TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  url: string;
  summary: string;
  privilege: Privilege;
  /** What `handle` asks for besides, depending on the request. */
  alsoNeeds?: readonly Privilege[];
  action: AuditAction | ((query: Static<Q>) => AuditAction);
  /** When its entry is written; refusals always have one. An operation whose entry cannot be written does not happen. */
  audited: 'with the change' | 'before the answer' | 'not at all';
  params: P;
  query: Q;
  body?: B;
  handle(request: RouteRequest<P, Q, B>, service: Service): Promise<RouteAnswer>;
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
      description: describePrivileges(spec),
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
      // A JSON text is one too: an id by itself.
      if (typeof body === 'string') return await reply.code(status).type('application/json').send(JSON.stringify(body));
      return await reply.code(status).send(body);
    },
  });
}

function describePrivileges({ privilege, alsoNeeds = [] }: Route): string {
  const also = alsoNeeds.length === 0 ? '' : ` Also, by what is asked: ${alsoNeeds.join(' or ')}.`;
  return `Needs the privilege ${privilege}.${also}`;
}

export async function reachingDatabase<T>(service: Service, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseFailure(service, error);
  }
}

async function answerRoute(
  spec: Route,
  request: FastifyRequest,
  caller: Caller,
  service: Service,
): Promise<RouteAnswer> {
  const asker = { actor: caller.user, peerAddress: request.ip };
  const objectId = Object.values(Object(request.params)).at(0) as string | undefined;
  const action = typeof spec.action === 'string' ? spec.action : spec.action(Object(request.query));
  const needs = (privilege: Privilege): void => checkPrivilege(caller.role, privilege);
  try {
    needs(spec.privilege);
    const { params, query, body } = request;
    const answer = await spec.handle({ params, query, body, asker, caller, needs }, service);
    if (spec.audited === 'before the answer') await writeAudit(service.database, succeeded(asker, action, objectId));
    return answer;
  } catch (error) {
    if (error instanceof Failure) await writeAudit(service.database, failed(asker, action, error.code, objectId));
    throw error;
  } finally {
    if (spec.audited === 'with the change') service.changed();
  }
}

function checkPrivilege(role: Role, privilege: Privilege): void {
  if (!mayDo(role, privilege))
    throw new Failure('Unauthorized', `Permission to perform this operation was denied: it needs ${privilege}`);
}
