import { Failure } from './failures.ts';

/** The bodies of `executeKmip`: a short binary head, then the KMIP message as it is on the wire. */

/** A KMIP request and what the gateway knows of who sent it. */
export interface KmipQuestion {
  /** SHA-256 of the client certificate's DER, lower-case hex. */
  fingerprint: string;
  peerAddress: string;
  message: Uint8Array;
}

export interface KmipAnswer {
  /** Whether an adapter knows the certificate. */
  clientKnown: boolean;
  message: Uint8Array;
}

const fingerprintBytes = 32;
/** An IPv6 address with a zone is shorter. */
const addressBytesMax = 128;
const known = 1;

/** The head that is added to a KMIP message, at most. */
export const kmipEnvelopeBytesMax = fingerprintBytes + 1 + addressBytesMax;

/** Fingerprint, length of the address, address, message: one new buffer, which the caller wipes. */
export function encodeKmipQuestion({ fingerprint, peerAddress, message }: KmipQuestion): Uint8Array {
  const address = new TextEncoder().encode(peerAddress).subarray(0, addressBytesMax);
  const head = fingerprintBytes + 1 + address.length;
  const out = new Uint8Array(head + message.length);
  out.set(Buffer.from(fingerprint, 'hex'));
  out[fingerprintBytes] = address.length;
  out.set(address, fingerprintBytes + 1);
  out.set(message, head);
  return out;
}

/** The message is a view of `bytes`. @throws Failure InvalidRequest */
export function decodeKmipQuestion(bytes: Uint8Array): KmipQuestion {
  const head = fingerprintBytes + 1 + (bytes[fingerprintBytes] ?? 0);
  if (bytes.length < head) throw new Failure('InvalidRequest', 'the KMIP envelope is cut short');
  return {
    fingerprint: Buffer.from(bytes.subarray(0, fingerprintBytes)).toString('hex'),
    peerAddress: new TextDecoder().decode(bytes.subarray(fingerprintBytes + 1, head)),
    message: bytes.subarray(head),
  };
}

/** One new buffer, which the caller wipes. */
export function encodeKmipAnswer({ clientKnown, message }: KmipAnswer): Uint8Array {
  const out = new Uint8Array(1 + message.length);
  out[0] = clientKnown ? known : 0;
  out.set(message, 1);
  return out;
}

/** The message is a view of `bytes`. */
export function decodeKmipAnswer(bytes: Uint8Array): KmipAnswer {
  return { clientKnown: bytes[0] === known, message: bytes.subarray(1) };
}
