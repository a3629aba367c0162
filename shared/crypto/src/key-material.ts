/** V8 keeps typed arrays of up to 64 bytes in its own heap, whose collector moves them and wipes nothing. */
const heapBytesMax = 64;

/** Memory that no garbage collector copies, zeroed. */
export const outsideHeap = (lengthBytes: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new ArrayBuffer(lengthBytes));

/**
 * Bytes of a secret key. They are reached only through `expose()`, never printed or serialised, and zeroed by `destroy()`.
 * Whoever creates a KeyMaterial destroys it, unless it hands it over.
 */
export class KeyMaterial {
  #bytes: Uint8Array;
  #destroyed = false;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Takes ownership of `bytes`: the caller must not use or keep them. Those that V8 may move are moved out and zeroed. */
  static take(bytes: Uint8Array): KeyMaterial {
    return bytes.length > heapBytesMax ? new KeyMaterial(bytes) : KeyMaterial.move(bytes);
  }

  /** Copies `bytes` into memory of its own, outside V8's heap and Node's shared Buffer pool, and zeroes the source. */
  static move(bytes: Uint8Array): KeyMaterial {
    const own = outsideHeap(bytes.length);
    own.set(bytes);
    bytes.fill(0);
    return new KeyMaterial(own);
  }

  static random(lengthBytes: number): KeyMaterial {
    return new KeyMaterial(crypto.getRandomValues(outsideHeap(lengthBytes)));
  }

  get length(): number {
    return this.#bytes.length;
  }

  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** The bytes themselves, not a copy; they are zero after `destroy()`. */
  expose(): Uint8Array {
    if (this.#destroyed) throw new Error('key material used after it was destroyed');
    return this.#bytes;
  }

  destroy(): void {
    this.#bytes.fill(0);
    this.#destroyed = true;
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  toString(): string {
    return '[key material]';
  }

  toJSON(): string {
    return '[key material]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[key material]';
  }
}

/** Runs `use` with the material and destroys it afterwards, whatever happens. */
export async function withKeyMaterial<T>(
  material: KeyMaterial,
  use: (material: KeyMaterial) => Promise<T> | T,
): Promise<T> {
  try {
    return await use(material);
  } finally {
    material.destroy();
  }
}
