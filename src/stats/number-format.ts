/**
 * Doubles as Envoy's pages print them: each page has its own C++ conversion, and a scraper that compares text sees the
 * difference.
 */

/** `{}` of fmt: shortest digits that read back the same; `nan`. Used in the quantiles of /stats. */
export function shortest(x: number): string {
  if (Number.isNaN(x)) return 'nan';
  return Math.abs(x) < 1e16 ? String(x) : exponent(x.toExponential());
}

/** std::to_chars: shortest digits, with an exponent when that is shorter. Used in JSON; not a number is `null`. */
export function jsonNumber(x: number): string {
  if (!Number.isFinite(x)) return 'null';
  const plain = String(x);
  const scientific = exponent(x.toExponential());
  return scientific.length < plain.length ? scientific : plain;
}

/** `%.<digits>g`: at most that many significant digits, no trailing zeros. */
export function general(x: number, digits: number): string {
  if (Number.isNaN(x)) return 'nan';
  if (x === 0) return '0';
  const magnitude = Number(x.toExponential(digits - 1).split('e')[1]);
  if (magnitude < -4 || magnitude >= digits) {
    const [mantissa, power] = x.toExponential(digits - 1).split('e');
    return exponent(`${stripZeros(mantissa)}e${power}`);
  }
  return stripZeros(x.toPrecision(digits));
}

function stripZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** JavaScript's `1e+5` with C's two digits. */
function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}
