/**
 * Every number of LuaJIT is a double. Lua 5.3 takes `5` for an integer of 32 bits that wraps round, and prints it as such: here the
 * numerals of a script become doubles before it is compiled, `5` as `5.0`. Lines stay where they are.
 */
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const DASH = 0x2d;
const DOT = 0x2e;
const LINE_FEED = 0x0a;
const EQUALS = 0x3d;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const SUFFIX = Buffer.from('.0');

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
const isLetter = (c: number): boolean =>
  (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f || c >= 0x80;
const lower = (c: number): number => c | 0x20;

export function floatNumerals(code: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let i = 0; i < code.length; ) {
    const c = code[i];
    if (isLetter(c)) {
      while (i < code.length && (isLetter(code[i]) || isDigit(code[i]))) i++;
    } else if (isDigit(c) || (c === DOT && isDigit(code[i + 1]))) {
      const end = endOfNumeral(code, i);
      if (isInteger(code, i, end)) {
        pieces.push(code.subarray(from, end), SUFFIX);
        from = end;
      }
      i = end;
    } else if (c === DASH && code[i + 1] === DASH) {
      const long = code[i + 2] === OPEN ? endOfLong(code, i + 2) : -1;
      i = long >= 0 ? long : endOfLine(code, i);
    } else if (c === QUOTE || c === APOSTROPHE) {
      i = endOfString(code, i);
    } else if (c === OPEN) {
      const long = endOfLong(code, i);
      i = long >= 0 ? long : i + 1;
    } else if (c === DOT) {
      // Dots that belong together: `a..5` is no `.5`.
      while (code[i] === DOT) i++;
    } else {
      i++;
    }
  }
  if (pieces.length === 0) return code;
  pieces.push(code.subarray(from));
  return Buffer.concat(pieces);
}

/** As Lua's lexer reads it: signs only behind an exponent's letter. What is wrong in it the compiler says. */
function endOfNumeral(code: Uint8Array, at: number): number {
  const hex = code[at] === ZERO && lower(code[at + 1] ?? 0) === 0x78;
  const exponent = hex ? 0x70 : 0x65;
  let i = at + (hex ? 2 : 0);
  for (; i < code.length; i++) {
    const c = code[i];
    if (lower(c) === exponent && (code[i + 1] === DASH || code[i + 1] === 0x2b)) i++;
    else if (!isDigit(c) && c !== DOT && !isLetter(c)) break;
  }
  return i;
}

function isInteger(code: Uint8Array, from: number, to: number): boolean {
  const hex = code[from] === ZERO && lower(code[from + 1] ?? 0) === 0x78;
  for (let i = hex ? from + 2 : from; i < to; i++) {
    const c = code[i];
    const letter = lower(c);
    if (!isDigit(c) && !(hex && letter >= 0x61 && letter <= 0x66)) return false;
  }
  return !hex || to > from + 2;
}

function endOfLine(code: Uint8Array, at: number): number {
  const end = code.indexOf(LINE_FEED, at);
  return end < 0 ? code.length : end;
}

/** Behind `[[…]]` or `[=[…]=]`; -1 where none begins. */
function endOfLong(code: Uint8Array, at: number): number {
  let level = 0;
  while (code[at + 1 + level] === EQUALS) level++;
  if (code[at + 1 + level] !== OPEN) return -1;
  for (let i = code.indexOf(CLOSE, at); i >= 0; i = code.indexOf(CLOSE, i + 1)) {
    let n = 0;
    while (n < level && code[i + 1 + n] === EQUALS) n++;
    if (n === level && code[i + 1 + n] === CLOSE) return i + 2 + n;
  }
  return code.length;
}

function endOfString(code: Uint8Array, at: number): number {
  const quote = code[at];
  for (let i = at + 1; i < code.length; i++) {
    if (code[i] === BACKSLASH) i++;
    else if (code[i] === quote) return i + 1;
    else if (code[i] === LINE_FEED) return i;
  }
  return code.length;
}
