/**
 * Cuts a client's byte stream into requests. A request that lies whole in one read is described by offsets into that read;
 * nothing is copied or decoded. What spans reads is collected first: the upstream connection is shared, so a request is
 * only ever forwarded whole (as Envoy's ProxyFilter, which acts on complete values). Errors follow Envoy: bytes that are not RESP
 * are a protocol error, a complete value that is not an array of bulk strings is an invalid request.
 */
import { TIGHT_LIMIT } from '../../platform/held-memory.ts';
import { asciiLower } from '../../platform/wire-text.ts';
import { encodeArray, isSpace, splitInline, startsInline } from './inline.ts';
import {
  MAX_INLINE_BYTES,
  MAX_REQUEST_BULK_BYTES,
  MAX_REQUEST_BYTES,
  MAX_REQUEST_ELEMENTS,
  MAX_STRANGER_BULK_BYTES,
  MAX_STRANGER_ELEMENTS,
} from './limits.ts';
import { Pieces } from './pieces.ts';
import { MALFORMED, NEED_MORE, ValueScanner } from './value-scanner.ts';

/** What `next` found. */
export type Found = 0 | 1 | 2 | 3 | 4;
/** Nothing more in this read. */
export const MORE = 0;
/** A request in `buf` from `start` to `end`, `argc` words, their places in `words`. */
export const COMMAND = 1;
/** A request too large to be joined; take it with `takePieces` or `joinPieces`. */
export const LARGE = 2;
/** A complete value that is no request. */
export const INVALID = 3;
/** Not RESP; nothing after it can be understood. */
export const BROKEN = 4;

/** A request up to this size that spans reads is joined and treated like any other. */
const JOIN_BYTES = 64 * 1024;
/** First size of the word table, and the largest that is kept (two slots a word). */
const FIRST_WORDS = 256;
const KEPT_WORDS = 64 * 1024;
const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
const ZERO = 48;

/** One table for all framers; it grows with words that have been received, never with a declared number. */
let table = new Int32Array(FIRST_WORDS);

export class RequestFramer {
  /** Holds the request found last. */
  buf: Buffer;
  start: number;
  end: number;
  argc: number;

  private chunk: Buffer;
  private pos: number;
  private readonly scanner: ValueScanner;
  /** A request is under way that began in an earlier read. */
  private open: boolean;
  private inline: boolean;
  private readonly pieces: Pieces;
  /** The end of the last read that could not be used yet: part of a header. */
  private carry: Buffer | null;
  private large: Buffer[] | null;

  constructor() {
    this.buf = NOTHING;
    this.start = 0;
    this.end = 0;
    this.argc = 0;
    this.chunk = NOTHING;
    this.pos = 0;
    this.scanner = new ValueScanner(MAX_REQUEST_ELEMENTS, MAX_REQUEST_BULK_BYTES, false);
    this.open = false;
    this.inline = false;
    this.pieces = new Pieces();
    this.carry = null;
    this.large = null;
  }

  /** From the next request on: small ones only, for who has not said who it is, or any. */
  limit(stranger: boolean): void {
    this.scanner.maxElements = stranger ? MAX_STRANGER_ELEMENTS : MAX_REQUEST_ELEMENTS;
    this.scanner.maxBulk = stranger ? MAX_STRANGER_BULK_BYTES : MAX_REQUEST_BULK_BYTES;
  }

  /** The next read. Everything before it must have been taken with `next`, until it said MORE. */
  push(chunk: Buffer): void {
    if (this.carry !== null) {
      chunk = Buffer.concat([this.carry, chunk]);
      this.carry = null;
    }
    this.chunk = chunk;
    this.pos = 0;
    if (table.length > KEPT_WORDS) table = new Int32Array(FIRST_WORDS);
  }

  /**
   * Offset and length in `buf` of every word of the request found last: word i at 2i and 2i + 1. Valid until the next call of any
   * framer's `next`.
   */
  get words(): Int32Array {
    return table;
  }

  /** Bytes held of a request that is not complete. */
  get heldBytes(): number {
    return this.pieces.bytes + (this.carry === null ? 0 : this.carry.length);
  }

  /** The request under way should be given up: too much is held for all clients. */
  get holdsTooMuch(): boolean {
    return this.pieces.tooMuch && this.pieces.bytes > TIGHT_LIMIT;
  }

  /** What was read behind the request found last, to be pushed again: bytes of its own. */
  takeUnread(): Buffer {
    const unread = Buffer.from(this.chunk.subarray(this.pos));
    this.chunk = NOTHING;
    this.pos = 0;
    return unread;
  }

  /** Nothing more comes: forget what is not complete. */
  drop(): void {
    this.pieces.clear();
    this.carry = null;
  }

  next(): Found {
    const pos = this.pos;
    const chunk = this.chunk;
    if (pos >= chunk.length) {
      // Do not keep the last read alive while the client is silent.
      this.chunk = NOTHING;
      this.buf = NOTHING;
      this.pos = 0;
      return MORE;
    }
    if (!this.open) {
      if (this.parseWhole(chunk, pos, chunk.length)) {
        this.pos = this.end;
        return COMMAND;
      }
      this.open = true;
      this.inline = startsInline(chunk[pos]);
      this.scanner.begin();
    }
    return this.inline ? this.nextInline(chunk, pos) : this.nextSpanning(chunk, pos);
  }

