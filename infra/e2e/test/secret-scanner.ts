/** A secret that must be nowhere in the clear, and the name it has in a report. */
export interface Secret {
  name: string;
  bytes: Uint8Array;
}

export interface Finding {
  secret: string;
  encoding: string;
  place: string;
  offset: number;
}

interface Needle {
  secret: string;
  encoding: string;
  bytes: Buffer;
}

/** Shorter patterns would be found by chance. */
const needleBytesMin = 10;
const prefixBytes = 3;

/** Looks for many secrets at once, in each form that a careless line of code would give them. */
export class SecretScanner {
  /** Which 3-byte prefixes begin a needle; one look-up a byte keeps a scan of gigabytes short. */
  readonly #prefixes = new Uint8Array(1 << 24);
  readonly #needles = new Map<number, Needle[]>();

  constructor(secrets: readonly Secret[]) {
    for (const needle of secrets.flatMap(needlesOf)) {
      const prefix = prefixAt(needle.bytes, 0);
      this.#prefixes[prefix] = 1;
      this.#needles.set(prefix, [...(this.#needles.get(prefix) ?? []), needle]);
    }
  }

  scan(place: string, content: Uint8Array): Finding[] {
    const findings: Finding[] = [];
    const view = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    let prefix = view.length < prefixBytes ? 0 : prefixAt(view, 0) >>> 8;
    for (let at = prefixBytes - 1; at < view.length; at += 1) {
      prefix = ((prefix << 8) | (view[at] ?? 0)) & 0xffffff;
      if (this.#prefixes[prefix] === 1) findings.push(...this.#matchesAt(place, view, at - prefixBytes + 1, prefix));
    }
    return findings;
  }

  #matchesAt(place: string, view: Buffer, offset: number, prefix: number): Finding[] {
    return (this.#needles.get(prefix) ?? [])
      .filter(({ bytes }) => view.subarray(offset, offset + bytes.length).equals(bytes))
      .map(({ secret, encoding }) => ({ secret, encoding, place, offset }));
  }
}

const prefixAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);

/** Raw, hex in both cases, base64 and base64url at the three offsets, and all of these texts in UTF-16. */
function needlesOf({ name, bytes }: Secret): Needle[] {
  const raw = Buffer.from(bytes);
  const texts: [string, string][] = [
    ['hex', raw.toString('hex')],
    ['upper-case hex', raw.toString('hex').toUpperCase()],
    ...[0, 1, 2].flatMap((offset): [string, string][] => [
      [`base64 at offset ${offset}`, base64At(raw, offset, 'base64')],
      [`base64url at offset ${offset}`, base64At(raw, offset, 'base64url')],
    ]),
  ];
  const needles = [
    { secret: name, encoding: 'raw', bytes: raw },
    ...texts.map(([encoding, text]) => ({ secret: name, encoding, bytes: Buffer.from(text, 'latin1') })),
    ...texts.map(([encoding, text]) => ({
      secret: name,
      encoding: `${encoding}, UTF-16`,
      bytes: Buffer.from(text, 'utf16le'),
    })),
    { secret: name, encoding: 'UTF-16', bytes: Buffer.from(raw.toString('latin1'), 'utf16le') },
  ];
  return needles.filter((needle) => needle.bytes.length >= needleBytesMin);
}

/** The characters that stand for these bytes alone when they begin `offset` bytes into an encoded whole. */
function base64At(bytes: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString(encoding)
    .replaceAll('=', '');
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor(((offset + bytes.length) * 8) / 6);
  return encoded.slice(first, last);
}
