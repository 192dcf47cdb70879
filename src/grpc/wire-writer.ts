/** Writes protobuf's wire format (protobuf.dev/programming-guides/encoding): for the few messages that the proxy itself sends. */

const FIRST_BYTES = 256;
/** Chars of a text that are sooner written one by one than by a call out of the engine. */
const SHORT = 48;
/** Wire types. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

/** Every field method leaves out nothing: whoever calls it has looked whether the value is protobuf's default. */
export class WireWriter {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private at = 0;

  private room(n: number): void {
    const { bytes, at } = this;
    if (at + n <= bytes.length) return;
    const more = Buffer.allocUnsafe(Math.max(bytes.length * 2, at + n));
    bytes.copy(more, 0, 0, at);
    this.bytes = more;
  }

  /** Up to 2^53. A negative one takes ten bytes, as int32 and int64 do. */
  varint(n: number): void {
    this.room(10);
    if (n < 0) {
      this.varint64(BigInt(n));
      return;
    }
    let rest = n;
    while (rest > 0x7f) {
      this.bytes[this.at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.at++] = rest;
  }
  varint64(n: bigint): void {
    this.room(10);
    let rest = BigInt.asUintN(64, n);
    while (rest > 0x7fn) {
      this.bytes[this.at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.at++] = Number(rest);
  }
  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  uint(field: number, n: number): void {
    this.tag(field, VARINT);
    this.varint(n);
  }
  uint64(field: number, n: bigint): void {
    this.tag(field, VARINT);
    this.varint64(n);
  }
  bool(field: number, b: boolean): void {
    this.uint(field, b ? 1 : 0);
  }
  double(field: number, n: number): void {
    this.tag(field, FIXED64);
    this.rawDouble(n);
  }
  fixed64(field: number, n: bigint): void {
    this.tag(field, FIXED64);
    this.rawFixed64(n);
  }
  fixed32(field: number, n: number): void {
    this.tag(field, FIXED32);
    this.room(4);
    this.at = this.bytes.writeUInt32LE(n >>> 0, this.at);
  }
  /** Text, as UTF-8. */
  string(field: number, text: string): void {
    this.tag(field, LENGTH);
    const n = Buffer.byteLength(text);
    this.varint(n);
    this.room(n);
    this.at += this.bytes.write(text, this.at, 'utf8');
  }
  /** Wire text: one char a byte. */
  latin1(field: number, text: string): void {
    this.tag(field, LENGTH);
    const n = text.length;
    this.varint(n);
    this.room(n);
    if (n > SHORT) {
      this.at += this.bytes.write(text, this.at, 'latin1');
      return;
    }
    const { bytes, at } = this;
    for (let i = 0; i < n; i++) bytes[at + i] = text.charCodeAt(i);
    this.at += n;
  }
  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }
  rawFixed64(n: bigint): void {
    this.room(8);
    this.at = this.bytes.writeBigUInt64LE(BigInt.asUintN(64, n), this.at);
  }
  rawDouble(n: number): void {
    this.room(8);
    this.at = this.bytes.writeDoubleLE(n, this.at);
  }
  rawFloat(n: number): void {
    this.room(4);
    this.at = this.bytes.writeFloatLE(n, this.at);
  }
  bytesField(field: number, bytes: Uint8Array): void {
    this.tag(field, LENGTH);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** A message inside this one: `end` with what this returns. */
  begin(field: number): number {
    this.tag(field, LENGTH);
    // One byte for its length: enough for most.
    this.room(1);
    return ++this.at;
  }
  end(start: number): void {
    const length = this.at - start;
    if (length < 0x80) {
      this.bytes[start - 1] = length;
      return;
    }
    let more = 0;
    for (let n = length; n > 0x7f; n = Math.floor(n / 128)) more++;
    this.room(more);
    this.bytes.copyWithin(start + more, start, this.at);
    this.at = start - 1;
    this.varint(length);
    this.at += length;
  }

  /** What has been written: a buffer of its own. The writer begins anew. */
  finish(): Buffer {
    const out = Buffer.allocUnsafe(this.at);
    this.bytes.copy(out, 0, 0, this.at);
    this.at = 0;
    return out;
  }
}

/** ms since 1970 as google.protobuf.Timestamp, or a span of ms as Duration: seconds and nanoseconds. */
export function writeTime(w: WireWriter, field: number, ms: number): void {
  const at = w.begin(field);
  const seconds = Math.trunc(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  if (seconds !== 0) w.uint(1, seconds);
  if (nanos !== 0) w.uint(2, nanos);
  w.end(at);
}
