/**
 * Scans a field section (headers or trailers) in one pass: every byte is validated, names are looked up while they are
 * hashed, values are only marked. Strict by RFC 9112 section 5 where Envoy is lenient: CRLF only, no line folding, no
 * space before the colon (docs/behaviour.md).
 */
import { COLON, CR, FIELD, HT, LF, SP, TOKEN } from './chars.ts';
import { malformed, protocolError } from './errors.ts';
import { type HeaderName, headerName } from './names.ts';

/** What the last scan found. One for the whole process: it is read before the next scan begins. */
export class FieldScan {
  count: number;
  readonly names: HeaderName[];
  /** Start and end offset of each value, without surrounding white space. */
  spans: Int32Array;

  constructor() {
    this.count = 0;
    this.names = [];
    this.spans = new Int32Array(256);
  }

  /** Of all names and values. */
  get bytes(): number {
    let n = 0;
    for (let i = 0; i < this.count; i++) n += this.names[i].text.length + this.spans[2 * i + 1] - this.spans[2 * i];
    return n;
  }

  grow(): void {
    const wider = new Int32Array(this.spans.length * 2);
    wider.set(this.spans);
    this.spans = wider;
  }
}
export const fields = new FieldScan();

/** More bytes are needed. */
export const INCOMPLETE = -1;

/**
 * Scan from `pos` (the first byte of a field line) to the empty line that ends the section.
 * Returns the offset behind that line, or INCOMPLETE when the input ends first; then all bytes seen were still valid.
 * Throws CodecError: 400 for bad syntax, 431 for more than `maxCount` fields.
 */
export function scanFields(buf: Buffer, pos: number, end: number, maxCount: number): number {
  const names = fields.names;
  let spans = fields.spans;
  let n = 0;
  while (pos < end) {
    if (buf[pos] === CR) {
      if (pos + 1 === end) return INCOMPLETE;
      if (buf[pos + 1] !== LF) throw malformed('bare CR');
      fields.count = n;
      return pos + 2;
    }
    const nameStart = pos;
    let h = 0;
    while (pos < end) {
      const t = TOKEN[buf[pos]];
      if (t === 0) break;
      h = (Math.imul(h, 31) + t) | 0; // hashByte of names.ts, by hand: this is the hottest loop
      pos++;
    }
    if (pos === end) return INCOMPLETE;
    if (buf[pos] !== COLON || pos === nameStart) throw badName(buf[pos], pos === nameStart);
    const name = headerName(buf, nameStart, pos, h);
    pos++;
    while (pos < end && (buf[pos] === SP || buf[pos] === HT)) pos++;
    const valueStart = pos;
    while (pos < end && FIELD[buf[pos]] === 1) pos++;
    if (pos === end) return INCOMPLETE;
    if (buf[pos] !== CR) throw badValue(buf[pos]);
    if (pos + 1 === end) return INCOMPLETE;
    if (buf[pos + 1] !== LF) throw malformed('bare CR');
    if (n === maxCount) throw protocolError('http1.too_many_headers', 'headers count exceeds limit', 431);
    let valueEnd = pos;
    while (valueEnd > valueStart && (buf[valueEnd - 1] === SP || buf[valueEnd - 1] === HT)) valueEnd--;
    if (2 * n === spans.length) {
      fields.grow();
      spans = fields.spans;
    }
    names[n] = name;
    spans[2 * n] = valueStart;
    spans[2 * n + 1] = valueEnd;
    n++;
    pos += 2;
  }
  return INCOMPLETE;
}

function badName(byte: number, first: boolean): Error {
  if (byte === LF) return malformed('bare LF');
  if (first && (byte === SP || byte === HT)) return malformed('obsolete line folding');
  return malformed('HPE_INVALID_HEADER_TOKEN');
}

function badValue(byte: number): Error {
  if (byte === LF) return malformed('bare LF');
  return protocolError('http1.invalid_characters', 'header value contains invalid chars');
}
