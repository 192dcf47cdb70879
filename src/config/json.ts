/** JSON text → tree. Strict JSON (RFC 8259) as Envoy's reader takes it; own reader because positions are needed. */
import type { Source } from './source.ts';
import {
  INDEXED_ENTRIES,
  keyIndex,
  LIMITS,
  type MappingEntry,
  SyntaxProblem,
  setEntry,
  type TreeNode,
} from './tree.ts';

export function parseJson(source: Source): TreeNode {
  return new JsonReader(source).read();
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\0-\x1f]|\\.)*"/y;
const WORD = /true|false|null/y;
const WORDS: Record<string, boolean | null> = { true: true, false: false, null: null };

class JsonReader {
  readonly #source: Source;
  readonly #text: string;
  #at = 0;
  #nodes = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
  }

  read(): TreeNode {
    // A byte order mark is not JSON, but harmless.
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    const node = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#fail('extra text after the JSON value');
    return node;
  }

  #value(depth: number): TreeNode {
    this.#space();
    if (depth > LIMITS.depth) this.#fail(`nested deeper than ${LIMITS.depth} levels`);
    if (++this.#nodes > LIMITS.nodes) this.#fail(`the file is too large: more than ${LIMITS.nodes} values`);
    const start = this.#at;
    const c = this.#text[start];
    if (c === '{') return this.#object(start, depth);
    if (c === '[') return this.#array(start, depth);
    if (c === '"') return this.#scalar(start, this.#string());
    const word = this.#match(WORD);
    if (word !== undefined) return this.#scalar(start, WORDS[word]);
    const number = this.#match(NUMBER);
    if (number === undefined)
      return this.#fail(c === undefined ? 'unexpected end of the text' : `unexpected character: '${c}'`);
    // Beyond 2^53 the digits are kept as text, which every number field reads as well.
    const value = Number(number);
    if (!Number.isFinite(value)) {
      this.#at = start;
      this.#fail(`invalid number: '${number}'`);
    }
    return this.#scalar(start, Number.isSafeInteger(value) || /[.eE]/.test(number) ? value : number);
  }

  #object(start: number, depth: number): TreeNode {
    const entries: MappingEntry[] = [];
    let index: Map<string, number> | undefined;
    this.#at++;
    this.#space();
    if (this.#text[this.#at] !== '}') {
      do {
        this.#space();
        const keyStart = this.#at;
        if (this.#text[keyStart] !== '"') this.#fail('a key in double quotes is wanted here');
        const key = this.#string();
        const keyEnd = this.#at;
        this.#space();
        if (this.#text[this.#at] !== ':') this.#fail("':' is wanted here");
        this.#at++;
        const value = this.#value(depth + 1);
        if (index === undefined && entries.length >= INDEXED_ENTRIES) index = keyIndex(entries);
        setEntry(entries, { key, keyStart, keyEnd, value }, index);
      } while (this.#comma('}'));
    } else this.#at++;
    return { kind: 'mapping', source: this.#source, start, entries };
  }

  #array(start: number, depth: number): TreeNode {
    const items: TreeNode[] = [];
    this.#at++;
    this.#space();
    if (this.#text[this.#at] !== ']') {
      do items.push(this.#value(depth + 1));
      while (this.#comma(']'));
    } else this.#at++;
    return { kind: 'sequence', source: this.#source, start, items };
  }

  #comma(close: string): boolean {
    this.#space();
    const c = this.#text[this.#at];
    if (c !== ',' && c !== close) this.#fail(`',' or '${close}' is wanted here`);
    this.#at++;
    return c === ',';
  }

  #string(): string {
    const start = this.#at;
    const raw = this.#match(STRING);
    if (raw === undefined) return this.#fail('a string is not ended');
    if (!raw.includes('\\')) return raw.slice(1, -1);
    let text: string | undefined;
    try {
      text = JSON.parse(raw) as string;
    } catch {
      // Said below.
    }
    if (text?.isWellFormed()) return text;
    this.#at = start;
    return this.#fail(
      text === undefined ? 'a bad escape in a string' : 'a surrogate (\\ud800 to \\udfff) without its other half',
    );
  }

  #scalar(start: number, value: string | number | boolean | null): TreeNode {
    return { kind: 'scalar', source: this.#source, start, end: this.#at, value };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)![0].length;
  }

  #fail(message: string): never {
    throw new SyntaxProblem(this.#source, this.#at, `json: ${message}`);
  }
}
