/**
 * Reads one message body (RFC 9112 section 6): by length, chunked, until close, or raw behind an upgrade. Body bytes go on as
 * slices of what was read, or copies where that was only lent. Chunk framing of requests is as strict as llhttp: CRLF only, no white
 * space around the size, extensions by their grammar and bounded, a size of at most 16 digits and 2^53 - 1. Answers may have blanks
 * behind the size and extensions of any visible bytes, as Envoy takes them: old servers pad the size to a fixed width, and what goes
 * on is framed anew, so nobody can be misled.
 */
import { BULK_BYTES, own } from '../../platform/lent.ts';
import { shorten } from '../../platform/shorten.ts';
import { Headers } from '../headers.ts';
import { BACKSLASH, CR, DQUOTE, EQUALS, FIELD, HEX, HT, LF, latin1, SEMICOLON, SP, TOKEN } from './chars.ts';
import { malformed, protocolError } from './errors.ts';
import { fields, INCOMPLETE, scanFields } from './fields.ts';
import { HeadBuffer } from './head-buffer.ts';
import { NAME_CONTENT_LENGTH, NAME_HOST, NAME_TRANSFER_ENCODING } from './names.ts';

/** Who gets the body. Any call may abort the reader. */
export interface BodySink {
  /** Long data may be lent in bulk. `end`: it is the last piece; then nothing else follows for this message. */
  onBody(data: Buffer, end: boolean): void;
  /** Ends the message instead of a last `onBody`. */
  onBodyTrailers(trailers: Headers): void;
}

/** Extension bytes of one request, or of one chunk of an answer; Node's limit is 16 KiB, more than a line of them has no honest use. */
export const MAX_CHUNK_EXTENSION_BYTES = 4096;
/** Digits of a chunk size, leading zeros included. */
const MAX_SIZE_DIGITS = 16;

/**
 * Chunks of one read are joined up to this many bytes (Envoy joins them all): passing a tiny chunk on costs more than copying it.
 * A chunk that is bigger goes on as it was read.
 */
const JOIN_LIMIT = 16 * 1024;

export const EMPTY: Buffer = Buffer.alloc(0);

const IDLE = 0;
const LENGTH = 1;
/** Until close, or raw behind an upgrade. */
const RAW = 2;
// Chunked: from here on.
const SIZE = 3;
const SIZE_MORE = 4;
const SIZE_LF = 5;
const EXT_NAME_FIRST = 6;
const EXT_NAME = 7;
const EXT_VALUE_FIRST = 8;
const EXT_VALUE = 9;
const EXT_QUOTED = 10;
const EXT_ESCAPED = 11;
const EXT_QUOTED_END = 12;
const DATA = 13;
const DATA_CR = 14;
const DATA_LF = 15;
const TRAILERS = 16;
/** Answers only: blanks behind the size, and an extension, of which nothing is looked at. */
const SIZE_BLANKS = 17;
const EXT_ANY = 18;

export class BodyReader {
  private readonly sink: BodySink;
  private readonly maxTrailerBytes: number;
  private readonly maxTrailers: number;
  private readonly wantTrailers: boolean;
  private readonly isResponse: boolean;
  private state: number;
  /** Bytes left of the body or of the chunk. */
  private left: number;
  private digits: number;
  private extensionBytes: number;
  /** Chunk data of this read, not yet passed on: the small chunks of one read become one piece, and it can carry the end. */
  private pieces: Buffer[];
  private pieceBytes: number;
  private readonly tail: HeadBuffer;
  /** Set before the call that ends a message: bytes of this read that lie behind it. */
  rest: number;

  constructor(
    sink: BodySink,
    maxTrailerBytes: number,
    maxTrailers: number,
    wantTrailers: boolean,
    isResponse: boolean,
  ) {
    this.sink = sink;
    this.maxTrailerBytes = maxTrailerBytes;
    this.maxTrailers = maxTrailers;
    this.wantTrailers = wantTrailers;
    this.isResponse = isResponse;
    this.state = IDLE;
    this.left = 0;
    this.digits = 0;
    this.extensionBytes = 0;
    this.pieces = [];
    this.pieceBytes = 0;
    this.tail = new HeadBuffer();
    this.rest = 0;
  }

  /** A body is being read. */
  get active(): boolean {
    return this.state !== IDLE;
  }
  get untilClose(): boolean {
    return this.state === RAW;
  }

  /** `bytes` > 0. */
  startLength(bytes: number): void {
    this.state = LENGTH;
    this.left = bytes;
  }
  startChunked(): void {
    this.state = SIZE;
    this.extensionBytes = 0;
  }
  startRaw(): void {
    this.state = RAW;
  }

