import type { RestServer } from '@kagibako/runtime/http';
import { succeeded } from '../audit.ts';
import { nothing, reachingDatabase, route } from '../route.ts';
import type { Service } from '../service.ts';
import { signIn } from '../sessions.ts';
import { deleteSession } from '../store/sessions.ts';

/** The only route without a session: user and password come in, a session id goes out. */
export function addSignInRoute(server: RestServer, service: Service): void {
  server.route({
    method: 'POST',
    url: '/api/session',
    schema: { summary: 'Signs in by HTTP Basic; the answer is the session id, for the header vmware-api-session-id' },
    handler: async (request, reply) => {
      const id = await reachingDatabase(service, () => signIn(service, request));
      return await reply.code(201).type('application/json').send(JSON.stringify(id));
    },
  });
}

export const readSession = route({
  method: 'GET',
  url: '/api/session',
  summary: 'Shows whose session this is',
  privilege: 'System.View',
  action: 'read',
  audited: 'not at all',
  params: nothing,
  query: nothing,
  handle: async ({ caller: { session } }) => ({
    status: 200,
    body: {
      user: session.user,
      created_time: session.createdAt.toISOString(),
      last_accessed_time: session.lastAccessedAt.toISOString(),
    },
  }),
});

export const endSession = route({
  method: 'DELETE',
  url: '/api/session',
  summary: 'Signs out',
  privilege: 'System.View',
  action: 'session.delete',
  audited: 'with the change',
  params: nothing,
  query: nothing,
  handle: async ({ asker, caller }, { database }) => {
    await deleteSession(database, { audit: succeeded(asker, 'session.delete') }, caller.sessionHash);
    return { status: 204 };
  },
});
