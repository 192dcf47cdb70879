/** Reads protobuf's wire format: the answers of services that the proxy asks. What is no message throws a WireError. */
import { FIXED32, FIXED64, LENGTH, VARINT } from './wire-writer.ts';

const START_GROUP = 3;
const END_GROUP = 4;
/** Messages inside messages (protobuf's own limit). */
export const MAX_DEPTH = 100;

export class WireError extends Error {}

export class WireReader {
  private readonly bytes: Buffer;
  private at: number;
  private stop: number;
  /** Of the field that `next` found. */
  field = 0;
  wireType = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.at = 0;
    this.stop = bytes.length;
  }

  /** False at the end. */
  next(): boolean {
    if (this.at >= this.stop) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (this.field === 0 || tag > 0xffffffff) throw new WireError('no field has this number');
    return true;
  }

  /** Of more than 53 bits the upper ones are lost: for lengths, tags and what is no 64 bits wide. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const b = this.byte();
      value += (b & 0x7f) * scale;
      if (b < 0x80) return value;
      scale *= 128;
    }
    throw new WireError('a number has no end');
  }
  varint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const b = this.byte();
      value |= BigInt(b & 0x7f) << shift;
      if (b < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('a number has no end');
  }
  int32(): number {
    return Number(BigInt.asIntN(32, this.varint64()));
  }
  uint32(): number {
    return Number(BigInt.asUintN(32, this.varint64()));
  }
  bool(): boolean {
    return this.varint64() !== 0n;
  }
  double(): number {
    return this.bytes.readDoubleLE(this.take(8));
  }
  float(): number {
    return this.bytes.readFloatLE(this.take(4));
  }
  fixed32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }
  fixed64(): bigint {
    return this.bytes.readBigUInt64LE(this.take(8));
  }
  /** A view of what was read. */
  bytesValue(): Buffer {
    const n = this.varint();
    const at = this.take(n);
    return this.bytes.subarray(at, at + n);
  }
  /** Text; what is no UTF-8 is no message. */
  string(): string {
    const bytes = this.bytesValue();
    const text = bytes.toString('utf8');
    if (text.includes('\ufffd') && !Buffer.from(text).equals(bytes)) throw new WireError('text is not UTF-8');
    return text;
  }

  /** A reader of the message that stands here. */
  message(): WireReader {
    return new WireReader(this.bytesValue());
  }
  get done(): boolean {
    return this.at >= this.stop;
  }

  skip(depth = 0): void {
    switch (this.wireType) {
      case VARINT:
        this.varint64();
        return;
      case FIXED64:
        this.take(8);
        return;
      case LENGTH:
        this.bytesValue();
        return;
      case FIXED32:
        this.take(4);
        return;
      case START_GROUP: {
        if (depth > MAX_DEPTH) throw new WireError('groups in groups');
        const group = this.field;
        while (this.next()) {
          if ((this.wireType as number) === END_GROUP) {
            if (this.field !== group) throw new WireError('a group ends that was not begun');
            return;
          }
          this.skip(depth + 1);
        }
        throw new WireError('a group has no end');
      }
      default:
        throw new WireError('no such wire type');
    }
  }

  private byte(): number {
    if (this.at >= this.stop) throw new WireError('the message is cut off');
    return this.bytes[this.at++];
  }
  private take(n: number): number {
    const { at } = this;
    if (n > this.stop - at) throw new WireError('the message is cut off');
    this.at += n;
    return at;
  }
}
