import { Failure } from '@kagibako/contracts/failures';

type Line = { raw: string; name?: string; value?: string };

/** A virtual machine's configuration: settings by name, in any case; every line that is not changed prints as it was. */
export class VmxFile {
  #lines: Line[];
  #lineEnd: string;

  private constructor(lines: Line[], lineEnd: string) {
    this.#lines = lines;
    this.#lineEnd = lineEnd;
  }

  /** Refuses a setting that is there twice, as ESXi does: which of the two counts is anybody's guess. */
  static parse(text: string): VmxFile {
    const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n').map(parseLine);
    const seen = new Set<string>();
    for (const { name } of lines) {
      if (name === undefined) continue;
      if (seen.has(fold(name))) throw new Failure('InvalidArgument', `the .vmx file sets ${name} twice`);
      seen.add(fold(name));
    }
    return new VmxFile(lines, text.includes('\r\n') ? '\r\n' : '\n');
  }

  get(name: string): string | undefined {
    return this.#find(name)?.value;
  }

  /** Changes a setting where it stands, or adds it at the end. */
  set(name: string, value: string): void {
    if (!nameForm.test(name)) throw new RangeError(`no setting can be called "${name}"`);
    const line = this.#find(name);
    const raw = `${line?.name ?? name} = "${escapeValue(value)}"${this.#lineEnd.slice(0, -1)}`;
    if (line === undefined) this.#lines.push({ raw, name, value });
    else Object.assign(line, { raw, value });
  }

  delete(name: string): void {
    this.#lines = this.#lines.filter((line) => line.name === undefined || fold(line.name) !== fold(name));
  }

  /** Names as they are written, with their values, in the file's order. */
  settings(): [name: string, value: string][] {
    return this.#lines.flatMap(({ name, value }) => (name === undefined || value === undefined ? [] : [[name, value]]));
  }

  /** The file's text; the last line ends like the others. */
  print(): string {
    return this.#lines.map(({ raw }) => `${raw}\n`).join('');
  }

  #find(name: string): Line | undefined {
    return this.#lines.find((line) => line.name !== undefined && fold(line.name) === fold(name));
  }
}

const nameForm = /^[A-Za-z0-9_.:-]+$/;
const settingForm = /^\s*(?<name>[A-Za-z0-9_.:-]+)\s*=\s*(?:"(?<quoted>[^"]*)"|(?<bare>[^"\s]*))\s*$/;

const fold = (name: string): string => name.toLowerCase();

function parseLine(raw: string): Line {
  const groups = settingForm.exec(raw)?.groups;
  const name = groups?.['name'];
  return name === undefined
    ? { raw }
    : { raw, name, value: unescapeValue(groups?.['quoted'] ?? groups?.['bare'] ?? '') };
}

/** A quote, a bar or a control character is written as a bar and two hexadecimal digits. */
const escapeValue = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters a line cannot hold.
  value.replace(/["|\u0000-\u001f\u007f]/g, (character) => {
    const digits = character.charCodeAt(0).toString(16).toUpperCase();
    return `|${digits.padStart(2, '0')}`;
  });

const unescapeValue = (text: string): string =>
  text.replace(/\|([0-7][0-9a-fA-F])/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
