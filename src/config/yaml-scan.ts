/**
 * What a YAML text shows by its quotes, brackets and indicators alone, read once and in one direction: how many values it has at least,
 * which lines begin inside brackets or quotes, where a quote is opened. For what js-yaml does not say or does not take.
 */

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const EXCLAMATION = 0x21;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const AMPERSAND = 0x26;
const SINGLE_QUOTE = 0x27;
const ASTERISK = 0x2a;
const COMMA = 0x2c;
const DASH = 0x2d;
const COLON = 0x3a;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const BAR = 0x7c;
const CLOSE_BRACE = 0x7d;

/** A line that goes on with what another one began. */
export interface InnerLine {
  /** Offset of its first character. */
  readonly start: number;
  /** Column of the bracket or quote it is in: it is read the same when it begins there. */
  readonly column: number;
}

/** A quoted text over several lines. */
export interface LongQuote {
  readonly start: number;
  /** Offset of the closing quote; the text's length when there is none. */
  readonly close: number;
}

export class YamlScan {
  /** Items and pairs: a valid text has no fewer. */
  values = 0;
  readonly innerLines: InnerLine[] = [];
  readonly longQuotes: LongQuote[] = [];
  readonly #text: string;
  #at = 0;
  #lineStart = 0;
  #depth = 0;
  /** Of the outermost open bracket. */
  #column = 0;
  /** A value, a key or an item may begin here; otherwise quotes and brackets are letters. */
  #fresh = true;

