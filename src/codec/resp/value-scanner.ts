/**
 * Finds where one RESP value ends, over any number of chunks, without building the value: the boundary rules of Envoy's
 * DecoderImpl (source/extensions/filters/network/common/redis/codec_impl.cc), but iterative with a fixed stack and with
 * Redis's limits. Lengths must be written as Redis reads them (no sign, no leading zero), because the bytes are forwarded
 * as they are and Redis must see the same boundaries.
 */
import { MAX_DEPTH } from './limits.ts';

/** `scan` wants more bytes, beginning at `pos`. */
export const NEED_MORE = -1;
/** `scan` met bytes that are not RESP. */
export const MALFORMED = -2;

const CR = 13;
const LF = 10;
const STAR = 42;
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
const COLON = 58;
const DOLLAR = 36;
const UNDERSCORE = 95;
const HASH = 35;
const COMMA = 44;
const PAREN = 40;
const BANG = 33;
const EQUALS = 61;
const PERCENT = 37;
const TILDE = 126;
const BAR = 124;
const GREATER = 62;
/** Digits of the longest length; keeps numbers exact and a header short. */
const MAX_LENGTH_DIGITS = 10;
/** Digits of the longest 64-bit integer, and its sign. */
const MAX_INTEGER_CHARS = 20;

/** What comes next in the value under way. */
const VALUE = 0;
const BODY = 1;
const LINE = 2;
/** `readLength` met the end of the chunk. */
const INCOMPLETE = -3;
const NULL_LENGTH = -4;

/** Words whose place is remembered: EVAL's key is the fourth. */
export const NOTED_WORDS = 4;

export class ValueScanner {
  /** First byte not consumed when `scan` returned NEED_MORE; at most a header's length from the end of the chunk. */
  pos: number;
  /** Bytes consumed of the value under way before the current chunk. */
  consumed: number;
  /** Type byte of the value itself, 0 before it is known. */
  type: number;
  /** Elements of the value when it is an array, -1 for a null array. */
  count: number;
  /** False once an element of the outermost array was anything but a bulk string that is not null. */
  onlyBulks: boolean;
  /** Offset (from the value's first byte) and length of the first bulk strings of the outermost array. */
  readonly words: Float64Array;

  maxElements: number;
  maxBulk: number;
  /** A null array becomes a null bulk string, as Envoy's decoder does. */
  private readonly patchNullArrays: boolean;
  /** RESP3's types are known too. */
  private readonly resp3: boolean;
  /** Elements left at each depth. */
  private readonly left: Float64Array;
  private depth: number;
  private phase: number;
  private bodyLeft: number;
  /** Where `readLength` stopped. */
  private after: number;

  constructor(maxElements: number, maxBulk: number, patchNullArrays: boolean, resp3 = false) {
    this.pos = 0;
    this.consumed = 0;
    this.type = 0;
    this.count = 0;
    this.onlyBulks = true;
    this.words = new Float64Array(NOTED_WORDS * 2);
    this.maxElements = maxElements;
    this.maxBulk = maxBulk;
    this.patchNullArrays = patchNullArrays;
    this.resp3 = resp3;
    this.left = new Float64Array(MAX_DEPTH + 1);
    this.depth = 0;
    this.phase = VALUE;
    this.bodyLeft = 0;
    this.after = 0;
  }

  /** The next byte given to `scan` starts a new value. */
  begin(): void {
    this.consumed = 0;
    this.type = 0;
    this.count = 0;
    this.onlyBulks = true;
    this.depth = 0;
    this.phase = VALUE;
    this.bodyLeft = 0;
  }

