import { Failure } from '@kagibako/contracts/failures';
import { sizes } from '@kagibako/contracts/sizes';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

const validators = new WeakMap<TSchema, Validator>();

function validatorOf(schema: TSchema): Validator {
  const known = validators.get(schema) ?? Compile(schema);
  validators.set(schema, known);
  return known;
}

/** Parses a JSON document from the bus and checks it against its contract. */
export function decodeDocument<S extends TSchema>(schema: S, bytes: Uint8Array): Static<S> {
  checkSize(bytes);
  const value = parse(bytes);
  if (!validatorOf(schema).Check(value)) throw new Failure('InvalidRequest', 'the document does not fit its contract');
  return value as Static<S>;
}

export function encodeDocument(schema: TSchema, value: unknown): Uint8Array {
  if (!validatorOf(schema).Check(value)) throw new Error('a document made here does not fit its own contract');
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  checkSize(bytes);
  return bytes;
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length > sizes.busDocumentBytesMax)
    throw new Failure('TooLarge', `document of ${bytes.length} bytes, at most ${sizes.busDocumentBytesMax}`);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Failure('InvalidRequest', 'the document is not JSON', { cause: error });
  }
}