  /** Forget the rest of the message. */
  abort(): void {
    this.state = IDLE;
    shorten(this.pieces, 0);
    this.pieceBytes = 0;
    this.tail.clear();
  }

  /** Takes what belongs to the body from `buf[pos, end)`; returns the offset behind it. Throws CodecError. */
  read(buf: Buffer, pos: number, end: number): number {
    if (this.state >= SIZE) return this.readChunked(buf, pos, end);
    if (this.state === RAW) {
      this.sink.onBody(piece(buf, pos, end), false);
      return end;
    }
    const n = end - pos;
    if (n < this.left) {
      this.left -= n;
      this.sink.onBody(piece(buf, pos, end), false);
      return end;
    }
    const stop = pos + this.left;
    this.state = IDLE;
    this.rest = end - stop;
    this.sink.onBody(piece(buf, pos, stop), true);
    return stop;
  }

  private readChunked(buf: Buffer, pos: number, end: number): number {
    while (pos < end) {
      const c = buf[pos];
      switch (this.state) {
        case SIZE:
          if (HEX[c] === 0) throw badSize(c);
          this.left = HEX[c] - 1;
          this.digits = 1;
          if (this.isResponse) this.extensionBytes = 0;
          this.state = SIZE_MORE;
          pos++;
          break;
        case SIZE_MORE:
          if (HEX[c] !== 0) {
            if (++this.digits > MAX_SIZE_DIGITS) throw malformed('HPE_INVALID_CHUNK_SIZE');
            this.left = this.left * 16 + HEX[c] - 1;
            if (this.left > Number.MAX_SAFE_INTEGER) throw malformed('HPE_INVALID_CHUNK_SIZE');
          } else if (c === CR) this.state = SIZE_LF;
          else if (!this.isResponse) {
            if (c !== SEMICOLON) throw badSize(c);
            this.state = EXT_NAME_FIRST;
          } else this.afterSize(c);
          pos++;
          break;
        case SIZE_BLANKS:
          if (c === CR) this.state = SIZE_LF;
          else this.afterSize(c);
          pos++;
          break;
        case SIZE_LF:
          if (c !== LF) throw malformed('bare CR in chunk size line');
          pos++;
          this.state = this.left === 0 ? TRAILERS : DATA;
          break;
        case DATA: {
          const n = Math.min(this.left, end - pos);
          if (this.pieceBytes + n > JOIN_LIMIT) {
            this.flush();
            if (this.state !== DATA) return end; // aborted by the sink
          }
          this.left -= n;
          pos += n;
          if (n > JOIN_LIMIT) {
            this.sink.onBody(piece(buf, pos - n, pos), false);
            if (this.state !== DATA) return end;
          } else {
            this.pieces.push(own(buf, pos - n, pos));
            this.pieceBytes += n;
          }
          if (this.left === 0) this.state = DATA_CR;
          break;
        }
        case DATA_CR:
          if (c !== CR) throw malformed('chunk data not followed by CRLF');
          this.state = DATA_LF;
          pos++;
          break;
        case DATA_LF:
          if (c !== LF) throw malformed('chunk data not followed by CRLF');
          this.state = SIZE;
          pos++;
          break;
        case TRAILERS:
          return this.readTrailers(buf, pos, end);
        default:
          this.extension(c);
          pos++;
      }
    }
    this.flush();
    return pos;
  }

  /** What was gathered, as one buffer; null when there is nothing. */
  private gathered(): Buffer | null {
    const pieces = this.pieces;
    const n = pieces.length;
    if (n === 0) return null;
    const data = n === 1 ? pieces[0] : Buffer.concat(pieces, this.pieceBytes);
    shorten(pieces, 0);
    this.pieceBytes = 0;
    return data;
  }

  private flush(): void {
    const data = this.gathered();
    if (data !== null) this.sink.onBody(data, false);
  }