  /** Stops behind `maxValues`. */
  constructor(text: string, maxValues = Number.POSITIVE_INFINITY) {
    this.#text = text;
    while (this.#at < text.length && this.values <= maxValues) this.#step();
  }

  /** The text over several lines that ends on the line of `offset`, or never. */
  quoteEndingAt(offset: number): LongQuote | undefined {
    const lineStart = this.#text.lastIndexOf('\n', offset - 1) + 1;
    const next = this.#text.indexOf('\n', offset);
    const lineEnd = next < 0 ? this.#text.length : next;
    return this.longQuotes.findLast((q) => q.start < lineStart && q.close >= lineStart && q.close <= lineEnd);
  }

  #step(): void {
    const at = this.#at;
    const c = this.#text.charCodeAt(at);
    this.#at++;
    switch (c) {
      case SPACE:
      case TAB:
      case RETURN:
        return;
      case NEWLINE:
        this.#lineStart = at + 1;
        if (this.#depth > 0) this.innerLines.push({ start: at + 1, column: this.#column });
        else this.#fresh = true;
        return;
      case HASH:
        if (at === 0 || this.#isBlank(at - 1)) this.#at = this.#lineEnd(at);
        else this.#fresh = false;
        return;
      case COLON:
        if (this.#isBlank(at + 1) || (this.#depth > 0 && this.#endsKey(at))) this.#begin();
        else this.#fresh = false;
        return;
      case COMMA:
        if (this.#depth > 0) this.#begin();
        else this.#fresh = false;
        return;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (this.#depth > 0) this.#depth--;
        this.#fresh = false;
        return;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (this.#depth === 0 && !this.#fresh) return;
        if (this.#depth++ === 0) this.#column = at - this.#lineStart;
        this.#fresh = true;
        return;
    }
    if (this.#fresh) this.#value(at, c);
  }

  #begin(): void {
    this.values++;
    this.#fresh = true;
  }

  /** Inside brackets a colon needs no blank behind it before a bracket or comma, or behind a quoted key. */
  #endsKey(colon: number): boolean {
    const next = this.#text.charCodeAt(colon + 1);
    const before = this.#text.charCodeAt(colon - 1);
    return (
      next === COMMA ||
      next === CLOSE_BRACE ||
      next === CLOSE_BRACKET ||
      before === DOUBLE_QUOTE ||
      before === SINGLE_QUOTE
    );
  }

  #value(at: number, c: number): void {
    switch (c) {
      case DASH:
        if (this.#depth === 0 && this.#isBlank(at + 1)) this.values++;
        else this.#fresh = false;
        return;
      case QUESTION:
        this.#fresh = this.#isBlank(at + 1);
        return;
      case AMPERSAND:
      case EXCLAMATION:
        while (this.#at < this.#text.length && !this.#isBlank(this.#at) && !this.#isFlow(this.#at)) this.#at++;
        return;
      case DOUBLE_QUOTE:
      case SINGLE_QUOTE:
        this.#quoted(at, c);
        break;
      case BAR:
      case GREATER:
        if (this.#depth === 0) this.#blockText(at);
        break;
      case ASTERISK:
        break;
    }
    this.#fresh = false;
  }

  #quoted(start: number, quote: number): void {
    const text = this.#text;
    const column = this.#depth > 0 ? this.#column : start - this.#lineStart;
    const firstLine = this.#lineStart;
    let at = start + 1;
    for (; at < text.length; at++) {
      const c = text.charCodeAt(at);
      if (c === NEWLINE) {
        this.#lineStart = at + 1;
        this.innerLines.push({ start: at + 1, column });
      } else if (c === BACKSLASH && quote === DOUBLE_QUOTE && text.charCodeAt(at + 1) !== NEWLINE) at++;
      else if (c === quote) {
        if (quote === DOUBLE_QUOTE || text.charCodeAt(at + 1) !== quote) break;
        at++;
      }
    }
    if (this.#lineStart !== firstLine || at >= text.length) this.longQuotes.push({ start, close: at });
    this.#at = at + 1;
  }

  /** The lines of a `|` or `>` are letters, as far as they are deeper than what the text belongs to. */
  #blockText(at: number): void {
    const text = this.#text;
    if (!/^[|>][-+\d]*[ \t\r]*(#.*)?$/.test(text.slice(at, this.#lineEnd(at)))) return;
    let parent = this.#lineStart;
    let dash = -1;
    for (;;) {
      while (text.charCodeAt(parent) === SPACE) parent++;
      if (text.charCodeAt(parent) !== DASH || !this.#isBlank(parent + 1)) break;
      dash = parent++;
    }
    const column = (parent === at && dash >= 0 ? dash : parent) - this.#lineStart;
    this.#at = this.#lineEnd(at);
    for (;;) {
      const start = this.#at + 1;
      let first = start;
      while (text.charCodeAt(first) === SPACE) first++;
      const blank = text.charCodeAt(first) === NEWLINE || text.charCodeAt(first) === RETURN;
      if (start >= text.length || (!blank && first - start <= column)) return;
      this.#at = this.#lineEnd(first);
    }
  }

  #isBlank(at: number): boolean {
    const c = this.#text.charCodeAt(at);
    return c === SPACE || c === NEWLINE || c === TAB || c === RETURN || Number.isNaN(c);
  }

  #isFlow(at: number): boolean {
    const c = this.#text.charCodeAt(at);
    return this.#depth > 0 && (c === COMMA || c === CLOSE_BRACE || c === CLOSE_BRACKET);
  }

  #lineEnd(at: number): number {
    const end = this.#text.indexOf('\n', at);
    return end < 0 ? this.#text.length : end;
  }
}

/** A text in which lines inside brackets and quotes begin as far right as the bracket or quote, and where its offsets are in the first one. */
export class ShiftedText {
  readonly text: string;
  /** Offsets in the new text behind each insertion, and what was inserted up to there. */
  readonly #ends: number[] = [];
  readonly #added: number[] = [];

  constructor(text: string, lines: readonly InnerLine[]) {
    const parts: string[] = [];
    let from = 0;
    let added = 0;
    for (const { start, column } of lines) {
      let first = start;
      while (text.charCodeAt(first) === SPACE) first++;
      const c = text.charCodeAt(first);
      const missing = column - (first - start);
      if (
        missing <= 0 ||
        c === NEWLINE ||
        c === RETURN ||
        Number.isNaN(c) ||
        /^(---|\.\.\.)/.test(text.slice(start, start + 3))
      )
        continue;
      parts.push(text.slice(from, start), ' '.repeat(missing));
      from = start;
      added += missing;
      this.#ends.push(start + added);
      this.#added.push(added);
    }
    parts.push(text.slice(from));
    this.text = parts.join('');
  }

  get isShifted(): boolean {
    return this.#added.length > 0;
  }

  /** The offset in the first text. */
  original(offset: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle] <= offset) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? offset : offset - this.#added[low - 1];
  }
}
