import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import { fromBase64, toBase64 } from './base64.ts';
import { canonical } from './canonical.ts';
import { KeyMaterial, outsideHeap } from './key-material.ts';
import { generateExchangeKey, openSealed, seal } from './seal.ts';
import { isSigned, signStatement } from './statement.ts';

/** How KEKs reach a host: the host signs its request and a fresh public key; the broker seals to it and signs the answer. */

export interface DeliveredKeyId {
  providerId: string;
  keyId: string;
}

export interface KeyRequest {
  version: 1;
  hostId: string;
  taskId: string;
  keys: DeliveredKeyId[];
  ephemeralPublicKey: string;
  nonce: string;
  issuedAt: string;
  signature: string;
}

export interface KeyAnswer {
  version: 1;
  requestHash: string;
  encapsulatedKey: string;
  ciphertext: string;
  expiresAt: string;
  signature: string;
}

/** A request or an answer that proves nothing; the message says why, for the audit alone. */
export class KeyDeliveryError extends Error {
  override name = 'KeyDeliveryError';
}

export const keyDeliveryLimits = {
  /** How far the two clocks may be apart, and how old a request may be. */
  requestAgeMs: 60_000,
  answerLifetimeMs: 30_000,
  keysMax: 64,
} as const;

const info = canonical('kagibako key delivery v1', []);
const kekBytesMax = 0xffff;

/** A signed request, and the way to open its answer; the private half of the fresh key is in that closure alone. */
export async function createKeyRequest(options: {
  hostId: string;
  taskId: string;
  keys: DeliveredKeyId[];
  signingKey: KeyObject;
  now?: Date;
}): Promise<{
  request: KeyRequest;
  open(answer: KeyAnswer, brokerKey: KeyObject, now?: Date): Promise<KeyMaterial[]>;
}> {
  const exchangeKey = await generateExchangeKey();
  const unsigned = {
    version: 1 as const,
    hostId: options.hostId,
    taskId: options.taskId,
    keys: options.keys,
    ephemeralPublicKey: toBase64(exchangeKey.publicKey),
    nonce: toBase64(randomBytes(16)),
    issuedAt: (options.now ?? new Date()).toISOString(),
  };
  const request = { ...unsigned, signature: toBase64(signStatement(requestStatement(unsigned), options.signingKey)) };
  return {
    request,
    open: async (answer, brokerKey, now = new Date()) => {
      verifyKeyAnswer(answer, request, brokerKey, now);
      const sealed = { encapsulatedKey: fromBase64(answer.encapsulatedKey), ciphertext: fromBase64(answer.ciphertext) };
      const plaintext = await openSealed(exchangeKey, info, answerAssociatedData(answer), sealed);
      try {
        return splitKeys(plaintext.expose(), request.keys.length);
      } finally {
        plaintext.destroy();
      }
    },
  };
}

/** Who signed it, and that it is fresh; that it is new and granted is for the broker's database to say. */
export function verifyKeyRequest(request: KeyRequest, hostKey: KeyObject, now = new Date()): void {
  if (request.keys.length > keyDeliveryLimits.keysMax) throw new KeyDeliveryError('too many keys');
  if (!isSigned(requestStatement(request), fromBase64(request.signature), hostKey))
    throw new KeyDeliveryError('the signature is not the host’s');
  const ageMs = Math.abs(now.getTime() - Date.parse(request.issuedAt));
  if (!(ageMs <= keyDeliveryLimits.requestAgeMs)) throw new KeyDeliveryError('the request is not fresh');
}

/** `materials` in the order of the request's keys; they stay the caller's, to destroy. */
export async function sealKeyAnswer(options: {
  request: KeyRequest;
  materials: readonly KeyMaterial[];
  signingKey: KeyObject;
  now?: Date;
}): Promise<KeyAnswer> {
  const { request, materials, signingKey, now = new Date() } = options;
  if (materials.length !== request.keys.length) throw new Error('one material for each requested key');
  const unsealed = {
    version: 1 as const,
    requestHash: toBase64(requestHash(request)),
    expiresAt: new Date(now.getTime() + keyDeliveryLimits.answerLifetimeMs).toISOString(),
  };
  const plaintext = joinKeys(materials);
  const sealed = await seal(
    fromBase64(request.ephemeralPublicKey),
    info,
    answerAssociatedData(unsealed),
    plaintext.expose(),
  );
  plaintext.destroy();
  const unsigned = {
    ...unsealed,
    encapsulatedKey: toBase64(sealed.encapsulatedKey),
    ciphertext: toBase64(sealed.ciphertext),
  };
  return { ...unsigned, signature: toBase64(signStatement(answerStatement(unsigned), signingKey)) };
}

/** Identifies a request: the same hash is answered once. */
export const requestHash = (request: KeyRequest): Uint8Array =>
  createHash('sha256').update(requestStatement(request)).digest();

function verifyKeyAnswer(answer: KeyAnswer, request: KeyRequest, brokerKey: KeyObject, now: Date): void {
  if (!isSigned(answerStatement(answer), fromBase64(answer.signature), brokerKey))
    throw new KeyDeliveryError('the signature is not the broker’s');
  if (answer.requestHash !== toBase64(requestHash(request)))
    throw new KeyDeliveryError('the answer is to another request');
  if (!(now.getTime() <= Date.parse(answer.expiresAt))) throw new KeyDeliveryError('the answer has expired');
}

function requestStatement(request: Omit<KeyRequest, 'signature'>): Uint8Array {
  const keys = request.keys.flatMap(({ providerId, keyId }) => [providerId, keyId]);
  const { hostId, taskId, ephemeralPublicKey, nonce, issuedAt } = request;
  return canonical('kagibako key request v1', [hostId, taskId, ephemeralPublicKey, nonce, issuedAt, ...keys]);
}

const answerAssociatedData = (answer: Pick<KeyAnswer, 'requestHash' | 'expiresAt'>): Uint8Array =>
  canonical('kagibako key answer v1', [answer.requestHash, answer.expiresAt]);

const answerStatement = (answer: Omit<KeyAnswer, 'signature'>): Uint8Array =>
  canonical('kagibako signed key answer v1', [
    answer.requestHash,
    answer.expiresAt,
    answer.encapsulatedKey,
    answer.ciphertext,
  ]);

/** Each key behind its length, 2 bytes big-endian. */
function joinKeys(materials: readonly KeyMaterial[]): KeyMaterial {
  const out = outsideHeap(materials.reduce((total, material) => total + 2 + material.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const material of materials) {
    if (material.length > kekBytesMax) throw new Error('key too long to deliver');
    view.setUint16(at, material.length);
    out.set(material.expose(), at + 2);
    at += 2 + material.length;
  }
  return KeyMaterial.take(out);
}

function splitKeys(bytes: Uint8Array, count: number): KeyMaterial[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const materials: KeyMaterial[] = [];
  let at = 0;
  while (at + 2 <= bytes.length && materials.length < count) {
    const length = view.getUint16(at);
    materials.push(KeyMaterial.move(bytes.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  if (at !== bytes.length || materials.length !== count)
    throw new KeyDeliveryError('the answer does not hold the keys asked for');
  return materials;
}
