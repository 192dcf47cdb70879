/**
 * From the raw bytes of a short HPACK string literal to its JavaScript string, remembered. Peers send the same literals again
 * and again (nghttp2, hence Envoy and grpc, never indexes :path), and building a string costs more than hashing its bytes;
 * the same string object also makes every later comparison a pointer comparison. Direct-mapped, bounded, shared by all
 * connections. A literal must be seen twice before it displaces another, so unique values do not churn the table.
 */

import type { Latin1Buffer } from '../../platform/latin1.ts';
import { nameKind, valueValidFor } from './header-kinds.ts';
import { huffmanDecode, huffmanDecodedBound } from './huffman.ts';

const SLOTS = 1024;
/** Longer literals are decoded every time. */
const MAX_BYTES = 64;

/** A decoded literal with what is known about it. */
export class Literal {
  readonly text: string;
  /** As a header name (header-kinds.ts); worked out when first asked for. */
  private kindOf: number;
  /** As the value of `validKind`: valid or not. A literal seldom serves two names. */
  private valid: boolean;
  private validKind: number;
  constructor(text: string) {
    this.text = text;
    this.kindOf = -1;
    this.valid = false;
    this.validKind = -1;
  }
  get kind(): number {
    if (this.kindOf < 0) this.kindOf = nameKind(this.text);
    return this.kindOf;
  }
  /** Whether it may be the value of a name of this kind. */
  validFor(kind: number): boolean {
    if (this.validKind !== kind) {
      this.validKind = kind;
      this.valid = valueValidFor(kind, this.text);
    }
    return this.valid;
  }
}

const hashes = new Int32Array(SLOTS);
const lastMiss = new Int32Array(SLOTS);
const lengths = new Uint8Array(SLOTS);
let bytes: Uint8Array | null = null;
const literals: (Literal | null)[] = new Array<Literal | null>(SLOTS).fill(null);

let scratch: Buffer = Buffer.allocUnsafeSlow(1024);

function decode(src: Buffer, start: number, end: number, coded: boolean): string | null {
  if (!coded) return (src as Latin1Buffer).latin1Slice(start, end);
  const need = huffmanDecodedBound(end - start);
  if (scratch.length < need) scratch = Buffer.allocUnsafeSlow(need);
  const n = huffmanDecode(src, start, end, scratch);
  if (n < 0) return null;
  const text = (scratch as Latin1Buffer).latin1Slice(0, n);
  // One huge header must not keep a huge buffer for ever.
  if (scratch.length > 65536) scratch = Buffer.allocUnsafeSlow(1024);
  return text;
}

/**
 * The literal at `src[start, end)`, Huffman-coded or not; null for a coding error. `secret`: not remembered, so that nobody
 * can learn from timing what another connection has sent.
 */
export function literal(src: Buffer, start: number, end: number, coded: boolean, secret: boolean): Literal | null {
  const n = end - start;
  if (n > MAX_BYTES || secret) {
    const text = decode(src, start, end, coded);
    return text === null ? null : new Literal(text);
  }
  let h = coded ? 0x2d51 : 0x7a3f;
  for (let i = start; i < end; i++) h = (Math.imul(h, 31) + src[i]) | 0;
  h = (h ^ (h >>> 15)) | 0;
  const slot = h & (SLOTS - 1);
  // The lowest bit of the length byte carries `coded`: 64 * 2 + 1 fits.
  const tag = (n << 1) | (coded ? 1 : 0);
  const known = literals[slot];
  if (known !== null && hashes[slot] === h && lengths[slot] === tag) {
    const all = bytes as Uint8Array;
    let at = slot * MAX_BYTES;
    let i = start;
    while (i < end && all[at] === src[i]) {
      i++;
      at++;
    }
    if (i === end) return known;
  }
  const text = decode(src, start, end, coded);
  if (text === null) return null;
  const made = new Literal(text);
  if (known !== null && lastMiss[slot] !== h) {
    lastMiss[slot] = h;
    return made;
  }
  bytes ??= new Uint8Array(SLOTS * MAX_BYTES);
  hashes[slot] = h;
  lengths[slot] = tag;
  bytes.set(src.subarray(start, end), slot * MAX_BYTES);
  literals[slot] = made;
  return made;
}