  /** One byte of `;name`, `;name=token` or `;name="quoted"` (RFC 9112 section 7.1.1, without its optional white space). */
  private extension(c: number): void {
    if (++this.extensionBytes > MAX_CHUNK_EXTENSION_BYTES) throw malformed('chunk extensions too long');
    const token = TOKEN[c] !== 0;
    switch (this.state) {
      case EXT_NAME_FIRST:
        if (!token) break;
        this.state = EXT_NAME;
        return;
      case EXT_NAME:
        if (token) return;
        if (c === EQUALS) this.state = EXT_VALUE_FIRST;
        else if (!this.endExtension(c)) break;
        return;
      case EXT_VALUE_FIRST:
        if (c === DQUOTE) this.state = EXT_QUOTED;
        else if (token) this.state = EXT_VALUE;
        else break;
        return;
      case EXT_VALUE:
        if (token) return;
        if (!this.endExtension(c)) break;
        return;
      case EXT_QUOTED:
        if (c === DQUOTE) this.state = EXT_QUOTED_END;
        else if (c === BACKSLASH) this.state = EXT_ESCAPED;
        else if (FIELD[c] === 0) break;
        return;
      case EXT_ESCAPED:
        if (FIELD[c] === 0) break;
        this.state = EXT_QUOTED;
        return;
      case EXT_QUOTED_END:
        if (!this.endExtension(c)) break;
        return;
      case EXT_ANY:
        if (c === CR) this.state = SIZE_LF;
        else if (FIELD[c] === 0) break;
        return;
    }
    throw malformed('invalid character in chunk extensions');
  }

  /** Answers: a byte behind the size that is not its CR. */
  private afterSize(c: number): void {
    if (++this.extensionBytes > MAX_CHUNK_EXTENSION_BYTES) throw malformed('chunk extensions too long');
    if (c === SEMICOLON) this.state = EXT_ANY;
    else if (c === SP || c === HT) this.state = SIZE_BLANKS;
    else throw badSize(c);
  }

  private endExtension(c: number): boolean {
    if (c === CR) this.state = SIZE_LF;
    else if (c === SEMICOLON) this.state = EXT_NAME_FIRST;
    else return false;
    return true;
  }

  private readTrailers(buf: Buffer, pos: number, end: number): number {
    const tail = this.tail;
    const before = tail.length;
    let at: number;
    let bytes = buf;
    let from = pos;
    if (before === 0) {
      at = scanFields(buf, pos, end, this.maxTrailers);
    } else {
      // Only a line's end can complete the section; without one there is nothing to look at again.
      tail.append(buf, pos, Math.min(end, pos + this.maxTrailerBytes + 1 - before));
      bytes = tail.bytes as Buffer;
      from = 0;
      const lf = buf.indexOf(LF, pos);
      at = lf >= 0 && lf < end ? scanFields(bytes, 0, tail.length, this.maxTrailers) : INCOMPLETE;
    }
    if (at === INCOMPLETE) {
      if (before + end - pos > this.maxTrailerBytes) throw tooLarge();
      if (before === 0) tail.append(buf, pos, end);
      this.flush();
      return end;
    }
    if (at - from > this.maxTrailerBytes) throw tooLarge();
    const trailers = this.buildTrailers(bytes, from, at);
    tail.clear();
    this.state = IDLE;
    const next = before === 0 ? at : pos + at - before;
    this.rest = end - next;
    if (trailers === null) {
      this.sink.onBody(this.gathered() ?? EMPTY, true);
      return next;
    }
    this.state = TRAILERS; // the flush may abort
    this.flush();
    if (this.state !== TRAILERS) return end;
    this.state = IDLE;
    this.sink.onBodyTrailers(trailers);
    return next;
  }

  /** null when there are none to pass on. */
  private buildTrailers(buf: Buffer, start: number, end: number): Headers | null {
    const n = fields.count;
    for (let i = 0; i < n; i++) {
      const kind = fields.names[i].kind;
      // RFC 9110 section 6.5.1: a trailer must not change how the message was framed or routed.
      if (kind === NAME_CONTENT_LENGTH || kind === NAME_TRANSFER_ENCODING || kind === NAME_HOST) {
        throw malformed(`${fields.names[i].text} in trailers`);
      }
    }
    if (n === 0 || !this.wantTrailers) return null;
    const trailers = new Headers();
    const text = latin1(buf, start, end);
    const spans = fields.spans;
    for (let i = 0; i < n; i++) {
      trailers.unchecked.push(fields.names[i].text, text.slice(spans[2 * i] - start, spans[2 * i + 1] - start));
    }
    return trailers;
  }
}

/** `buf[from, to)` of a body: what is long goes on as it was lent. */
function piece(buf: Buffer, from: number, to: number): Buffer {
  if (to - from < BULK_BYTES) return own(buf, from, to);
  return from === 0 && to === buf.length ? buf : buf.subarray(from, to);
}

function badSize(byte: number): Error {
  return malformed(byte === LF ? 'bare LF in chunk size line' : 'HPE_INVALID_CHUNK_SIZE');
}

function tooLarge(): Error {
  return protocolError('http1.headers_too_large', 'trailers size exceeds limit', 431);
}
