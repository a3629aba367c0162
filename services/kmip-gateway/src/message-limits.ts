import { sizes } from '@kagibako/contracts/sizes';

/** What one connection, and all of them together, may ask of this process. */
export interface MessageLimits {
  /** A message's bytes before kms has known the client of this connection, and after. */
  unknownClientBytesMax: number;
  requestBytesMax: number;
  handshakeTimeoutMs: number;
  /** From the first byte of a message to its last. */
  messageTimeoutMs: number;
  /** Between messages. */
  idleTimeoutMs: number;
  /** For a client that does not read its answer. */
  writeTimeoutMs: number;
  /** Messages that kms is working on; one more is refused, not queued. */
  inFlightMax: number;
  connectionsMax: number;
}

export const messageLimits: MessageLimits = {
  unknownClientBytesMax: sizes.kmipRequestUnauthenticatedBytesMax,
  requestBytesMax: sizes.kmipRequestBytesMax,
  handshakeTimeoutMs: 10_000,
  messageTimeoutMs: 30_000,
  idleTimeoutMs: 15 * 60 * 1_000,
  writeTimeoutMs: 30_000,
  inFlightMax: 256,
  connectionsMax: 10_000,
};
