import { type Static, type TSchema, Type } from 'typebox';
import { Base64, Bytes, CryptoKeyId, DatastorePath, Id, Text, Timestamp } from './fields.ts';
import type { Service } from './subjects.ts';

/** `json` bodies are checked against their schema on both ends; `bytes` pass as they are. */
export type Body = { kind: 'json'; schema: TSchema } | { kind: 'bytes' };
export type BodyOf<B extends Body> = B extends { kind: 'json'; schema: infer S extends TSchema }
  ? Static<S>
  : Uint8Array;

export interface RequestSpec<Q extends Body = Body, A extends Body = Body> {
  service: Service;
  operation: string;
  summary: string;
  /** Whose id the subject carries: the calling or serving host, or one process. Absent: any process of the service. */
  scope?: 'host' | 'process';
  /** Key material may be inside: the body travels sealed under a session between the two processes. */
  sealed: boolean;
  request: Q;
  response: A;
  timeoutMs: number;
  /** Services that may send it. */
  callers: readonly Service[];
}

const json = <S extends TSchema>(schema: S) => ({ kind: 'json', schema }) as const;
const bytes = { kind: 'bytes' } as const;
const request = <const S extends RequestSpec>(spec: S): S => spec;
const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

const kmsTimeoutMs = 2_000;
const hostKeysTimeoutMs = 8_000;
const hostAnswerTimeoutMs = 10_000;

/** How a host asks for KEKs; the signature covers the canonical form in @kagibako/crypto/key-delivery. */
export const KeyRequest = object({
  version: Type.Literal(1),
  hostId: Id,
  taskId: Id,
  keys: Type.Array(CryptoKeyId, { minItems: 1, maxItems: 64 }),
  ephemeralPublicKey: Base64,
  nonce: Base64,
  issuedAt: Timestamp,
  signature: Base64,
});

/** All requested keys in one HPKE envelope, signed by the broker over the hash of the request. */
export const KeyAnswer = object({
  version: Type.Literal(1),
  requestHash: Base64,
  encapsulatedKey: Base64,
  ciphertext: Base64,
  expiresAt: Timestamp,
  signature: Base64,
});

/** A process's offer to receive session secrets: proven by the certificate that NATS knows it by. */
export const SessionOffer = object({
  processId: Id,
  exchangePublicKey: Base64,
  certificate: Type.String({ maxLength: 8192 }),
  issuedAt: Timestamp,
  signature: Base64,
});

export const SessionOpening = object({
  sessionId: Id,
  processId: Id,
  encapsulatedKey: Base64,
  sealedSecret: Base64,
  certificate: Type.String({ maxLength: 8192 }),
  issuedAt: Timestamp,
  signature: Base64,
});

export const requests = {
  executeKmip: request({
    service: 'kms',
    operation: 'execute-kmip',
    summary: 'One KMIP request message, batch and all, for the client whose certificate the gateway has seen',
    sealed: true,
    request: bytes,
    response: bytes,
    timeoutMs: kmsTimeoutMs,
    callers: ['kmip-gateway'],
  }),
  createKey: request({
    service: 'kms',
    operation: 'create-key',
    summary: 'Makes and activates a KEK for a key provider of kind bus',
    sealed: true,
    request: json(object({ attributes: Type.Record(Type.String(), Text) })),
    response: json(object({ keyId: Text })),
    timeoutMs: kmsTimeoutMs,
    callers: ['vcenter-broker'],
  }),
  getKey: request({
    service: 'kms',
    operation: 'get-key',
    summary: 'The KEK itself, 32 bytes and nothing else',
    sealed: true,
    request: json(object({ keyId: Text })),
    response: bytes,
    timeoutMs: kmsTimeoutMs,
    callers: ['vcenter-broker'],
  }),
  probeClient: request({
    service: 'kms',
    operation: 'probe-client',
    summary: 'Tells a key provider of kind bus whether its certificate is registered',
    sealed: true,
    request: json(object({})),
    response: json(object({ vendor: Text })),
    timeoutMs: kmsTimeoutMs,
    callers: ['vcenter-broker'],
  }),
  openSession: request({
    service: 'kms',
    operation: 'open-session',
    summary: 'Gives one kms process a session secret, sealed to the exchange key it offered',
    scope: 'process',
    sealed: false,
    request: json(SessionOpening),
    response: json(object({ sessionId: Id })),
    timeoutMs: kmsTimeoutMs,
    callers: ['kmip-gateway', 'vcenter-broker'],
  }),
  getKeys: request({
    service: 'vcenter-broker',
    operation: 'get-keys',
    summary: 'KEKs for the host that asks, sealed to the ephemeral key it signed',
    scope: 'host',
    sealed: false,
    request: json(KeyRequest),
    response: json(KeyAnswer),
    timeoutMs: hostKeysTimeoutMs,
    callers: ['esxi-agent'],
  }),
  digestBlock: request({
    service: 'esxi-agent',
    operation: 'digest-block',
    summary: 'SHA-256 of a block of a virtual disk, read through the encryption layer',
    scope: 'host',
    sealed: false,
    request: json(object({ vmId: Id, path: DatastorePath, disk: Id, offsetBytes: Bytes, lengthBytes: Bytes })),
    response: json(object({ sha256: Base64, lengthBytes: Bytes })),
    timeoutMs: hostAnswerTimeoutMs,
    callers: ['vcenter-broker'],
  }),
  inspectVm: request({
    service: 'esxi-agent',
    operation: 'inspect-vm',
    summary: 'Which of a VM’s files are ciphertext, decided by their content',
    scope: 'host',
    sealed: false,
    request: json(object({ vmId: Id, path: DatastorePath, knownPlaintext: Base64 })),
    response: json(
      object({
        files: Type.Array(
          object({
            name: Text,
            role: Text,
            sizeBytes: Bytes,
            encrypted: Type.Boolean(),
            containsKnownPlaintext: Type.Boolean(),
            decryptsToKnownPlaintext: Type.Optional(Type.Boolean()),
            keyId: Type.Optional(Text),
          }),
        ),
        notMadeYet: Type.Array(Text),
      }),
    ),
    timeoutMs: hostAnswerTimeoutMs,
    callers: ['vcenter-broker'],
  }),
} as const;

export type RequestName = keyof typeof requests;
export type RequestBody<N extends RequestName> = BodyOf<(typeof requests)[N]['request']>;
export type ResponseBody<N extends RequestName> = BodyOf<(typeof requests)[N]['response']>;
