import { randomBytes, randomUUID } from 'node:crypto';
import type { Bus } from '@kagibako/bus/bus';
import { decodeDocument } from '@kagibako/bus/documents';
import { decodeBody, encodeBody, exchange, sendRequest } from '@kagibako/bus/request-reply';
import { Failure } from '@kagibako/contracts/failures';
import { type BodyOf, type RequestName, type RequestSpec, requests, SessionOffer } from '@kagibako/contracts/requests';
import { KeyMaterial } from '@kagibako/crypto/key-material';
import { deriveSessionKey, openMessage, sealMessage, sessionMessagesMax } from '@kagibako/crypto/session-seal';
import type { Msg } from '@nats-io/transport-node';
import type { BusIdentity } from './identity.ts';
import { makeOpening, messageAssociatedData, sealedHeaders, sessionLimits, verifyOffer } from './session-messages.ts';

/** Names of the requests whose bodies travel sealed. */
export type SealedRequestName = {
  [N in RequestName]: (typeof requests)[N]['sealed'] extends true ? N : never;
}[RequestName];

type Question<N extends RequestName> = BodyOf<(typeof requests)[N]['request']>;
type Answer<N extends RequestName> = BodyOf<(typeof requests)[N]['response']>;

/** Processes that may turn out to lack the session before one answers. */
const openingsMax = 4;

interface Session {
  id: string;
  secret: KeyMaterial;
  requestKey: KeyMaterial;
  /** Answer keys by their writer. */
  answerKeys: Map<string, KeyMaterial>;
  messages: number;
  endsAt: number;
}

export interface SealedCaller {
  /**
   * Sends one sealed request. `requestId` names a change: kms does it once, however often it comes. A `bytes` answer is
   * the caller's to wipe. The plaintext of a `bytes` question stays the caller's.
   */
  call<N extends SealedRequestName>(name: N, body: Question<N>, requestId?: string): Promise<Answer<N>>;
  close(): void;
}

/** One process's side of sealed traffic: a session secret an hour, or 2³² messages, told to each kms process that asks. */
export function createSealedCaller(bus: Bus, identity: BusIdentity): SealedCaller {
  let session = openSession();
  const current = (): Session => {
    if (Date.now() > session.endsAt || session.messages >= sessionMessagesMax) {
      closeSession(session);
      session = openSession();
    }
    return session;
  };
  return {
    call: async (name, body, requestId = randomUUID()) => {
      const spec: RequestSpec = requests[name];
      const answer = await callInSession(bus, identity, current(), spec, encodeBody(spec.request, body), requestId);
      return decodeBody(spec.response, answer) as Answer<typeof name>;
    },
    close: () => closeSession(session),
  };
}

function openSession(): Session {
  const id = randomBytes(16).toString('hex');
  const secret = KeyMaterial.random(32);
  const requestKey = deriveSessionKey(secret, id, 'request');
  return { id, secret, requestKey, answerKeys: new Map(), messages: 0, endsAt: Date.now() + sessionLimits.lifetimeMs };
}

function closeSession(session: Session): void {
  for (const key of [session.secret, session.requestKey, ...session.answerKeys.values()]) key.destroy();
}

/** Sending again is safe here alone: a process that lacks the session says so before doing anything. */
async function callInSession(
  bus: Bus,
  identity: BusIdentity,
  session: Session,
  spec: RequestSpec,
  plaintext: Uint8Array,
  requestId: string,
): Promise<Uint8Array> {
  const associatedData = messageAssociatedData('request', session.id, requestId, spec.operation);
  const fields = { [sealedHeaders.session]: session.id, [sealedHeaders.request]: requestId };
  for (let openings = 0; openings <= openingsMax; openings += 1) {
    const sealed = sealMessage(session.requestKey, session.messages++, associatedData, plaintext);
    const answer = await exchange(bus, spec, sealed, fields);
    if (!answer.headers?.has(sealedHeaders.sessionUnknown)) return openAnswer(session, spec, requestId, answer);
    await giveSecret(bus, identity, session, spec, answer);
  }
  throw new Failure('ServiceUnavailable', `no process of ${spec.service} kept the session`);
}

async function giveSecret(
  bus: Bus,
  identity: BusIdentity,
  session: Session,
  spec: RequestSpec,
  answer: Msg,
): Promise<void> {
  const offer = decodeDocument(SessionOffer, answer.data);
  verifyOffer(offer, session.id, identity.issuer, spec.service);
  const opening = await makeOpening(identity, offer, session.id, session.secret);
  await sendRequest(bus, 'openSession', opening, { processId: offer.processId });
}

function openAnswer(session: Session, spec: RequestSpec, requestId: string, answer: Msg): Uint8Array {
  const writer = answer.headers?.get(sealedHeaders.writer) ?? '';
  const key = session.answerKeys.get(writer) ?? deriveSessionKey(session.secret, session.id, `answer:${writer}`);
  session.answerKeys.set(writer, key);
  return openMessage(key, messageAssociatedData('answer', session.id, requestId, spec.operation), answer.data);
}
