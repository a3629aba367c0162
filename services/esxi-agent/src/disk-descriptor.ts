import { Failure } from '@kagibako/contracts/failures';

const extentTypes = ['FLAT', 'VMFS', 'ZERO'] as const;

/** A run of the virtual disk's 512-byte sectors; the extents follow each other in the descriptor's order. */
export type Extent =
  | { type: 'FLAT' | 'VMFS'; sectors: number; fileName: string; offsetSectors: number }
  | { type: 'ZERO'; sectors: number };

type EntryRow = { valueForm: RegExp; print: (value: string) => string; place: 'header' | 'disk data base' };

/** The entries that change when a disk is encrypted, rekeyed or decrypted. */
const entries = {
  CID: { valueForm: /^[0-9a-f]{8}$/, print: (value) => `CID=${value}`, place: 'header' },
  encryptionKeys: {
    valueForm: /^vmware:key\/[^"\s]+$/,
    print: (value) => `encryptionKeys="${value}"`,
    place: 'header',
  },
  keyID: { valueForm: /^[^"\r\n]+$/, print: (value) => `keyID="${value}"`, place: 'header' },
  'ddb.iofilters': {
    valueForm: /^[A-Za-z0-9,_-]+$/,
    print: (value) => `ddb.iofilters = "${value}"`,
    place: 'disk data base',
  },
  'ddb.longContentID': {
    valueForm: /^[0-9a-f]{32}$/,
    print: (value) => `ddb.longContentID = "${value}"`,
    place: 'disk data base',
  },
} as const satisfies Record<string, EntryRow>;

export type DescriptorEntry = keyof typeof entries;

type Line = { raw: string; name?: string; value?: string; extent?: Extent };

const entryForm = /^(?<name>[A-Za-z][\w.]*)\s*=\s*(?:"(?<quoted>[^"]*)"|(?<bare>[^"\s]*))\s*$/;
const extentForm = /^RW\s+(?<sectors>\d+)\s+(?<type>[A-Z]+)(?:\s+"(?<fileName>[^"]+)"(?:\s+(?<offset>\d+))?)?\s*$/;

/** The text descriptor of a virtual disk (.vmdk); every line that is not changed prints as it was. */
export class DiskDescriptor {
  #lines: Line[];

  private constructor(lines: Line[]) {
    this.#lines = lines;
  }

  /** Takes disks whose extents are plain files, FLAT or VMFS, or ZERO. */
  static parse(text: string): DiskDescriptor {
    if (text.startsWith('KDMV')) throw grains('a sparse extent');
    if (!/^# Disk DescriptorFile\s/i.test(text)) throw new Failure('InvalidArgument', 'not a disk descriptor');
    const createType = /^createType\s*=\s*"(.*(?:sparse|streamOptimized).*)"/im.exec(text)?.[1];
    if (createType !== undefined) throw grains(createType);
    const lines = text.replace(/\n$/, '').split('\n').map(parseLine);
    checkNames(lines);
    if (!lines.some(({ extent }) => extent)) throw new Failure('InvalidArgument', 'the disk descriptor has no extents');
    return new DiskDescriptor(lines);
  }

  get extents(): Extent[] {
    return this.#lines.flatMap(({ extent }) => extent ?? []);
  }

  /** Any entry's value, without its quotes. */
  get(name: string): string | undefined {
    return this.#lines.find((line) => line.name === name)?.value;
  }

  /** Changes an entry where it stands, or adds it in its section. */
  set(name: DescriptorEntry, value: string): void {
    const { valueForm, print, place } = entries[name];
    if (!valueForm.test(value)) throw new RangeError(`no disk descriptor can hold this value of ${name}`);
    const at = this.#lines.findIndex((line) => line.name === name);
    const line = { raw: print(value), name, value };
    if (at >= 0) this.#lines[at] = line;
    else if (place === 'header') this.#lines.splice(this.#endOfHeader(), 0, line);
    else this.#lines.push(line);
  }

  clear(name: DescriptorEntry): void {
    this.#lines = this.#lines.filter((line) => line.name !== name);
  }

  /** Points every extent at its file's successor, all at once; lengths and offsets remain. */
  renameExtentFiles(successorOf: (fileName: string) => string): void {
    for (const line of this.#lines) {
      if (line.extent === undefined || line.extent.type === 'ZERO') continue;
      const { fileName } = line.extent;
      const successor = successorOf(fileName);
      checkFileName(successor);
      line.raw = line.raw.replace(`"${fileName}"`, () => `"${successor}"`);
      line.extent = { ...line.extent, fileName: successor };
    }
  }

  print(): string {
    return this.#lines.map(({ raw }) => `${raw}\n`).join('');
  }

  /** After the last entry that precedes the extents. */
  #endOfHeader(): number {
    const firstExtent = this.#lines.findIndex(({ extent }) => extent);
    return this.#lines.slice(0, firstExtent).findLastIndex(({ name }) => name !== undefined) + 1;
  }
}

function parseLine(raw: string): Line {
  if (/^(RW|RDONLY|NOACCESS)\s/.test(raw)) return { raw, extent: parseExtent(raw) };
  const groups = entryForm.exec(raw)?.groups;
  const name = groups?.['name'];
  return name === undefined ? { raw } : { raw, name, value: groups?.['quoted'] ?? groups?.['bare'] ?? '' };
}

function parseExtent(raw: string): Extent {
  const groups = extentForm.exec(raw)?.groups;
  const type = extentTypes.find((known) => known === groups?.['type']);
  const sectors = Number(groups?.['sectors']);
  const fileName = groups?.['fileName'];
  if (groups?.['type']?.includes('SPARSE')) throw grains(`an extent of type ${groups['type']}`);
  if (!Number.isSafeInteger(sectors)) throw unreadable(raw);
  if (type === 'ZERO' && fileName === undefined) return { type, sectors };
  if (type === undefined || type === 'ZERO' || fileName === undefined) throw unreadable(raw);
  checkFileName(fileName);
  // A VMFS extent begins where its file does; a FLAT one must say where.
  const offsetSectors = Number(groups?.['offset'] ?? (type === 'VMFS' ? 0 : Number.NaN));
  if (!Number.isSafeInteger(offsetSectors)) throw unreadable(raw);
  return { type, sectors, fileName, offsetSectors };
}

const unreadable = (raw: string): Failure =>
  new Failure('InvalidArgument', `the disk descriptor has an extent that cannot be read: ${raw.trim()}`);

function checkNames(lines: Line[]): void {
  const names = lines.flatMap(({ name }) => name ?? []);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) throw new Failure('InvalidArgument', `the disk descriptor has ${repeated} twice`);
}

/** A descriptor is written by others: it may not make us open files outside its own folder. */
function checkFileName(fileName: string): void {
  if (!/[/\\"\p{Cc}]/u.test(fileName) && fileName !== '.' && fileName !== '..') return;
  throw new Failure('InvalidArgument', 'an extent must be a file in the folder of its disk descriptor');
}

const grains = (what: string): Failure =>
  new Failure(
    'InvalidArgument',
    `${what} cannot be encrypted: convert the disk with "qemu-img convert -O vmdk -o subformat=monolithicFlat" first`,
  );
