const padding = 0x3d;

/** Base64 (RFC 4648 §4) in bytes: no string of a key is left behind, and no table is indexed by its bits. */
export function encodeKeyBase64(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(padding);
  for (let at = 0, out = 0; at < bytes.length; at += 3, out += 4) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    text[out] = encodeSextet(a >> 2);
    text[out + 1] = encodeSextet(((a & 3) << 4) | (b >> 4));
    if (at + 1 < bytes.length) text[out + 2] = encodeSextet(((b & 15) << 2) | (c >> 6));
    if (at + 2 < bytes.length) text[out + 3] = encodeSextet(c & 63);
  }
  return text;
}

/** The inverse of `encodeKeyBase64`: undefined for anything that it does not write. */
export function decodeKeyBase64(text: Uint8Array): Uint8Array | undefined {
  const digits = text.subarray(0, text.length - countPadding(text));
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let problems = text.length % 4;
  for (let at = 0, out = 0; at < digits.length; at += 1) {
    const sextet = decodeSextet(digits[at] ?? 0);
    problems |= sextet >>> 8;
    bits = ((bits << 6) | (sextet & 63)) & 0xffff;
    const bitsLeft = (6 * (at + 1)) % 8;
    if (at % 4 > 0) {
      bytes[out] = bits >> bitsLeft;
      out += 1;
    }
    if (at === digits.length - 1) problems |= bits & ((1 << bitsLeft) - 1);
  }
  if (problems === 0) return bytes;
  bytes.fill(0);
  return undefined;
}

function countPadding(text: Uint8Array): number {
  if (text.at(-1) !== padding) return 0;
  return text.at(-2) === padding ? 2 : 1;
}

// Both by arithmetic on the sign bits of comparisons, as the ranges of the alphabet follow each other: A-Z a-z 0-9 + /.
function encodeSextet(sextet: number): number {
  const lower = ((25 - sextet) >> 8) & 6;
  const digit = ((51 - sextet) >> 8) & 75;
  const plus = ((61 - sextet) >> 8) & 15;
  const slash = ((62 - sextet) >> 8) & 3;
  return 0x41 + sextet + lower - digit - plus + slash;
}

/** The sextet of a digit, or -1. */
function decodeSextet(digit: number): number {
  const within = (first: number, last: number): number => ((first - 1 - digit) & (digit - last - 1)) >> 8;
  const upper = within(0x41, 0x5a) & (digit - 0x40);
  const lower = within(0x61, 0x7a) & (digit - 0x46);
  const decimal = within(0x30, 0x39) & (digit + 5);
  const plus = within(0x2b, 0x2b) & 63;
  const slash = within(0x2f, 0x2f) & 64;
  return upper + lower + decimal + plus + slash - 1;
}
