/**
 * HPACK decoding (RFC 7541) of one direction of a connection: static and dynamic table, size updates, Huffman strings.
 * Fields go to a FieldSink one by one. An indexed field gives the very string objects stored in the table, with the name's
 * kind and the value's validity already known, so a repeated header costs neither an allocation nor a look at its bytes.
 */
import { DEFAULT_TABLE_SIZE } from './constants.ts';
import { nameKind } from './header-kinds.ts';
import { STATIC_ENTRIES, STATIC_NAMES, STATIC_VALUES } from './hpack-tables.ts';
import { type Literal, literal } from './literal-cache.ts';

/** Gets the fields of a block, in order. */
export interface FieldSink {
  onField(name: string, value: string, kind: number, validValue: boolean): void;
}

const STATIC_KINDS = Uint8Array.from(STATIC_NAMES, (name) => nameKind(name));

/** Per-entry overhead, RFC 7541 section 4.1. */
const ENTRY_OVERHEAD = 32;
/** The prefix mask of a never-indexed literal, marked as such. */
const NEVER = 0x10f;

export class HpackDecoder {
  private names: string[];
  private values: string[];
  /** kind | 0x80 when the value is valid. */
  private marks: Uint8Array;
  /** Slot of the newest entry; older ones go down, modulo the (power of two) capacity. */
  private head: number;
  private count: number;
  private size: number;
  /** What the encoder said last, never above `limit`. */
  private maxSize: number;
  /** What our SETTINGS allow. */
  private limit: number;
  /** A lowered limit was acknowledged: the next block must begin with a size update (RFC 7541 section 4.2). */
  private updateDue: boolean;
  /** Read position while a block is decoded. */
  private pos: number;

  constructor() {
    this.names = new Array<string>(16).fill('');
    this.values = new Array<string>(16).fill('');
    this.marks = new Uint8Array(16);
    this.head = 15;
    this.count = 0;
    this.size = 0;
    this.maxSize = DEFAULT_TABLE_SIZE;
    this.limit = DEFAULT_TABLE_SIZE;
    this.updateDue = false;
    this.pos = 0;
  }

  /** Bytes in the dynamic table, as RFC 7541 counts them. */
  get tableSize(): number {
    return this.size;
  }
  get tableEntries(): number {
    return this.count;
  }

  /** Our SETTINGS_HEADER_TABLE_SIZE has been sent (`acked` false: only a higher value counts already) or acknowledged. */
  setLimit(limit: number, acked: boolean): void {
    if (!acked) {
      if (limit > this.limit) this.limit = limit;
      return;
    }
    this.limit = limit;
    if (limit < this.maxSize) this.updateDue = true;
  }

  /** Decode a whole header block. False: a compression error, the connection cannot go on. */
  decode(src: Buffer, start: number, end: number, sink: FieldSink): boolean {
    this.pos = start;
    let fieldSeen = false;
    while (this.pos < end) {
      const b = src[this.pos++];
      if (b >= 0x80) {
        let index = b & 0x7f;
        if (index === 0x7f) index = this.integer(src, end, 0x7f);
        if (this.updateDue) return false;
        fieldSeen = true;
        if (index <= STATIC_ENTRIES) {
          if (index <= 0) return false;
          sink.onField(STATIC_NAMES[index], STATIC_VALUES[index], STATIC_KINDS[index], true);
        } else {
          index -= STATIC_ENTRIES + 1;
          if (index >= this.count) return false;
          const slot = (this.head - index) & (this.names.length - 1);
          const mark = this.marks[slot];
          sink.onField(this.names[slot], this.values[slot], mark & 0x7f, mark >= 0x80);
        }
      } else if (b >= 0x40) {
        if (this.updateDue) return false;
        fieldSeen = true;
        if (!this.literalField(src, end, b & 0x3f, 0x3f, true, sink)) return false;
      } else if (b >= 0x20) {
        let size = b & 0x1f;
        if (size === 0x1f) size = this.integer(src, end, 0x1f);
        // Only at the beginning of a block, RFC 7541 section 4.2.
        if (fieldSeen || size < 0 || size > this.limit) return false;
        this.updateDue = false;
        this.maxSize = size;
        this.evict(0);
      } else {
        if (this.updateDue) return false;
        fieldSeen = true;
        if (!this.literalField(src, end, b & 0x0f, b >= 0x10 ? NEVER : 0x0f, false, sink)) return false;
      }
    }
    return this.pos === end;
  }

