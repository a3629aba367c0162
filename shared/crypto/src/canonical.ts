/**
 * The one byte string that a list of fields stands for: each field behind its length (4 bytes, big-endian), after a
 * label that no other kind of statement uses. Signatures and associated data cover this form.
 */
export function canonical(label: string, fields: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const parts = [label, ...fields].map((field) =>
    typeof field === 'string' ? new TextEncoder().encode(field) : field,
  );
  const out = new Uint8Array(parts.reduce((total, part) => total + 4 + part.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}
