import type { X509Certificate } from 'node:crypto';
import { Failure } from '@kagibako/contracts/failures';
import type { SessionOffer, SessionOpening } from '@kagibako/contracts/requests';
import { fromBase64, toBase64 } from '@kagibako/crypto/base64';
import { canonical } from '@kagibako/crypto/canonical';
import type { KeyMaterial } from '@kagibako/crypto/key-material';
import { type ExchangeKey, openSealed, seal } from '@kagibako/crypto/seal';
import { isSigned, signStatement } from '@kagibako/crypto/statement';
import type { Static } from 'typebox';
import { type BusIdentity, identifyPeer, type Peer } from './identity.ts';

export type Offer = Static<typeof SessionOffer>;
export type Opening = Static<typeof SessionOpening>;

/** Headers of a sealed request and its answer; the associated data covers them. */
export const sealedHeaders = {
  session: 'Kagibako-Session',
  request: 'Kagibako-Request',
  /** Names the key that sealed the answer: one process's, for one opening. */
  writer: 'Kagibako-Writer',
  /** Present when nothing was done, because the process lacks the session; the body is a SessionOffer. */
  sessionUnknown: 'Kagibako-Session-Unknown',
} as const;

export const sessionLimits = {
  lifetimeMs: 60 * 60 * 1_000,
  /** How far the clocks of two processes may be apart. */
  statementAgeMs: 60_000,
  sessionsMax: 1_024,
} as const;

const info = canonical('kagibako session v1', []);

/** What a sealed message is bound to. */
export const messageAssociatedData = (
  direction: 'request' | 'answer',
  sessionId: string,
  requestId: string,
  operation: string,
) => canonical('kagibako sealed message v1', [direction, sessionId, requestId, operation]);

/** A kms process's exchange key, for one asked session: fresh because it names the caller's own random session id. */
export function makeOffer(
  identity: BusIdentity,
  processId: string,
  exchangeKey: ExchangeKey,
  sessionId: string,
): Offer {
  const unsigned = {
    processId,
    exchangePublicKey: toBase64(exchangeKey.publicKey),
    certificate: identity.certificate,
    issuedAt: new Date().toISOString(),
  };
  return { ...unsigned, signature: toBase64(signStatement(offerStatement(unsigned, sessionId), identity.privateKey)) };
}

export function verifyOffer(offer: Offer, sessionId: string, issuer: X509Certificate, service: string): void {
  const peer = identifyPeer(offer.certificate, issuer);
  if (peer.name !== service)
    throw new Failure('Unauthenticated', `a session was offered by ${peer.name}, not ${service}`);
  verifyStatement(offerStatement(offer, sessionId), offer, peer);
}

/** Gives one process the session's secret, sealed to the exchange key it offered. */
export async function makeOpening(
  identity: BusIdentity,
  offer: Offer,
  sessionId: string,
  secret: KeyMaterial,
): Promise<Opening> {
  const binding = openingBinding(sessionId, offer.processId);
  const sealed = await seal(fromBase64(offer.exchangePublicKey), info, binding, secret.expose());
  const unsigned = {
    sessionId,
    processId: offer.processId,
    encapsulatedKey: toBase64(sealed.encapsulatedKey),
    sealedSecret: toBase64(sealed.ciphertext),
    certificate: identity.certificate,
    issuedAt: new Date().toISOString(),
  };
  return { ...unsigned, signature: toBase64(signStatement(openingStatement(unsigned), identity.privateKey)) };
}

/** Verifies before it opens. */
export async function acceptOpening(
  opening: Opening,
  own: { processId: string; exchangeKey: ExchangeKey; issuer: X509Certificate },
): Promise<{ peer: Peer; secret: KeyMaterial }> {
  const peer = identifyPeer(opening.certificate, own.issuer);
  verifyStatement(openingStatement(opening), opening, peer);
  if (opening.processId !== own.processId) throw new Failure('Unauthenticated', 'the session is for another process');
  const sealed = { encapsulatedKey: fromBase64(opening.encapsulatedKey), ciphertext: fromBase64(opening.sealedSecret) };
  const binding = openingBinding(opening.sessionId, own.processId);
  return { peer, secret: await openSealed(own.exchangeKey, info, binding, sealed) };
}

function verifyStatement(statement: Uint8Array, signed: { issuedAt: string; signature: string }, peer: Peer): void {
  if (!isSigned(statement, fromBase64(signed.signature), peer.publicKey))
    throw new Failure('Unauthenticated', `the signature is not ${peer.name}’s`);
  if (!(Math.abs(Date.now() - Date.parse(signed.issuedAt)) <= sessionLimits.statementAgeMs))
    throw new Failure('Unauthenticated', 'the statement is not fresh');
}

const offerStatement = (offer: Omit<Offer, 'signature'>, sessionId: string): Uint8Array =>
  canonical('kagibako session offer v1', [offer.processId, offer.exchangePublicKey, offer.issuedAt, sessionId]);

const openingBinding = (sessionId: string, processId: string): Uint8Array =>
  canonical('kagibako session secret v1', [sessionId, processId]);

const openingStatement = (opening: Omit<Opening, 'signature'>): Uint8Array =>
  canonical('kagibako session opening v1', [
    opening.sessionId,
    opening.processId,
    opening.encapsulatedKey,
    opening.sealedSecret,
    opening.issuedAt,
  ]);
