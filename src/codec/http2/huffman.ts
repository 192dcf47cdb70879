/**
 * Huffman decoding of HPACK strings (RFC 7541 section 5.2), one table look-up per symbol for codes of up to 8 bits (all letters
 * and digits), canonical search for the rare longer ones. The tables are built when the first coded string arrives.
 * There is an encoder too, but the HPACK encoder does not use it: raw literals cost less CPU than they save.
 */
import { HUFFMAN_LENGTHS } from './hpack-tables.ts';

const MAX_CODE_BITS = 30;
/** Look-up value for a prefix that begins a code longer than 8 bits. */
const LONG = 0;

let ready = false;
/** By the next 8 bits: length << 8 | symbol, or LONG. */
let short: Uint16Array;
/** Symbols in canonical order. */
let order: Uint8Array;
/** By length: the first code, how many, and where they begin in `order`. */
let firstCode: Float64Array;
let counts: Uint16Array;
let offsets: Uint16Array;
let codes: Float64Array;

function build(): void {
  ready = true;
  short = new Uint16Array(256);
  order = new Uint8Array(256);
  firstCode = new Float64Array(MAX_CODE_BITS + 1);
  counts = new Uint16Array(MAX_CODE_BITS + 1);
  offsets = new Uint16Array(MAX_CODE_BITS + 1);
  codes = new Float64Array(256);
  let code = 0;
  let at = 0;
  for (let len = 1; len <= MAX_CODE_BITS; len++) {
    code *= 2;
    firstCode[len] = code;
    offsets[len] = at;
    for (let sym = 0; sym < 256; sym++) {
      if (HUFFMAN_LENGTHS[sym] !== len) continue;
      codes[sym] = code;
      order[at++] = sym;
      counts[len]++;
      if (len <= 8) short.fill((len << 8) | sym, code << (8 - len), (code + 1) << (8 - len));
      code++;
    }
  }
}

/** An 8-bit prefix gives no symbol of 5 bits or more beyond this many bytes: the decoded length is at most input * 8 / 5. */
export function huffmanDecodedBound(inputBytes: number): number {
  return Math.floor((inputBytes * 8) / 5) + 1;
}

/**
 * Decode `src[start, end)` to `dst` at 0; returns the number of bytes, or -1 for a coding error (EOS in the text, padding of
 * more than 7 bits or not all ones). `dst` must have huffmanDecodedBound(end - start) bytes.
 */
export function huffmanDecode(src: Uint8Array, start: number, end: number, dst: Uint8Array): number {
  if (!ready) build();
  const table = short;
  let out = 0;
  // At most 7 + 8 bits before a short symbol is taken, at most 30 + 7 would not fit in 32: see the long path.
  let acc = 0;
  let bits = 0;
  let pos = start;
  for (;;) {
    while (bits < 8) {
      if (pos === end) {
        // Tail: fewer than 8 bits. Whole short symbols may be among them; what remains must be ones (a prefix of EOS).
        while (bits > 0) {
          const e = table[((acc << (8 - bits)) | (0xff >> bits)) & 0xff];
          const len = e >> 8;
          if (e === LONG || len > bits) break;
          bits -= len;
          dst[out++] = e & 0xff;
        }
        const ones = (1 << bits) - 1;
        return (acc & ones) === ones ? out : -1;
      }
      acc = ((acc << 8) | src[pos++]) & 0xffff;
      bits += 8;
    }
    const e = table[(acc >> (bits - 8)) & 0xff];
    if (e !== LONG) {
      bits -= e >> 8;
      dst[out++] = e & 0xff;
      continue;
    }
    // A code of 10 to 30 bits: bit by bit from the ninth on. `code` is at most 30 bits, so plain integers do.
    let code = (acc >> (bits - 8)) & 0xff;
    let len = 8;
    bits -= 8;
    for (;;) {
      if (bits === 0) {
        // The input ends within a long code: valid only as padding, and 8 ones are already too many.
        if (pos === end) return -1;
        acc = src[pos++];
        bits = 8;
      }
      bits--;
      code = (code << 1) | ((acc >> bits) & 1);
      len++;
      const index = code - firstCode[len];
      if (index < counts[len]) {
        dst[out++] = order[offsets[len] + index];
        break;
      }
      // All 30 ones is EOS, RFC 7541 section 5.2: a decoding error.
      if (len === MAX_CODE_BITS) return -1;
    }
  }
}

/** Bytes of the coded form of a latin1 string. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += HUFFMAN_LENGTHS[text.charCodeAt(i) & 0xff];
  return (bits + 7) >>> 3;
}

/** Write the coded form at `pos`; returns the position after it. */
export function huffmanEncode(text: string, dst: Uint8Array, pos: number): number {
  if (!ready) build();
  let acc = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const sym = text.charCodeAt(i) & 0xff;
    const code = codes[sym];
    for (let left = HUFFMAN_LENGTHS[sym]; left > 0; left--) {
      acc = (acc << 1) | (Math.floor(code / 2 ** (left - 1)) & 1);
      if (++bits === 8) {
        dst[pos++] = acc;
        acc = 0;
        bits = 0;
      }
    }
  }
  if (bits > 0) dst[pos++] = (acc << (8 - bits)) | (0xff >> bits);
  return pos;
}
