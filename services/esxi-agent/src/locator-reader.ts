import { Failure } from '@kagibako/contracts/failures';

/** A cursor over the text of a key locator: delimiters are found first, then each field is unescaped once. */
export class LocatorReader {
  #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get offset(): number {
    return this.#offset;
  }

  at(literal: string): boolean {
    return this.#text.slice(this.#offset, this.#offset + literal.length).toLowerCase() === literal;
  }

  skip(literal: string): void {
    if (!this.at(literal)) this.fail(`expected "${literal}"`);
    this.#offset += literal.length;
  }

  expectEnd(): void {
    if (this.#offset < this.#text.length) this.fail('expected the end');
  }

  /** The raw text up to one of `terminators`, which is not consumed, or to the end. */
  field(terminators: string): string {
    const start = this.#offset;
    let end = start;
    while (end < this.#text.length && !terminators.includes(this.#text.charAt(end))) end += 1;
    this.#offset = end;
    return this.#text.slice(start, end);
  }

  unescapedField(terminators: string): string {
    const start = this.#offset;
    const raw = this.field(terminators);
    const badEscape = raw.search(/%(?![0-9a-fA-F]{2})/);
    if (badEscape >= 0) this.fail('expected two hexadecimal digits after "%"', start + badEscape);
    try {
      return decodeURIComponent(raw);
    } catch (error) {
      if (error instanceof URIError) this.fail('not UTF-8', start);
      throw error;
    }
  }

  fail(problem: string, offset = this.#offset): never {
    throw new Failure('InvalidArgument', `key locator, offset ${offset}: ${problem}`);
  }
}
