/** Numbers as texts. */

/** As peers send them and absl::SimpleAtod reads them, but for infinity and what is no number (H128, H305). */
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|0[xX][0-9a-fA-F]+)$/;

/** Null for anything else. */
export function numberIn(text: string): number | null {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** `%f` of C, as std::to_string writes a double: of two texts that are as near, the one that is even. */
export function sixDecimals(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  // toFixed gives large ones an exponent.
  if (Number.isInteger(size)) return `${sign}${BigInt(size)}.000000`;
  const seven = size.toFixed(7);
  // Odd multiples of 1/128 are all that is half-way between two texts; toFixed takes the larger.
  const down = (size * 128) % 2 === 1 && /[02468]5$/.test(seven);
  return sign + (down ? seven.slice(0, -1) : size.toFixed(6));
}