  /**
   * Go on at `from`. Returns the index after the value, NEED_MORE (then the next call must begin with the bytes from
   * `pos` on) or MALFORMED.
   */
  scan(buf: Buffer, from: number, end: number): number {
    const base = this.consumed - from;
    let p = from;
    for (;;) {
      if (this.phase === BODY) {
        const n = end - p;
        if (n < this.bodyLeft) {
          this.bodyLeft -= n;
          return this.more(end, base);
        }
        p += this.bodyLeft;
        this.bodyLeft = 0;
        if (end - p < 2) return this.more(p, base);
        if (buf[p] !== CR || buf[p + 1] !== LF) return MALFORMED;
        p += 2;
      } else if (this.phase === LINE) {
        const cr = buf.indexOf(CR, p);
        if (cr < 0 || cr >= end) return this.more(end, base);
        if (cr + 1 >= end) return this.more(cr, base);
        if (buf[cr + 1] !== LF) return MALFORMED;
        p = cr + 2;
      } else {
        if (p >= end) return this.more(p, base);
        const type = buf[p];
        if (this.type === 0) this.type = type;
        if (this.depth === 1 && type !== DOLLAR) this.onlyBulks = false;
        if (type === DOLLAR) {
          const length = this.readLength(buf, p + 1, end);
          if (length === INCOMPLETE) return this.more(p, base);
          if (length === MALFORMED) return MALFORMED;
          p = this.after;
          if (length !== NULL_LENGTH) {
            if (length > this.maxBulk) return MALFORMED;
            if (this.depth === 1) this.note(base + p, length);
            this.bodyLeft = length;
            this.phase = BODY;
            continue;
          }
          this.onlyBulks = false;
        } else if (type === STAR) {
          const n = this.readLength(buf, p + 1, end);
          if (n === INCOMPLETE) return this.more(p, base);
          if (n === MALFORMED) return MALFORMED;
          if (n === NULL_LENGTH && this.patchNullArrays) buf[p] = DOLLAR;
          p = this.after;
          if (this.depth === 0) this.count = n === NULL_LENGTH ? -1 : n;
          if (n > 0) {
            if (n > this.maxElements || this.depth >= MAX_DEPTH) return MALFORMED;
            this.left[++this.depth] = n;
            continue;
          }
        } else if (type === COLON) {
          const next = readInteger(buf, p + 1, end);
          if (next === INCOMPLETE) return this.more(p, base);
          if (next === MALFORMED) return MALFORMED;
          p = next;
        } else if (type === PLUS || type === MINUS) {
          p++;
          this.phase = LINE;
          continue;
        } else if (!this.resp3) {
          return MALFORMED;
        } else if (type === UNDERSCORE || type === HASH || type === COMMA || type === PAREN) {
          p++;
          this.phase = LINE;
          continue;
        } else if (type === BANG || type === EQUALS) {
          const length = this.readLength(buf, p + 1, end);
          if (length === INCOMPLETE) return this.more(p, base);
          if (length < 0 || length > this.maxBulk) return MALFORMED;
          p = this.after;
          this.bodyLeft = length;
          this.phase = BODY;
          continue;
        } else if (type === TILDE || type === GREATER || type === PERCENT || type === BAR) {
          const n = this.readLength(buf, p + 1, end);
          if (n === INCOMPLETE) return this.more(p, base);
          if (n < 0 || n > this.maxElements || this.depth >= MAX_DEPTH) return MALFORMED;
          p = this.after;
          if (this.depth === 0) this.count = n;
          // A map's are pairs; behind those of an attribute stands the value they speak of.
          const values = type === TILDE || type === GREATER ? n : n * 2 + (type === BAR ? 1 : 0);
          if (values > 0) {
            this.left[++this.depth] = values;
            continue;
          }
        } else {
          return MALFORMED;
        }
      }
      // A value has ended at p; so may the arrays it is the last element of.
      this.phase = VALUE;
      while (this.depth > 0 && --this.left[this.depth] === 0) this.depth--;
      if (this.depth === 0) return p;
    }
  }

  private more(p: number, base: number): number {
    this.pos = p;
    this.consumed = base + p;
    return NEED_MORE;
  }

  /** Element number of the outermost array = what it had minus what is left. */
  private note(offset: number, length: number): void {
    const i = this.count - this.left[1];
    if (i < NOTED_WORDS) {
      this.words[i * 2] = offset;
      this.words[i * 2 + 1] = length;
    }
  }

  /** Digits and CRLF at `p`; `after` is the index behind them. `-1` means null. */
  private readLength(buf: Buffer, p: number, end: number): number {
    let n = 0;
    let i = p;
    if (i < end && buf[i] === MINUS) {
      if (end - i < 4) return INCOMPLETE;
      if (buf[i + 1] !== ZERO + 1 || buf[i + 2] !== CR || buf[i + 3] !== LF) return MALFORMED;
      this.after = i + 4;
      return NULL_LENGTH;
    }
    for (; i < end; i++) {
      const d = buf[i] - ZERO;
      if (d < 0 || d > 9) break;
      if (i - p >= MAX_LENGTH_DIGITS || (n === 0 && i > p)) return MALFORMED;
      n = n * 10 + d;
    }
    if (i >= end) return INCOMPLETE;
    if (buf[i] !== CR || i === p) return MALFORMED;
    if (i + 1 >= end) return INCOMPLETE;
    if (buf[i + 1] !== LF) return MALFORMED;
    this.after = i + 2;
    return n;
  }
}

/** A signed integer and CRLF at `p`: the index behind it. */
function readInteger(buf: Buffer, p: number, end: number): number {
  let i = p;
  if (i < end && buf[i] === MINUS) i++;
  const first = i;
  while (i < end && buf[i] >= ZERO && buf[i] <= ZERO + 9) {
    if (i - p >= MAX_INTEGER_CHARS) return MALFORMED;
    i++;
  }
  if (i >= end) return INCOMPLETE;
  if (buf[i] !== CR || i === first) return MALFORMED;
  if (i + 1 >= end) return INCOMPLETE;
  return buf[i + 1] === LF ? i + 2 : MALFORMED;
}
