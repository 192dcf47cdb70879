/**
 * Inline requests (`SET key value` typed into a terminal): one line of words, quoted as in redis-cli. Envoy accepts them
 * since 1.31 (codec_impl.cc, InlineStart …). The words are written anew as an array of bulk strings, so what goes upstream is
 * always in the one form whose boundaries cannot be misread.
 */

const SPACE = 32;
const DOUBLE = 34;
const SINGLE = 39;
const BACKSLASH = 92;

/** True for the first bytes Envoy takes for an inline request: letters, digits, white space and quotes. */
export function startsInline(c: number): boolean {
  return (
    (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || isSpace(c) || c === DOUBLE || c === SINGLE
  );
}

export function isSpace(c: number): boolean {
  return c === SPACE || (c >= 9 && c <= 13);
}

/** The words of a line without its line end; null when quotes are not balanced. */
export function splitInline(line: Buffer): Buffer[] | null {
  const words: Buffer[] = [];
  const n = line.length;
  let p = 0;
  for (;;) {
    while (p < n && isSpace(line[p])) p++;
    if (p >= n) return words;
    const word: number[] = [];
    const quote = line[p];
    if (quote === DOUBLE || quote === SINGLE) {
      p++;
      for (;;) {
        if (p >= n) return null;
        const c = line[p++];
        if (c === quote) break;
        if (c !== BACKSLASH) {
          word.push(c);
          continue;
        }
        if (p >= n) return null;
        if (quote === SINGLE) {
          if (line[p] === SINGLE) word.push(line[p++]);
          else word.push(BACKSLASH);
          continue;
        }
        const e = line[p++];
        const hex = e === 120 /* x */ && p + 1 < n ? hexByte(line[p], line[p + 1]) : -1;
        if (hex >= 0) {
          word.push(hex);
          p += 2;
        } else {
          word.push(escaped(e));
        }
      }
      if (p < n && !isSpace(line[p])) return null;
    } else {
      while (p < n && !isSpace(line[p])) {
        if (line[p] === DOUBLE) return null;
        word.push(line[p++]);
      }
    }
    words.push(Buffer.from(word));
  }
}

function escaped(c: number): number {
  switch (c) {
    case 110:
      return 10;
    case 114:
      return 13;
    case 116:
      return 9;
    case 98:
      return 8;
    case 97:
      return 7;
    default:
      return c;
  }
}

function hexByte(a: number, b: number): number {
  const hi = hexDigit(a);
  const lo = hexDigit(b);
  return hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const l = c | 32;
  return l >= 97 && l <= 102 ? l - 87 : -1;
}

/** `*n` and each word as a bulk string. */
export function encodeArray(words: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`, 'latin1')];
  for (const w of words) parts.push(Buffer.from(`$${w.length}\r\n`, 'latin1'), w, CRLF);
  return Buffer.concat(parts);
}
const CRLF = Buffer.from('\r\n', 'latin1');
