/**
 * The YAML that configs are written in, read without loading a YAML library: block mappings and sequences, one-line scalars,
 * flow collections, comments. At the first thing beyond that (anchors, tags, block scalars, escapes, several lines, any doubt or
 * mistake) it gives up with undefined and js-yaml reads the text; so it never reports an error, and what it returns is what
 * js-yaml would have (test/config/quick-yaml.test.ts compares them), but for one thing: lines inside brackets may begin
 * anywhere, as in Envoy. It saves a third of the CPU that a sidecar's config costs at start.
 */
import { plainScalar } from './scalars.ts';
import type { Source } from './source.ts';
import { INDEXED_ENTRIES, keyIndex, LIMITS, type MappingEntry, setEntry, type TreeNode } from './tree.ts';

/** Carriage returns, tabs, control characters, line separators, byte order marks and surrogates. */
const UNUSUAL = /[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe]/;

const SPACE = 0x20;
const NEWLINE = 0x0a;
const HASH = 0x23;
const DASH = 0x2d;
const COLON = 0x3a;
const COMMA = 0x2c;
const DOUBLE_QUOTE = 0x22;
const QUESTION = 0x3f;
const SINGLE_QUOTE = 0x27;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** May not begin a plain scalar, or begins something else: ! % & * ? > | @ ` # , [ ] { } " ' and a colon. */
const INDICATORS = '!%&*?>|@`#,[]{}"\':';

/** Thrown to leave the recursion; never leaves this file. */
const GIVE_UP = new Error('not plain enough');

export function quickYaml(source: Source): TreeNode | undefined {
  if (UNUSUAL.test(source.text)) return undefined;
  try {
    return new QuickReader(source).read();
  } catch (error) {
    if (error === GIVE_UP) return undefined;
    throw error;
  }
}

