/** The words of a CEL text, and what its literals mean (CEL's grammar: cel-spec/doc/langdef.md, "Syntax"). */
import { toWire } from '../platform/wire-text.ts';
import { Bytes, inInt64, inUint64, Uint, type Value } from './values.ts';

export interface Token {
  /** `op`: a mark; its text says which. */
  readonly kind: 'name' | 'quoted name' | 'literal' | 'number' | 'op' | 'end';
  readonly text: string;
  readonly at: number;
  /** Of a literal; of a number without its sign. */
  readonly value?: Value | undefined;
}

const SPACE = /(?:[ \t\r\n\f]+|\/\/[^\n]*)*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED_NAME = /`[A-Za-z0-9_.\-/ ]+`/y;
const FLOAT = /(?:[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)/y;
const INTEGER = /(?:0x[0-9a-fA-F]+|[0-9]+)([uU])?/y;
const TEXT = /([bB]?[rR]?|[rR][bB])("""|'''|"|')/y;
const OP = /(?:&&|\|\||[=!<>]=|[-+*/%<>!?:.,()[\]{}])/y;

/** What is wrong with a text, at a place of it. */
export class SyntaxMistake extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    take(SPACE);
    const from = at;
    if (at === text.length) {
      found.push({ kind: 'end', text: '<EOF>', at });
      return found;
    }
    const opening = take(TEXT);
    if (opening !== null) {
      const [, prefix, quote] = opening;
      const end = endOfText(text, at, quote, /r/i.test(prefix));
      if (end < 0) throw new SyntaxMistake(from, `Syntax error: token recognition error at: '${text.slice(from)}'`);
      const value = textValue(text.slice(at, end), prefix.toLowerCase(), from);
      at = end + quote.length;
      found.push({ kind: 'literal', text: text.slice(from, at), at: from, value });
      continue;
    }
    const name = take(NAME);
    if (name !== null) {
      found.push({ kind: 'name', text: name[0], at: from });
      continue;
    }
    if (take(QUOTED_NAME) !== null) {
      found.push({ kind: 'quoted name', text: text.slice(from + 1, at - 1), at: from });
      continue;
    }
    const float = take(FLOAT);
    if (float !== null) {
      found.push({ kind: 'number', text: float[0], at: from, value: Number(float[0]) });
      continue;
    }
    const integer = take(INTEGER);
    if (integer !== null) {
      const unsigned = integer[1] !== undefined;
      const digits = BigInt(unsigned ? integer[0].slice(0, -1) : integer[0]);
      if (unsigned && !inUint64(digits)) throw new SyntaxMistake(from, 'invalid uint literal');
      found.push({ kind: 'number', text: integer[0], at: from, value: unsigned ? new Uint(digits) : digits });
      continue;
    }
    const op = take(OP);
    if (op === null) throw new SyntaxMistake(from, `Syntax error: token recognition error at: '${text[from]}'`);
    found.push({ kind: 'op', text: op[0], at: from });
  }
}

/** A number without a decimal point that is no 64 bits; its sign is another token. */
export function checkInteger(value: Value | undefined, at: number): void {
  if (typeof value === 'bigint' && !inInt64(value)) throw new SyntaxMistake(at, 'invalid int literal');
}

/** Where the closing quote stands; -1: nowhere. */
function endOfText(text: string, from: number, quote: string, raw: boolean): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\' && !raw) i++;
    else if (text.startsWith(quote, i)) return i;
    else if (quote.length === 1 && (text[i] === '\n' || text[i] === '\r')) return -1;
  }
  return -1;
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};
const ESCAPE = /\\(?:([xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})|([\s\S]?))/g;

function textValue(inner: string, prefix: string, at: number): Value {
  const bytes = prefix.includes('b');
  const body = prefix.includes('r') ? toWire(inner) : unescaped(inner, bytes, at);
  return bytes ? new Bytes(body) : body;
}

/** Wire text. In bytes \x and octal numbers are bytes, in a text they are characters. */
function unescaped(inner: string, bytes: boolean, at: number): string {
  let out = '';
  let from = 0;
  for (const match of inner.matchAll(ESCAPE)) {
    const [whole, number, simple] = match;
    out += toWire(inner.slice(from, match.index));
    from = match.index + whole.length;
    if (number === undefined) {
      if (!Object.hasOwn(SIMPLE, simple)) {
        throw new SyntaxMistake(at, `Syntax error: token recognition error at: '${inner.slice(0, from)}'`);
      }
      out += SIMPLE[simple];
      continue;
    }
    const octal = /^[0-3]/.test(number);
    const code = Number.parseInt(octal ? number : number.slice(1), octal ? 8 : 16);
    if (bytes && !/^u/i.test(number)) {
      out += String.fromCharCode(code);
      continue;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw new SyntaxMistake(
        at,
        `Invalid string literal: Illegal escape sequence: Unicode value \\${number} is invalid`,
      );
    }
    out += toWire(String.fromCodePoint(code));
  }
  return out + toWire(inner.slice(from));
}
