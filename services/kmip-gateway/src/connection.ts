import type { TLSSocket } from 'node:tls';
import { errorResponse } from '@kagibako/kmip/message';
import type { Logger } from '@kagibako/telemetry/logger';
import type { KmipPeer, KmsClient } from './kms-client.ts';
import { answerMessage, type InFlight } from './message-answer.ts';
import type { MessageLimits } from './message-limits.ts';
import { FramingError, MessageReader } from './message-reader.ts';

export interface ConnectionOptions {
  peer: KmipPeer;
  /** Until when the client's certificate is valid. */
  validTo: Date;
  kms: KmsClient;
  inFlight: InFlight;
  limits: MessageLimits;
  logger: Logger;
}

/** Answers the messages of one connection one after another, in their order, until either side ends it. */
export async function serveConnection(socket: TLSSocket, options: ConnectionOptions): Promise<void> {
  const reader = new MessageReader();
  const chunks: AsyncIterator<Buffer> = socket.iterator({ destroyOnReturn: false });
  let bytesMax = options.limits.unknownClientBytesMax;
  try {
    for (;;) {
      const message = await nextMessage(socket, chunks, reader, bytesMax, options.limits);
      if (message === undefined || options.validTo < new Date()) return;
      const { answer, clientKnown } = await answerMessage(message, options.peer, options.kms, options.inFlight);
      message.fill(0);
      await sendAndWipe(socket, answer, options.limits.writeTimeoutMs);
      // Whom kms does not know (any more) has nothing to wait for.
      if (clientKnown === false) return;
      if (clientKnown === true) bytesMax = options.limits.requestBytesMax;
    }
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    options.logger.debug({ reason: error.message, peer: options.peer.address }, 'not KMIP');
    const failure = { resultReason: 'InvalidMessage', resultMessage: error.message } as const;
    await sendAndWipe(socket, errorResponse(error.begun, failure, new Date()), options.limits.writeTimeoutMs);
  } finally {
    reader.wipe();
    socket.end();
    // A peer that does not end its side is not waited for.
    socket.setTimeout(options.limits.writeTimeoutMs, () => socket.destroy());
  }
}

/** The next whole message; undefined when the client ended the connection or took too long. */
async function nextMessage(
  socket: TLSSocket,
  chunks: AsyncIterator<Buffer>,
  reader: MessageReader,
  bytesMax: number,
  limits: MessageLimits,
): Promise<Uint8Array | undefined> {
  let endsAt = reader.begun ? Date.now() + limits.messageTimeoutMs : undefined;
  for (;;) {
    const message = reader.next(bytesMax);
    if (message !== undefined) return message;
    const timeoutMs = endsAt === undefined ? limits.idleTimeoutMs : endsAt - Date.now();
    const chunk = await nextChunk(socket, chunks, timeoutMs);
    if (chunk === undefined) return undefined;
    reader.add(chunk);
    endsAt ??= Date.now() + limits.messageTimeoutMs;
  }
}

async function nextChunk(
  socket: TLSSocket,
  chunks: AsyncIterator<Buffer>,
  timeoutMs: number,
): Promise<Buffer | undefined> {
  const timer = setTimeout(() => socket.destroy(), Math.max(timeoutMs, 0));
  try {
    const next = await chunks.next();
    return next.done === true ? undefined : next.value;
  } catch (error) {
    // The client's side broke, or time was up: either way there is nobody to answer.
    if (socket.destroyed) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when the socket has taken the answer; a client that does not read it is cut off. */
async function sendAndWipe(socket: TLSSocket, answer: Uint8Array, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  try {
    await new Promise<void>((done) => void socket.write(answer, () => done()));
  } finally {
    clearTimeout(timer);
    answer.fill(0);
  }
}
