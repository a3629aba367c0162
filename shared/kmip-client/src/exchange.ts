import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { sizes } from '@kagibako/contracts/sizes';
import { headerBytes, messageLength, TtlvError } from '@kagibako/kmip/ttlv';
import { closedError, connectError } from './connection.ts';
import { KmipConnectError } from './kmip-connect-error.ts';

export interface ExchangeOptions {
  readonly where: string;
  readonly timeoutMs: number;
  /** Of a connection that has brought no answer yet: its server may still be refusing us. */
  readonly unproven: X509Certificate | undefined;
}

/** Sends one message and reads one; the caller owns and wipes the answer. After an error the socket is destroyed. */
export async function exchange(
  { socket, message }: { readonly socket: TLSSocket; readonly message: Uint8Array },
  { where, timeoutMs, unproven }: ExchangeOptions,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const frame = new Frame();
  const onData = (chunk: Buffer) => {
    try {
      const whole = frame.add(chunk);
      if (whole !== undefined) resolve(whole);
    } catch (error) {
      reject(error instanceof TtlvError ? new KmipConnectError('protocol', `${where}: ${error.message}`) : error);
    }
  };
  const onError = (error: Error) => reject(connectError(error, where, frame.begun ? undefined : unproven));
  const onClose = () => {
    if (unproven !== undefined && !frame.begun) reject(closedError(where, unproven));
    else reject(new KmipConnectError('unreachable', `${where} closed the connection`));
  };
  const timer = setTimeout(
    () => reject(new KmipConnectError('timeout', `${where} did not answer in ${timeoutMs} ms`)),
    timeoutMs,
  );
  socket.on('data', onData).on('error', onError).on('end', onClose).on('close', onClose);
  // What came before this listened: the alert of a server that refuses us, or its end.
  if (socket.errored !== null) onError(socket.errored);
  else if (socket.destroyed) onClose();
  else socket.write(message);
  try {
    return await promise;
  } catch (error) {
    socket.destroy();
    frame.wipe();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off('data', onData).off('error', onError).off('end', onClose).off('close', onClose);
  }
}

/** Gathers one message: the header of 8 bytes first, then exactly as many as it says. */
class Frame {
  #header = new Uint8Array(headerBytes);
  #message: Uint8Array | undefined;
  #length = 0;

  get begun(): boolean {
    return this.#length > 0;
  }

  /** Takes the bytes and wipes the chunk. */
  add(chunk: Uint8Array): Uint8Array | undefined {
    let rest = chunk;
    if (this.#message === undefined) {
      rest = this.#fill(this.#header, rest);
      if (this.#length === headerBytes) this.#message = messageFor(this.#header);
    }
    if (this.#message !== undefined) rest = this.#fill(this.#message, rest);
    chunk.fill(0);
    if (rest.length > 0) throw new TtlvError(this.#length, `${rest.length} bytes after the answer`);
    return this.#length === this.#message?.length ? this.#message : undefined;
  }

  wipe(): void {
    this.#message?.fill(0);
  }

  #fill(target: Uint8Array, from: Uint8Array): Uint8Array {
    const taken = from.subarray(0, target.length - this.#length);
    target.set(taken, this.#length);
    this.#length += taken.length;
    return from.subarray(taken.length);
  }
}

function messageFor(header: Uint8Array): Uint8Array {
  const length = messageLength(header);
  if (length > sizes.kmipResponseBytesMax)
    throw new TtlvError(4, `an answer of ${length} bytes is over ${sizes.kmipResponseBytesMax}`);
  const message = new Uint8Array(length);
  message.set(header);
  return message;
}
