import { decodeItem, encodeItem } from '@kagibako/kmip/ttlv';
import { elementOf, itemOf, type XmlElement } from '@kagibako/kmip/xml';
import { type Compact, type CompactCase, compactOf, fieldOf, fieldsOf, textOf } from './compact-case.ts';

/** Sends a request message and answers the response message, both TTLV. */
export type Send = (message: Uint8Array) => Promise<Uint8Array>;

export type Outcome =
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'failed' | 'notApplicable'; readonly reason: string };

/** Operations that a server asks of a client, and those that carry another interface. */
const notOurs: ReadonlySet<string> = new Set(['Put', 'Notify', 'PKCS_11']);
/** Values that a server chooses, so that they are bound or passed over and not compared. */
const chosen: ReadonlySet<string> = new Set([
  'TimeStamp',
  'ResultMessage',
  'VendorIdentification',
  'ServerInformation',
  'DigestValue',
  'LocatedItems',
]);
/** Lists of what a server can do: it may do more and less. */
const listsOfQuery: ReadonlySet<string> = new Set(['Operation', 'ObjectType', 'ApplicationNamespace']);

/** Runs the steps of a case in turn until one is not answered as expected. */
export async function runCase({ name, steps }: CompactCase, send: Send, now: Date): Promise<Outcome> {
  const foreign = steps.flatMap(({ request }) => operationsOf(request)).find((name) => notOurs.has(name));
  if (foreign !== undefined) return { outcome: 'notApplicable', reason: foreign };
  if (name.startsWith('MSGENC-')) return { outcome: 'failed', reason: 'only TTLV over TLS is spoken here' };
  const bound = new Map<string, string>();
  const given = new Set<string>();
  for (const [at, { request, response }] of steps.entries()) {
    try {
      const sent = itemOf(filled(request, bound, now));
      for (const value of materialIn(request)) given.add(value);
      const answer = compactOf(elementOf(decodeItem(await send(encodeItem(sent)))));
      const difference = differs(withoutMadeMaterial(response, given), answer, bound, 'ResponseMessage');
      if (difference !== undefined) return failed(at, difference);
    } catch (error) {
      return failed(at, error instanceof Error ? error.message : String(error));
    }
  }
  return { outcome: 'passed' };
}

const failed = (at: number, reason: string): Outcome => ({ outcome: 'failed', reason: `step ${at + 1}: ${reason}` });

const operationsOf = (message: Compact): readonly string[] =>
  fieldsOf(message).flatMap((item) => textOf(fieldOf(item, 'Operation')) ?? []);

const materialIn = (of: Compact): readonly string[] =>
  typeof of[1] === 'string' ? (of[0] === 'KeyMaterial' ? [of[2] ?? ''] : []) : of[1].flatMap(materialIn);

/** Key material that no request gave was made by the server: it is what it is. */
function withoutMadeMaterial(of: Compact, given: ReadonlySet<string>): Compact {
  const [tag, value] = of;
  if (typeof value !== 'string') return [tag, value.map((one) => withoutMadeMaterial(one, given))];
  const made = tag === 'KeyMaterial' && !given.has(of[2] ?? '');
  return made ? [tag, value, '$MADE'] : of;
}

/** The element with its placeholders replaced. @throws Error for one that nothing has bound yet */
function filled(of: Compact, bound: ReadonlyMap<string, string>, now: Date): XmlElement {
  const [tag, value] = of;
  if (typeof value !== 'string') return { tag, type: 'Structure', value: value.map((one) => filled(one, bound, now)) };
  const text = of[2] ?? '';
  // The type was an item's when the case was made.
  const type = value as XmlElement['type'];
  return { tag, type, value: text.startsWith('$') ? replaced(text, bound, now) : text };
}

function replaced(placeholder: string, bound: ReadonlyMap<string, string>, now: Date): string {
  const [, sign, seconds] = /^\$NOW(?:([+-])(\d+))?$/.exec(placeholder) ?? [];
  if (placeholder.startsWith('$NOW')) {
    return new Date(now.getTime() + Number(`${sign ?? '+'}${seconds ?? 0}`) * 1_000).toISOString();
  }
  const value = bound.get(placeholder);
  if (value === undefined) throw new Error(`${placeholder} is not known yet`);
  return value;
}

/** Where an answer is not what is expected; undefined where it is. Placeholders are bound to what came. */
function differs(expected: Compact, came: Compact, bound: Map<string, string>, path: string): string | undefined {
  const [tag] = expected;
  if (tag !== came[0]) return `${path}: ${came[0]}, expected ${tag}`;
  if (chosen.has(tag)) return undefined;
  if (typeof expected[1] === 'string') return valueDiffers(expected, came, bound, path);
  if (typeof came[1] === 'string') return `${path} is no Structure`;
  return fieldsDiffer(expected, came, bound, path);
}

function valueDiffers(expected: Compact, came: Compact, bound: Map<string, string>, path: string): string | undefined {
  const [, type, value = ''] = expected;
  const got = textOf(came) ?? '';
  if (type !== came[1]) return `${path}: another type, ${String(came[1])}`;
  if (value.startsWith('$NOW') || type === 'DateTime') return undefined;
  if (value === '$MADE') return undefined;
  if (value.startsWith('$')) {
    const known = bound.get(value) ?? got;
    bound.set(value, known);
    return known === got ? undefined : `${path}: ${value} changed`;
  }
  const same = type === 'ByteString' ? value.toLowerCase() === got : sameWords(value, got);
  return same ? undefined : `${path}: ${got.slice(0, 80)}, expected ${value.slice(0, 80)}`;
}

/** Masks name their bits in any order. */
const sameWords = (a: string, b: string): boolean =>
  a === b || a.split(' ').sort().join(' ') === b.split(' ').sort().join(' ');

function fieldsDiffer(expected: Compact, came: Compact, bound: Map<string, string>, path: string): string | undefined {
  const answersQuery = path.endsWith('ResponsePayload') && fieldOf(expected, 'UniqueIdentifier') === undefined;
  const optionalHere = (tag: string): boolean => chosen.has(tag) || (answersQuery && listsOfQuery.has(tag));
  const wanted = fieldsOf(expected).filter(([tag]) => !optionalHere(tag));
  const left = fieldsOf(came).filter(([tag]) => !optionalHere(tag));
  for (const one of wanted) {
    const inside = `${path}/${one[0]}`;
    // Equal ones in any order: the standard orders neither attributes nor located objects of one second.
    const at = left.findIndex((other) => differs(one, other, new Map(bound), inside) === undefined);
    const nearest = left.find(([tag]) => tag === one[0]);
    if (at < 0) return nearest === undefined ? `${inside} is missing` : differs(one, nearest, bound, inside);
    const [found] = left.splice(at, 1);
    if (found !== undefined) differs(one, found, bound, inside);
  }
  const more = left[0];
  return more === undefined ? undefined : `${path}/${more[0]} was not expected`;
}