  private literalField(
    src: Buffer,
    end: number,
    prefix: number,
    mask: number,
    indexed: boolean,
    sink: FieldSink,
  ): boolean {
    const secret = mask === NEVER;
    let index = prefix;
    if (index === (mask & 0xff)) index = this.integer(src, end, mask & 0xff);
    let name: string;
    let kind: number;
    if (index === 0) {
      const l = this.string(src, end, false);
      if (l === null) return false;
      name = l.text;
      kind = l.kind;
    } else if (index <= STATIC_ENTRIES) {
      if (index < 0) return false;
      name = STATIC_NAMES[index];
      kind = STATIC_KINDS[index];
    } else {
      index -= STATIC_ENTRIES + 1;
      if (index >= this.count) return false;
      const slot = (this.head - index) & (this.names.length - 1);
      name = this.names[slot];
      kind = this.marks[slot] & 0x7f;
    }
    const v = this.string(src, end, secret);
    if (v === null) return false;
    const value = v.text;
    const valid = v.validFor(kind);
    if (indexed) this.insert(name, value, kind, valid);
    sink.onField(name, value, kind, valid);
    return true;
  }

  private string(src: Buffer, end: number, secret: boolean): Literal | null {
    if (this.pos >= end) return null;
    const b = src[this.pos++];
    let length = b & 0x7f;
    if (length === 0x7f) {
      length = this.integer(src, end, 0x7f);
      if (length < 0) return null;
    }
    const start = this.pos;
    const stop = start + length;
    // Nothing is allocated from a declared length: the bytes must be here.
    if (stop > end) return null;
    this.pos = stop;
    return literal(src, start, stop, b >= 0x80, secret);
  }

  /** The rest of a prefixed integer (RFC 7541 section 5.1); -1 when cut short or above 2^28. */
  private integer(src: Buffer, end: number, prefix: number): number {
    let n = prefix;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.pos >= end) return -1;
      const b = src[this.pos++];
      n += (b & 0x7f) << shift;
      if (b < 0x80) return n;
    }
    return -1;
  }

  private insert(name: string, value: string, kind: number, valid: boolean): void {
    const bytes = name.length + value.length + ENTRY_OVERHEAD;
    this.evict(bytes);
    if (bytes > this.maxSize) return;
    if (this.count === this.names.length) this.grow();
    this.head = (this.head + 1) & (this.names.length - 1);
    this.names[this.head] = name;
    this.values[this.head] = value;
    this.marks[this.head] = valid ? kind | 0x80 : kind;
    this.count++;
    this.size += bytes;
  }

  /** Drop the oldest entries until `more` bytes fit. */
  private evict(more: number): void {
    const mask = this.names.length - 1;
    while (this.count > 0 && this.size + more > this.maxSize) {
      const slot = (this.head - this.count + 1) & mask;
      this.size -= this.names[slot].length + this.values[slot].length + ENTRY_OVERHEAD;
      this.names[slot] = '';
      this.values[slot] = '';
      this.count--;
    }
  }

  private grow(): void {
    const old = this.names.length;
    const names = new Array<string>(old * 2).fill('');
    const values = new Array<string>(old * 2).fill('');
    const marks = new Uint8Array(old * 2);
    for (let i = 0; i < this.count; i++) {
      const from = (this.head - this.count + 1 + i) & (old - 1);
      names[i] = this.names[from];
      values[i] = this.values[from];
      marks[i] = this.marks[from];
    }
    this.names = names;
    this.values = values;
    this.marks = marks;
    this.head = this.count - 1;
  }
}
