/**
 * Typing of unquoted YAML scalars as Envoy does it with yaml-cpp, without knowing the field (source/common/protobuf/
 * yaml_utility.cc): YAML 1.1 booleans, then integers, otherwise text. Decimals stay text; the field's type decides later.
 */

const BOOLEANS = new Map<string, boolean>();
for (const [no, yes] of [
  ['n', 'y'],
  ['no', 'yes'],
  ['false', 'true'],
  ['off', 'on'],
]) {
  for (const form of [(w: string) => w, capitalised, (w: string) => w.toUpperCase()]) {
    BOOLEANS.set(form(yes), true);
    BOOLEANS.set(form(no), false);
  }
}

function capitalised(word: string): string {
  return word[0].toUpperCase() + word.slice(1);
}

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

export function plainScalar(text: string): string | number | boolean | null {
  const first = text.charCodeAt(0);
  // Digits and signs first: they are the most frequent after plain words.
  if ((first >= 0x30 && first <= 0x39) || first === 0x2d || first === 0x2b) return integer(text) ?? text;
  if (text.length > 5) return text;
  if (text === '' || text === '~' || text === 'null' || text === 'Null' || text === 'NULL') return null;
  return BOOLEANS.get(text) ?? text;
}

const ZERO = 0x30;
const NINE = 0x39;

function allDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < ZERO || c > NINE) return false;
  }
  return true;
}

/** C++ stream rules: decimal, 0x hexadecimal, 0 octal. Beyond int32 it becomes text again, as 64-bit numbers are in JSON. */
function integer(text: string): string | number | undefined {
  // Ports and counts: no expression is compiled for them.
  if (text.length < 10 && text.charCodeAt(0) > ZERO && allDigits(text)) return Number(text);
  const match = /^([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]+)|(\d+))$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, octal, decimal] = match;
  // A 0 in front makes it octal: 08 is text, as in C++.
  if (decimal !== undefined && decimal.length > 1 && decimal[0] === '0') return undefined;
  const digits = hex !== undefined ? `0x${hex}` : octal !== undefined ? `0o${octal}` : decimal;
  const magnitude = Number(digits);
  const value = sign === '-' ? -magnitude : magnitude;
  if (value >= INT32_MIN && value <= INT32_MAX) return value === 0 ? 0 : value;
  if (digits.length > 22) return undefined;
  const exact = sign === '-' ? -BigInt(digits) : BigInt(digits);
  return exact >= -(2n ** 63n) && exact < 2n ** 63n ? String(exact) : undefined;
}
