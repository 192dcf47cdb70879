/** DER, as far as certificates need it: one element after the other, never outside the bytes. */

export interface Element {
  readonly tag: number;
  /** The content. */
  readonly body: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

/** Longest lengths are of four bytes: no certificate comes near. */
const MAX_LENGTH_BYTES = 4;

/** The elements of `data` in their order. Throws on what is no DER. */
export function elements(data: Buffer): Element[] {
  const list: Element[] = [];
  let at = 0;
  while (at < data.length) {
    const from = at;
    const tag = data[at++];
    if (at >= data.length) throw new Error('DER: cut off');
    let length = data[at++];
    if (length > 0x80) {
      const bytes = length & 0x7f;
      if (bytes > MAX_LENGTH_BYTES || at + bytes > data.length) throw new Error('DER: bad length');
      length = data.readUIntBE(at, bytes);
      at += bytes;
    } else if (length === 0x80) throw new Error('DER: indefinite length');
    if (at + length > data.length) throw new Error('DER: cut off');
    list.push({ tag, body: data.subarray(at, at + length), whole: data.subarray(from, at + length) });
    at += length;
  }
  return list;
}

/** The elements of a SEQUENCE or SET. */
export function inside(e: Element | undefined): Element[] {
  if (e === undefined || (e.tag & 0x20) === 0) throw new Error('DER: no sequence');
  return elements(e.body);
}

/** `1.2.840.113549`. */
export function oid(e: Element): string {
  const parts: number[] = [];
  let n = 0;
  for (const byte of e.body) {
    n = n * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (parts.length === 0) {
      const first = Math.min(2, Math.floor(n / 40));
      parts.push(first, n - first * 40);
    } else parts.push(n);
    n = 0;
  }
  return parts.join('.');
}

/** UTCTime or GeneralizedTime, ms since 1970. */
export function time(e: Element): number {
  const text = e.body.toString('latin1');
  const short = e.tag === 0x17;
  const m = /^(\d{2,4}?)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(short ? text : text.slice(2));
  if (m === null) throw new Error('DER: bad time');
  const two = Number(m[1]);
  const year = short ? (two < 50 ? 2000 + two : 1900 + two) : Number(text.slice(0, 4));
  return Date.UTC(year, Number(m[2]) - 1, Number(m[3]), Number(m[4]), Number(m[5]), Number(m[6] ?? 0));
}

const BMP_STRING = 0x1e;
const UTF8_STRING = 0x0c;

/** A directory string. */
export function text(e: Element): string {
  if (e.tag === BMP_STRING) {
    let s = '';
    for (let i = 0; i + 1 < e.body.length; i += 2) s += String.fromCharCode(e.body.readUInt16BE(i));
    return s;
  }
  return e.body.toString(e.tag === UTF8_STRING ? 'utf8' : 'latin1');
}
