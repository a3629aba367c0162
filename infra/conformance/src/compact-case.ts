import type { XmlElement } from '@kagibako/kmip/xml';

/** An element as [tag, type, value]; a Structure as [tag, fields]. Values keep their placeholders: $UNIQUE_IDENTIFIER_0, $NOW-60. */
export type Compact =
  | readonly [tag: string, type: string, value: string]
  | readonly [tag: string, fields: readonly Compact[]];

/** One case: messages in turn, a request and what is expected of its answer. */
export interface CompactCase {
  readonly name: string;
  readonly steps: readonly { readonly request: Compact; readonly response: Compact }[];
}

export function compactOf({ tag, type, value }: XmlElement): Compact {
  return typeof value === 'string' ? [tag, type, value] : [tag, value.map(compactOf)];
}

export const fieldsOf = (of: Compact | undefined): readonly Compact[] =>
  of !== undefined && typeof of[1] !== 'string' ? of[1] : [];

export const fieldOf = (of: Compact | undefined, tag: string): Compact | undefined =>
  fieldsOf(of).find(([name]) => name === tag);

export const textOf = (of: Compact | undefined): string | undefined => of?.[2];
