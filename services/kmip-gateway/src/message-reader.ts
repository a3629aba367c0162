import { tags } from '@kagibako/kmip/tags';
import { headerBytes, messageLength, TtlvError } from '@kagibako/kmip/ttlv';

/** Most messages fit. */
const capacityMin = 1_024;

/** A message that cannot be taken, and after which nobody knows where the next one begins. */
export class FramingError extends Error {
  override name = 'FramingError';
  /** What had come of the message. */
  readonly begun: Uint8Array;

  constructor(message: string, begun: Uint8Array) {
    super(message);
    this.begun = begun;
  }
}

/**
 * Cuts a stream into KMIP messages: the header of 8 bytes first, then exactly as many as it says. The length is judged
 * before it is believed, and memory grows with the bytes that came, not with those that were announced.
 */
export class MessageReader {
  #buffer = new Uint8Array(capacityMin);
  #bytes = 0;

  /** Whether part of a message is there. */
  get begun(): boolean {
    return this.#bytes > 0;
  }

  /** Copies the chunk and wipes it. */
  add(chunk: Uint8Array): void {
    this.#reserve(this.#bytes + chunk.length);
    this.#buffer.set(chunk, this.#bytes);
    this.#bytes += chunk.length;
    chunk.fill(0);
  }

  /** The next whole message, in memory of its own that the caller wipes; undefined until it is there. */
  next(bytesMax: number): Uint8Array | undefined {
    if (this.#bytes < headerBytes) return undefined;
    const length = lengthOf(this.#buffer.slice(0, headerBytes));
    if (length > bytesMax)
      throw new FramingError(`a message of ${length} bytes, at most ${bytesMax}`, this.#buffer.slice(0, headerBytes));
    if (this.#bytes < length) return undefined;
    const message = this.#buffer.slice(0, length);
    this.#buffer.copyWithin(0, length, this.#bytes);
    this.#buffer.fill(0, this.#bytes - length, this.#bytes);
    this.#bytes -= length;
    return message;
  }

  wipe(): void {
    this.#buffer.fill(0);
    this.#bytes = 0;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(bytes, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#bytes));
    this.#buffer.fill(0);
    this.#buffer = larger;
  }
}

function lengthOf(header: Uint8Array): number {
  const [first = 0, second = 0, third = 0] = header;
  try {
    const length = messageLength(header);
    if (first * 65_536 + second * 256 + third === tags.RequestMessage) return length;
  } catch (error) {
    if (!(error instanceof TtlvError)) throw error;
    throw new FramingError(error.message, header);
  }
  throw new FramingError('not a KMIP Request Message', header);
}
