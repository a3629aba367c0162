import { Failure } from '@kagibako/contracts/failures';
import { LocatorReader } from './locator-reader.ts';

export const macNames = ['HMAC-SHA-1', 'HMAC-SHA-1-128', 'HMAC-SHA-256'] as const;

export type MacName = (typeof macNames)[number];

/** A key of a key provider: the provider is the "server" of VMware's own grammar. */
export type Fqid = { type: 'fqid'; id: string | null; serverId: string | null; keyId: string };

/** A passphrase of Workstation and Fusion; its dictionary is carried through unread. */
export type Phrase = { type: 'phrase'; id: string; dictionary: string };

/** Data locked under the key that `locker` finds. */
export type Pair = { type: 'pair'; locker: KeyLocator; mac: MacName; lockedData: Uint8Array };

export type List = { type: 'list'; members: KeyLocator[] };

export type KeyLocator = { type: 'null' } | Fqid | Phrase | Pair | List;

const prefix = 'vmware:key/';
const nullMarker = '<VMWARE-NULL>';
const emptyMarker = '<VMWARE-EMPTYSTRING>';
const textCharactersMax = 64 * 1024;
const depthMax = 8;

/** A key safe: every pair locks the same data under another key. */
export const keySafeOf = (pairs: readonly Pair[]): List => ({ type: 'list', members: [...pairs] });

/** Reads `vmware:key/…`, escaped as in files or bare as vCenter prints it. A failure names the offset in the text. */
export function parseKeyLocator(text: string): KeyLocator {
  const reader = new LocatorReader(text);
  if (text.length > textCharactersMax) reader.fail(`longer than ${textCharactersMax} characters`, textCharactersMax);
  reader.skip(prefix);
  const locator = readBody(reader, depthMax);
  reader.expectEnd();
  return locator;
}

/** The inverse of `parseKeyLocator`, with every field escaped as ESXi writes it. */
export const printKeyLocator = (locator: KeyLocator): string => prefix + printBody(locator);

type ReadBody = (reader: LocatorReader, depth: number) => KeyLocator;

const bodies: Record<KeyLocator['type'], ReadBody> = {
  null: readNull,
  fqid: readFqid,
  phrase: readPhrase,
  pair: readPair,
  list: readList,
};

const isKnownType = (type: string): type is KeyLocator['type'] => Object.hasOwn(bodies, type);

function readBody(reader: LocatorReader, depth: number): KeyLocator {
  const start = reader.offset;
  if (depth === 0) reader.fail(`nested deeper than ${depthMax}`, start);
  const type = reader.field('/(),').toLowerCase();
  reader.skip('/');
  // A rawkey carries the key itself in clear text; the other types name keys that an ESXi host does not have.
  return isKnownType(type)
    ? bodies[type](reader, depth)
    : reader.fail(`a locator of type "${type}" is not accepted`, start);
}

function readNull(reader: LocatorReader): KeyLocator {
  const start = reader.offset;
  if (readText(reader, ',)') !== '') reader.fail('a null locator holds nothing', start);
  return { type: 'null' };
}

function readFqid(reader: LocatorReader): Fqid {
  const id = readText(reader, '/');
  reader.skip('/');
  const serverId = readText(reader, '/');
  reader.skip('/');
  return { type: 'fqid', id, serverId, keyId: readPresentText(reader, ',)') };
}

function readPhrase(reader: LocatorReader): Phrase {
  const id = readPresentText(reader, '/');
  reader.skip('/');
  return { type: 'phrase', id, dictionary: readPresentText(reader, ',)') };
}

function readPair(reader: LocatorReader, depth: number): Pair {
  reader.skip('(');
  const locker = readBody(reader, depth - 1);
  reader.skip(',');
  const mac = readMacName(reader);
  reader.skip(',');
  const start = reader.offset;
  // The last field runs to the closing parenthesis: bare Base64 holds slashes.
  const base64 = readPresentText(reader, ')');
  reader.skip(')');
  return { type: 'pair', locker, mac, lockedData: decodeBase64(base64) ?? reader.fail('not Base64', start) };
}

function readList(reader: LocatorReader, depth: number): List {
  const members: KeyLocator[] = [];
  reader.skip('(');
  while (!reader.at(')')) {
    if (members.length > 0) reader.skip(',');
    members.push(readBody(reader, depth - 1));
  }
  reader.skip(')');
  return { type: 'list', members };
}

function readMacName(reader: LocatorReader): MacName {
  const start = reader.offset;
  const name = readPresentText(reader, ',');
  return macNames.find((known) => known === name) ?? reader.fail(`no MAC is called "${name}"`, start);
}

function readText(reader: LocatorReader, terminators: string): string | null {
  const text = reader.unescapedField(terminators);
  if (text === nullMarker) return null;
  return text === emptyMarker ? '' : text;
}

function readPresentText(reader: LocatorReader, terminators: string): string {
  const start = reader.offset;
  return readText(reader, terminators) ?? reader.fail('this field may not be null', start);
}

function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined;
}

function printBody(locator: KeyLocator): string {
  switch (locator.type) {
    case 'null':
      return `null/${escapeText(emptyMarker)}`;
    case 'fqid':
      return `fqid/${printText(locator.id)}/${printText(locator.serverId)}/${printText(locator.keyId)}`;
    case 'phrase':
      return `phrase/${printText(locator.id)}/${printText(locator.dictionary)}`;
    case 'pair': {
      const lockedData = Buffer.from(locator.lockedData).toString('base64');
      return `pair/(${printBody(locator.locker)},${printText(locator.mac)},${printText(lockedData)})`;
    }
    case 'list':
      return `list/(${locator.members.map(printBody).join(',')})`;
  }
}

function printText(text: string | null): string {
  if (text === null) return nullMarker;
  if (text === '') return emptyMarker;
  if (text === nullMarker || text === emptyMarker) {
    throw new Failure('InvalidArgument', `${text} cannot be written as the value of a key locator's field`);
  }
  return escapeText(text);
}

const escapeText = (text: string): string =>
  Array.from(Buffer.from(text, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