  /** The pieces of a LARGE request, in order. */
  takePieces(): Buffer[] {
    const list = this.large ?? [];
    this.large = null;
    return list;
  }

  /** A LARGE request as a COMMAND after all: a copy, for requests that must be taken apart. */
  joinPieces(): void {
    this.parseJoined(this.takePieces());
  }

  /** Word `i` (0 … 3) of a LARGE request. */
  word(i: number): Buffer {
    const from = this.scanner.words[i * 2];
    const to = from + this.scanner.words[i * 2 + 1];
    const parts: Buffer[] = [];
    let at = 0;
    for (const piece of this.large ?? []) {
      if (at >= to) break;
      if (at + piece.length > from) parts.push(piece.subarray(Math.max(0, from - at), to - at));
      at += piece.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  private nextSpanning(chunk: Buffer, pos: number): Found {
    const s = this.scanner;
    const next = s.scan(chunk, pos, chunk.length);
    if (next === MALFORMED) return BROKEN;
    if (next === NEED_MORE) {
      this.pieces.add(chunk.subarray(pos, s.pos));
      if (s.pos < chunk.length) this.carry = Buffer.from(chunk.subarray(s.pos));
      this.pos = chunk.length;
      return s.consumed > MAX_REQUEST_BYTES ? BROKEN : this.next();
    }
    this.open = false;
    this.pos = next;
    if (s.type !== STAR || s.count <= 0 || !s.onlyBulks) {
      this.pieces.clear();
      return INVALID;
    }
    this.pieces.add(chunk.subarray(pos, next));
    if (this.pieces.bytes <= JOIN_BYTES) {
      this.parseJoined(this.pieces.take());
      return COMMAND;
    }
    this.argc = s.count;
    this.large = this.pieces.take();
    return LARGE;
  }

  private nextInline(chunk: Buffer, pos: number): Found {
    const lf = chunk.indexOf(LF, pos);
    const to = lf < 0 ? chunk.length : lf + 1;
    if (this.pieces.bytes + (to - pos) > MAX_INLINE_BYTES) return BROKEN;
    this.pieces.add(chunk.subarray(pos, to));
    this.pos = to;
    if (lf < 0) return this.next();
    this.open = false;
    const list = splitInline(Buffer.concat(this.pieces.take()));
    if (list === null) return BROKEN;
    // Redis ignores it, and redis-cli --pipe sends one.
    if (list.length === 0) {
      // Nor do those that follow, however many they are.
      for (let p = this.pos; p < chunk.length && isSpace(chunk[p]); p++) if (chunk[p] === LF) this.pos = p + 1;
      return this.next();
    }
    // What a browser would send first if it were pointed at this port: Redis refuses it too.
    const first = asciiLower(list[0].toString('latin1', 0, 6));
    if (first === 'post' || first === 'host:') return BROKEN;
    this.parseJoined([encodeArray(list)]);
    return COMMAND;
  }

  private parseJoined(list: Buffer[]): void {
    const joined = list.length === 1 ? list[0] : Buffer.concat(list);
    this.parseWhole(joined, 0, joined.length);
  }

  /** True when a whole request starts at `pos`; anything else is left to the scanner, which knows why not. */
  private parseWhole(buf: Buffer, pos: number, limit: number): boolean {
    if (buf[pos] !== STAR) return false;
    const { maxElements, maxBulk } = this.scanner;
    let p = pos + 1;
    let argc = 0;
    let d = buf[p] - ZERO;
    const first = p;
    while (d >= 0 && d <= 9 && p < limit) {
      if (argc === 0 && p > first) return false;
      argc = argc * 10 + d;
      if (argc > maxElements) return false;
      d = buf[++p] - ZERO;
    }
    if (argc === 0 || p + 1 >= limit || buf[p] !== CR || buf[p + 1] !== LF) return false;
    p += 2;
    let words = table;
    for (let i = 0; i < argc; i++) {
      // `$0\r\n\r\n` is the shortest word.
      if (p + 6 > limit || buf[p] !== DOLLAR) return false;
      let c = buf[++p] - ZERO;
      if (c < 0 || c > 9) return false;
      let length = c;
      c = buf[++p] - ZERO;
      while (c >= 0 && c <= 9 && p < limit) {
        if (length === 0) return false;
        length = length * 10 + c;
        if (length > maxBulk) return false;
        c = buf[++p] - ZERO;
      }
      if (p + 4 + length > limit || buf[p] !== CR || buf[p + 1] !== LF) return false;
      p += 2;
      const at = i * 2;
      if (at >= words.length) words = growTable();
      words[at] = p;
      words[at + 1] = length;
      p += length;
      if (buf[p] !== CR || buf[p + 1] !== LF) return false;
      p += 2;
    }
    this.buf = buf;
    this.start = pos;
    this.end = p;
    this.argc = argc;
    return true;
  }
}

const NOTHING = Buffer.alloc(0);

function growTable(): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(table.length * 4);
  wider.set(table);
  table = wider;
  return wider;
}