class QuickReader {
  readonly #source: Source;
  readonly #text: string;
  #at = 0;
  /** Column of #at when it stands at the first character of a line's content; -1 at the end. */
  #indent = -1;
  #lineStart = 0;
  /** Keys and values so far: js-yaml's reader counts and refuses the same. */
  #nodes = 1;

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
  }

  read(): TreeNode {
    this.#nextLine();
    if (this.#indent !== 0) throw GIVE_UP;
    const node = this.#block(0, 0);
    if (this.#indent >= 0) throw GIVE_UP;
    return node;
  }

  #count(): void {
    if (++this.#nodes > LIMITS.nodes) throw GIVE_UP;
  }

  /** To the first character of the next line that is neither blank nor a comment; #at stands at a line's end or at the text's start. */
  #nextLine(): void {
    const text = this.#text;
    let at = this.#at === 0 ? 0 : this.#at + 1;
    for (;;) {
      if (at >= text.length) {
        this.#at = text.length;
        this.#indent = -1;
        return;
      }
      const start = at;
      while (text.charCodeAt(at) === SPACE) at++;
      const c = text.charCodeAt(at);
      if (c === HASH) {
        at = text.indexOf('\n', at);
        if (at < 0) at = text.length;
      } else if (at < text.length && c !== NEWLINE) {
        // Document markers; three dashes or dots never begin a line of what is read here.
        if (at === start && (text.startsWith('---', at) || text.startsWith('...', at))) throw GIVE_UP;
        this.#lineStart = start;
        this.#at = at;
        this.#indent = at - start;
        return;
      }
      at++;
    }
  }

  /** What begins at #at, in column `indent`. */
  #block(indent: number, depth: number): TreeNode {
    if (depth > LIMITS.depth) throw GIVE_UP;
    return this.#isDash() ? this.#sequence(indent, depth) : this.#mapping(indent, depth);
  }

  #isDash(): boolean {
    if (this.#text.charCodeAt(this.#at) !== DASH) return false;
    const next = this.#text.charCodeAt(this.#at + 1);
    return next === SPACE || next === NEWLINE || Number.isNaN(next);
  }

  #sequence(indent: number, depth: number): TreeNode {
    const start = this.#at;
    const items: TreeNode[] = [];
    while (this.#indent === indent && this.#isDash()) {
      this.#at++;
      items.push(this.#value(indent, depth, true));
    }
    if (this.#indent > indent) throw GIVE_UP;
    return { kind: 'sequence', source: this.#source, start, items };
  }

  #mapping(indent: number, depth: number): TreeNode {
    const start = this.#at;
    const entries: MappingEntry[] = [];
    let index: Map<string, number> | undefined;
    while (this.#indent === indent) {
      this.#count();
      const keyStart = this.#at;
      const key = this.#blockKey();
      const keyEnd = this.#at;
      if (this.#text.charCodeAt(this.#at) !== COLON) throw GIVE_UP;
      this.#at++;
      const value = this.#value(indent, depth, false);
      if (index === undefined && entries.length >= INDEXED_ENTRIES) index = keyIndex(entries);
      setEntry(entries, { key, keyStart, keyEnd, value }, index);
    }
    if (this.#indent > indent) throw GIVE_UP;
    return { kind: 'mapping', source: this.#source, start, entries };
  }

  /** Words, paths and quoted text; everything else is the library's. */
  #blockKey(): string {
    const c = this.#text.charCodeAt(this.#at);
    if (c === DOUBLE_QUOTE || c === SINGLE_QUOTE) return this.#quoted(c);
    const start = this.#at;
    while (isWordCharacter(this.#text.charCodeAt(this.#at))) this.#at++;
    const key = this.#text.slice(start, this.#at);
    // An empty key, one that means null, one that begins like something else: rare enough.
    if (key === '' || key[0] === '-' || key[0] === '@' || key.toLowerCase() === 'null') throw GIVE_UP;
    return key;
  }

  /** Behind a dash or a colon: a value on the same line, or below it. `inSequence`: a mapping or sequence may begin right here. */
  #value(indent: number, depth: number, inSequence: boolean): TreeNode {
    this.#count();
    const text = this.#text;
    const c = text.charCodeAt(this.#at);
    if (c !== SPACE && c !== NEWLINE && !Number.isNaN(c)) throw GIVE_UP;
    const before = this.#at;
    while (text.charCodeAt(this.#at) === SPACE) this.#at++;
    if (this.#isLineEnd(this.#at > before)) return this.#below(indent, depth, inSequence, before);
    if (inSequence && (this.#isDash() || this.#looksLikeKey())) {
      this.#indent = this.#at - this.#lineStart;
      return this.#block(this.#indent, depth + 1);
    }
    const node = this.#inline(depth);
    this.#endLine();
    this.#nextLine();
    // Deeper than its parent: the scalar goes on there.
    if (this.#indent > indent) throw GIVE_UP;
    return node;
  }

  #below(indent: number, depth: number, inSequence: boolean, from: number): TreeNode {
    this.#skipComment();
    this.#nextLine();
    if (this.#indent > indent) {
      if (!this.#isDash() && !this.#looksLikeKey()) throw GIVE_UP;
      return this.#block(this.#indent, depth + 1);
    }
    // The value of a key may be a sequence at the key's own column.
    if (!inSequence && this.#indent === indent && this.#isDash()) return this.#sequence(indent, depth + 1);
    return { kind: 'scalar', source: this.#source, start: from, end: from, value: null };
  }

  /** Whether a mapping begins at #at. Looks no further than the key; quoted keys in a compact mapping are the library's. */
  #looksLikeKey(): boolean {
    const text = this.#text;
    let at = this.#at;
    const c = text.charCodeAt(at);
    if (c === DOUBLE_QUOTE || c === SINGLE_QUOTE) {
      const close = text.indexOf(text[at], at + 1);
      if (close < 0) throw GIVE_UP;
      at = close + 1;
    } else while (isWordCharacter(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) !== COLON) return false;
    const next = text.charCodeAt(at + 1);
    return next === SPACE || next === NEWLINE || Number.isNaN(next);
  }

  #isLineEnd(spaceBefore: boolean): boolean {
    const c = this.#text.charCodeAt(this.#at);
    return Number.isNaN(c) || c === NEWLINE || (c === HASH && spaceBefore);
  }

  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #endLine(): void {
    const before = this.#at;
    while (this.#text.charCodeAt(this.#at) === SPACE) this.#at++;
    if (!this.#isLineEnd(this.#at > before)) throw GIVE_UP;
    this.#skipComment();
  }

  #inline(depth: number): TreeNode {
    const c = this.#text.charCodeAt(this.#at);
    if (c === OPEN_BRACE || c === OPEN_BRACKET) return this.#flow(depth + 1);
    if (c === DOUBLE_QUOTE || c === SINGLE_QUOTE) return this.#quotedNode(c);
    return this.#plain(false);
  }

  #quotedNode(quote: number): TreeNode {
    const start = this.#at;
    const value = this.#quoted(quote);
    return { kind: 'scalar', source: this.#source, start, end: this.#at, value };
  }

  /** Text between quotes, without escapes and on one line. */
  #quoted(quote: number): string {
    const text = this.#text;
    const start = this.#at + 1;
    const close = text.indexOf(quote === DOUBLE_QUOTE ? '"' : "'", start);
    if (close < 0) throw GIVE_UP;
    const value = text.slice(start, close);
    if (value.includes('\n') || value.includes('\\') || text.charCodeAt(close + 1) === quote) throw GIVE_UP;
    this.#at = close + 1;
    return value;
  }

  #plain(inFlow: boolean): TreeNode {
    const text = this.#text;
    const start = this.#at;
    if (this.#isDash() || INDICATORS.includes(text[start])) throw GIVE_UP;
    let at = start;
    let end = start;
    for (; ; at++) {
      const c = text.charCodeAt(at);
      if (Number.isNaN(c) || c === NEWLINE) break;
      if (c === SPACE) continue;
      if (c === HASH && text.charCodeAt(at - 1) === SPACE) break;
      if (c === COLON) {
        const next = text.charCodeAt(at + 1);
        if (next === SPACE || next === NEWLINE || Number.isNaN(next)) {
          if (inFlow) break;
          throw GIVE_UP;
        }
        if (inFlow && (next === COMMA || isBracket(next))) throw GIVE_UP;
      } else if (inFlow && (c === COMMA || c === CLOSE_BRACE || c === CLOSE_BRACKET)) break;
      else if (inFlow && (c === OPEN_BRACE || c === OPEN_BRACKET || c === QUESTION)) throw GIVE_UP;
      end = at + 1;
    }
    this.#at = end;
    return { kind: 'scalar', source: this.#source, start, end, value: plainScalar(text.slice(start, end)) };
  }

  #flow(depth: number): TreeNode {
    if (depth > LIMITS.depth) throw GIVE_UP;
    const start = this.#at;
    const isMap = this.#text.charCodeAt(start) === OPEN_BRACE;
    const close = isMap ? CLOSE_BRACE : CLOSE_BRACKET;
    const items: TreeNode[] = [];
    const entries: MappingEntry[] = [];
    let index: Map<string, number> | undefined;
    this.#at++;
    for (;;) {
      this.#flowSpace();
      if (this.#text.charCodeAt(this.#at) === close) break;
      if (isMap) {
        const entry = this.#pair(depth);
        if (index === undefined && entries.length >= INDEXED_ENTRIES) index = keyIndex(entries);
        setEntry(entries, entry, index);
      } else items.push(this.#flowValue(depth));
      this.#flowSpace();
      const c = this.#text.charCodeAt(this.#at);
      if (c === COMMA) this.#at++;
      else if (c !== close) throw GIVE_UP;
    }
    this.#at++;
    if (isMap) return { kind: 'mapping', source: this.#source, start, entries };
    return { kind: 'sequence', source: this.#source, start, items };
  }

  #pair(depth: number): MappingEntry {
    this.#count();
    const c = this.#text.charCodeAt(this.#at);
    const quoted = c === DOUBLE_QUOTE || c === SINGLE_QUOTE;
    const keyStart = this.#at;
    const key = quoted ? this.#quoted(c) : this.#blockKey();
    const keyEnd = this.#at;
    if (this.#text.charCodeAt(this.#at) !== COLON) throw GIVE_UP;
    this.#at++;
    const next = this.#text.charCodeAt(this.#at);
    if (!quoted && next !== SPACE && next !== NEWLINE) throw GIVE_UP;
    this.#flowSpace();
    return { key, keyStart, keyEnd, value: this.#flowValue(depth) };
  }

  #flowValue(depth: number): TreeNode {
    this.#count();
    const c = this.#text.charCodeAt(this.#at);
    if (c === OPEN_BRACE || c === OPEN_BRACKET) return this.#flow(depth + 1);
    const node = c === DOUBLE_QUOTE || c === SINGLE_QUOTE ? this.#quotedNode(c) : this.#plain(true);
    // A colon here makes a pair inside a list; a line's end may be crossed, but the scalar must not go on behind it.
    if (this.#text.charCodeAt(this.#at) === COLON) throw GIVE_UP;
    return node;
  }

  /** Blanks, line ends and comments between the parts of a flow collection. yaml-cpp does not mind where its lines begin. */
  #flowSpace(): void {
    const text = this.#text;
    for (;;) {
      const before = this.#at;
      while (text.charCodeAt(this.#at) === SPACE) this.#at++;
      const c = text.charCodeAt(this.#at);
      if (Number.isNaN(c)) throw GIVE_UP;
      if (c === HASH && this.#at > before) this.#skipComment();
      else if (c === HASH) throw GIVE_UP;
      else if (c !== NEWLINE) return;
      this.#nextLine();
    }
  }
}

const isBracket = (c: number): boolean =>
  c === OPEN_BRACE || c === CLOSE_BRACE || c === OPEN_BRACKET || c === CLOSE_BRACKET;

/** Letters, digits and _ - . / @ */
function isWordCharacter(c: number): boolean {
  return (
    (c >= 0x61 && c <= 0x7a) ||
    (c >= 0x41 && c <= 0x5a) ||
    (c >= 0x30 && c <= 0x39) ||
    c === 0x5f ||
    (c >= 0x2d && c <= 0x2f) ||
    c === 0x40
  );
}
