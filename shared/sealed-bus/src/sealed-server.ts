import { randomBytes } from 'node:crypto';
import type { Bus } from '@kagibako/bus/bus';
import { encodeDocument } from '@kagibako/bus/documents';
import { decodeBody, encodeBody, respond, serveRequest } from '@kagibako/bus/request-reply';
import { Failure } from '@kagibako/contracts/failures';
import { type BodyOf, type RequestSpec, requests, SessionOffer } from '@kagibako/contracts/requests';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { type ExchangeKey, generateExchangeKey } from '@kagibako/crypto/seal';
import { deriveSessionKey, openMessage, sealMessage, sessionMessagesMax } from '@kagibako/crypto/session-seal';
import type { Msg } from '@nats-io/transport-node';
import type { BusIdentity, Peer } from './identity.ts';
import type { SealedRequestName } from './sealed-caller.ts';
import { acceptOpening, makeOffer, messageAssociatedData, sealedHeaders, sessionLimits } from './session-messages.ts';

type Question<N extends SealedRequestName> = BodyOf<(typeof requests)[N]['request']>;
type Answer<N extends SealedRequestName> = BodyOf<(typeof requests)[N]['response']>;

interface Session {
  peer: Peer;
  /** Names the answer key. New at each opening, so that no key ever starts its counter twice. */
  writer: string;
  requestKey: KeyMaterial;
  answerKey: KeyMaterial;
  answers: number;
  endsAt: number;
}

export interface SealedServer {
  processId: string;
  /** Answers one sealed request; the handler learns which process asks, proven by its certificate. */
  serve<N extends SealedRequestName>(name: N, handler: (asked: Asked<N>) => Promise<Answer<N>>): void;
  close(): void;
}

export interface Asked<N extends SealedRequestName> {
  body: Question<N>;
  peer: Peer;
  requestId: string;
}

/** One kms process's side of sealed traffic. It holds session keys in memory only; a process that lacks one asks. */
export async function createSealedServer(bus: Bus, identity: BusIdentity): Promise<SealedServer> {
  const processId = randomBytes(8).toString('hex');
  const exchangeKey = await generateExchangeKey();
  const sessions = new Map<string, Session>();
  serveRequest(
    bus,
    'openSession',
    (opening) => openSession(sessions, opening, { processId, exchangeKey, issuer: identity.issuer }),
    {
      processId,
    },
  );
  return {
    processId,
    serve: (name, handler) => {
      const spec: RequestSpec = requests[name];
      respond(bus, spec, undefined, (message) =>
        answerSealed({ identity, processId, exchangeKey, sessions }, spec, message, (asked) =>
          handler(asked as Asked<typeof name>),
        ),
      );
    },
    close: () => {
      for (const id of sessions.keys()) forget(sessions, id);
    },
  };
}

async function openSession(
  sessions: Map<string, Session>,
  opening: Parameters<typeof acceptOpening>[0],
  own: { processId: string; exchangeKey: ExchangeKey; issuer: BusIdentity['issuer'] },
): Promise<{ sessionId: string }> {
  const { peer, secret } = await acceptOpening(opening, own);
  const { sessionId } = opening;
  if (!sessions.has(sessionId)) {
    const writer = `${own.processId}.${randomBytes(8).toString('hex')}`;
    sessions.set(sessionId, {
      peer,
      writer,
      requestKey: deriveSessionKey(secret, sessionId, 'request'),
      answerKey: deriveSessionKey(secret, sessionId, `answer:${writer}`),
      answers: 0,
      endsAt: Date.now() + sessionLimits.lifetimeMs + sessionLimits.statementAgeMs,
    });
  }
  secret.destroy();
  dropOldSessions(sessions);
  return { sessionId };
}

interface ServerState {
  identity: BusIdentity;
  processId: string;
  exchangeKey: ExchangeKey;
  sessions: Map<string, Session>;
}

async function answerSealed(
  state: ServerState,
  spec: RequestSpec,
  message: Msg,
  handler: (asked: { body: unknown; peer: Peer; requestId: string }) => Promise<unknown>,
): Promise<{ data: Uint8Array; fields: Record<string, string> }> {
  const sessionId = message.headers?.get(sealedHeaders.session) ?? '';
  const requestId = message.headers?.get(sealedHeaders.request) ?? '';
  const session = state.sessions.get(sessionId);
  if (session === undefined || Date.now() > session.endsAt || session.answers >= sessionMessagesMax)
    return offerSession(state, sessionId);
  if (!spec.callers.some((caller) => caller === session.peer.name))
    throw new Failure('Unauthorized', `${session.peer.name} may not send ${spec.operation}`);
  const binding = (direction: 'request' | 'answer') =>
    messageAssociatedData(direction, sessionId, requestId, spec.operation);
  const question = openMessage(session.requestKey, binding('request'), message.data);
  try {
    const body = decodeBody(spec.request, question);
    const answer = encodeBody(spec.response, await handler({ body, peer: session.peer, requestId }));
    const data = sealMessage(session.answerKey, session.answers++, binding('answer'), answer);
    answer.fill(0);
    return { data, fields: { [sealedHeaders.writer]: session.writer } };
  } finally {
    question.fill(0);
  }
}

function offerSession(state: ServerState, sessionId: string): { data: Uint8Array; fields: Record<string, string> } {
  forget(state.sessions, sessionId);
  const offer = makeOffer(state.identity, state.processId, state.exchangeKey, sessionId);
  return { data: encodeDocument(SessionOffer, offer), fields: { [sealedHeaders.sessionUnknown]: '1' } };
}

function forget(sessions: Map<string, Session>, id: string): void {
  const session = sessions.get(id);
  session?.requestKey.destroy();
  session?.answerKey.destroy();
  sessions.delete(id);
}

function dropOldSessions(sessions: Map<string, Session>): void {
  for (const [id, session] of sessions) if (Date.now() > session.endsAt) forget(sessions, id);
  for (const id of sessions.keys()) if (sessions.size > sessionLimits.sessionsMax) forget(sessions, id);
}
