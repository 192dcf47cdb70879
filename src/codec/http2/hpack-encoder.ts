/**
 * HPACK encoding (RFC 7541) of one direction of a connection. Strings are not Huffman-coded, but for the very long: the coded form
 * saves a quarter of the bytes and costs more than the rest of the encoder.
 *
 * What goes into the dynamic table is learnt: a value enters when its name is new on this connection or when the same
 * value was among the last few of that name. So `content-type` costs one byte from the second request on, while
 * `x-request-id` and `date` do not push useful entries out. Credentials and short cookies are never indexed, as in nghttp2.
 */

import type { Latin1Buffer } from '../../platform/latin1.ts';
import type { Headers } from '../headers.ts';
import { DEFAULT_TABLE_SIZE } from './constants.ts';
import { STATIC_ENTRIES, STATIC_NAMES, STATIC_VALUES } from './hpack-tables.ts';
import { huffmanEncode, huffmanLength } from './huffman.ts';

const ENTRY_OVERHEAD = 32;
/** Values remembered per name. */
const VALUES = 4;
/** Names remembered per connection; with one more, learning starts afresh. */
const MAX_NAMES = 128;
/** Longer names and values are never put into the table. */
const MAX_INDEXED_VALUE = 256;
/** nghttp2's border for cookies (HPACK section 7.1.3: short secrets can be guessed). */
const SHORT_COOKIE = 20;
/**
 * Longer strings are Huffman-coded where that is shorter: nghttp2 (curl, Node) ends the connection on a string of more than 64 KiB as
 * it stands on the wire (NGHTTP2_HD_MAX_NV), and Envoy, which always codes, gets a third more through.
 */
const MAX_UNCODED = 65_535;
/** Below this, copying char by char beats a call into the runtime. */
const LOOP_CHARS = 40;

const INDEX = 0;
const NEVER = 1;
const COOKIE = 2;
const TE = 3;
/** Connection-specific: must not be sent (RFC 9113 section 8.2.2). */
const DROP = 4;
/** Sent as a literal with no attempt to index: all values are unique by nature. */
const PLAIN = 5;

const POLICIES = new Map<string, number>([
  ['authorization', NEVER],
  ['proxy-authorization', NEVER],
  ['cookie', COOKIE],
  ['te', TE],
  ['connection', DROP],
  ['keep-alive', DROP],
  ['proxy-connection', DROP],
  ['transfer-encoding', DROP],
  ['upgrade', DROP],
  ['set-cookie', PLAIN],
  ['etag', PLAIN],
  ['if-modified-since', PLAIN],
  ['if-none-match', PLAIN],
  ['location', PLAIN],
]);

const STATIC_INDEX = new Map<string, number>();
for (let i = STATIC_ENTRIES; i > 0; i--) STATIC_INDEX.set(STATIC_NAMES[i], i);

/** What a connection remembers of one header name. */
class NameEntry {
  readonly name: string;
  readonly policy: number;
  /** First static entry with this name, 0 when there is none. */
  readonly staticIndex: number;
  /** Static entry with a value, for the names that have exactly one. */
  readonly staticValue: string;
  /** Insertion number of a dynamic entry with this name, -1 when none was made. */
  nameId: number;
  /** The last values, and the insertion number of each (-1: seen, not in the table). */
  readonly values: string[];
  readonly ids: number[];
  /** Where the last hit was (value and number repeated here: it is nearly always the next one's, too), and where the next new value goes. */
  last: number;
  lastValue: string;
  lastId: number;
  next: number;
  constructor(name: string) {
    this.name = name;
    this.policy = POLICIES.get(name) ?? (name.length > MAX_INDEXED_VALUE ? PLAIN : INDEX);
    this.staticIndex = STATIC_INDEX.get(name) ?? 0;
    this.staticValue = this.staticIndex > 0 ? STATIC_VALUES[this.staticIndex] : '';
    this.nameId = -1;
    this.values = ['', '', '', ''];
    this.ids = [-1, -1, -1, -1];
    this.last = 0;
    this.lastValue = '';
    this.lastId = -1;
    this.next = 0;
  }
}

export class HpackEncoder {
  /** The buffer being written to. Replaced by a larger one when a block does not fit; see `begin`. */
  buf: Buffer;
  private readonly entries: Map<string, NameEntry>;
  private readonly pathEntry: NameEntry;
  private readonly authorityEntry: NameEntry;
  /** The entry met at each position of the last header block and of the last trailers: usually the next one's, too. */
  private readonly guesses: (NameEntry | undefined)[];
  private readonly trailerGuesses: (NameEntry | undefined)[];
  /** Sizes of the dynamic entries, as a ring; insertion numbers [evicted, inserted) are in the table. */
  private sizes: Uint32Array;
  private inserted: number;
  private evicted: number;
  private size: number;
  private maxSize: number;
  /** Our own upper bound (hpack_table_size); the peer's SETTINGS may lower it. */
  private readonly ownLimit: number;
  /** A size update is due at the start of the next block: the smallest size since the last block, or -1. */
  private pendingMin: number;
  private blockStart: number;

  constructor(ownLimit: number) {
    this.buf = EMPTY;
    this.entries = new Map();
    this.pathEntry = new NameEntry(':path');
    this.authorityEntry = new NameEntry(':authority');
    this.guesses = [];
    this.trailerGuesses = [];
    this.sizes = new Uint32Array(32);
    this.inserted = 0;
    this.evicted = 0;
    this.size = 0;
    this.ownLimit = ownLimit;
    this.maxSize = Math.min(ownLimit, DEFAULT_TABLE_SIZE);
    this.pendingMin = this.maxSize < DEFAULT_TABLE_SIZE ? this.maxSize : -1;
    this.blockStart = 0;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  setPeerLimit(limit: number): void {
    const size = Math.min(limit, this.ownLimit);
    if (size === this.maxSize) return;
    this.maxSize = size;
    if (this.pendingMin < 0 || size < this.pendingMin) this.pendingMin = size;
    this.evict(0);
  }

  /**
   * Encode a request or response block (`trailers` false) or trailers to `buf` from `pos` on; returns the end. When the block
   * did not fit, `this.buf` is another buffer afterwards, with the block from the same `pos` on.
   */
  encode(headers: Headers, trailers: boolean, buf: Buffer, pos: number): number {
    this.buf = buf;
    this.blockStart = pos;
    if (this.pendingMin >= 0) pos = this.sizeUpdates(pos);
    if (!trailers) {
      if (headers.status !== 0) pos = this.status(headers.status, pos);
      else pos = this.request(headers, pos);
    }
    const guesses = trailers ? this.trailerGuesses : this.guesses;
    const list = headers.list;
    for (let i = 0, at = 0; i < list.length; i += 2, at++) {
      const name = list[i];
      let e = guesses[at];
      if (e === undefined || e.name !== name) {
        e = this.entry(name);
        if (at < MAX_NAMES) guesses[at] = e;
      }
      pos = this.field(e, list[i + 1], pos);
    }
    return pos;
  }

  private request(h: Headers, pos: number): number {
    pos = this.room(pos, 16);
    const method = h.method;
    if (method === 'GET') this.buf[pos++] = 0x82;
    else if (method === 'POST') this.buf[pos++] = 0x83;
    else pos = this.field(this.entry(':method'), method, pos);
    // RFC 9113 section 8.5: a plain CONNECT has neither.
    const target = method !== 'CONNECT' || h.protocol !== '';
    if (target && h.scheme !== '') {
      pos = this.room(pos, 16);
      if (h.scheme === 'http') this.buf[pos++] = 0x86;
      else if (h.scheme === 'https') this.buf[pos++] = 0x87;
      else pos = this.field(this.entry(':scheme'), h.scheme, pos);
    }
    if (target && h.path !== '') {
      if (h.path === '/') {
        pos = this.room(pos, 1);
        this.buf[pos++] = 0x84;
      } else pos = this.field(this.pathEntry, h.path, pos);
    }
    if (h.authority !== '') pos = this.field(this.authorityEntry, h.authority, pos);
    if (h.protocol !== '') pos = this.field(this.entry(':protocol'), h.protocol, pos);
    return pos;
  }

  private status(status: number, pos: number): number {
    pos = this.room(pos, 16);
    const buf = this.buf;
    switch (status) {
      case 200:
        buf[pos++] = 0x88;
        return pos;
      case 204:
        buf[pos++] = 0x89;
        return pos;
      case 206:
        buf[pos++] = 0x8a;
        return pos;
      case 304:
        buf[pos++] = 0x8b;
        return pos;
      case 400:
        buf[pos++] = 0x8c;
        return pos;
      case 404:
        buf[pos++] = 0x8d;
        return pos;
      case 500:
        buf[pos++] = 0x8e;
        return pos;
      default:
        return this.field(this.entry(':status'), String(status), pos);
    }
  }

  private entry(name: string): NameEntry {
    let e = this.entries.get(name);
    if (e === undefined) {
      e = new NameEntry(name);
      if (this.entries.size >= MAX_NAMES) this.entries.clear();
      if (name.length <= MAX_INDEXED_VALUE) this.entries.set(name, e);
    }
    return e;
  }

  private field(e: NameEntry, value: string, pos: number): number {
    // Index or flags with at most 5 bytes of integer, and two string lengths.
    pos = this.room(pos, e.name.length + value.length + 16);
    if (e.policy !== INDEX) {
      if (e.policy === DROP) return pos;
      if (e.policy === TE && value !== 'trailers') return pos;
      if (e.policy === NEVER || (e.policy === COOKIE && value.length < SHORT_COOKIE)) {
        return this.plain(e, value, 0x10, pos);
      }
      if (e.policy === PLAIN) return this.plain(e, value, 0, pos);
    }
    if (e.lastId >= this.evicted && e.lastValue === value) {
      return this.indexed(STATIC_ENTRIES + this.inserted - e.lastId, pos);
    }
    const values = e.values;
    let at = 0;
    while (at < VALUES && values[at] !== value) at++;
    if (at < VALUES) {
      const id = e.ids[at];
      e.last = at;
      e.lastValue = value;
      e.lastId = id;
      if (id >= this.evicted) return this.indexed(STATIC_ENTRIES + this.inserted - id, pos);
      // An empty slot looks like the empty value: harmless, that value is then indexed at first sight.
      if (value === e.staticValue && value !== '') return this.indexed(e.staticIndex, pos);
      if (value.length > MAX_INDEXED_VALUE) return this.plain(e, value, 0, pos);
      return this.insert(e, value, at, pos);
    }
    at = e.next === e.last ? (e.next + 1) & (VALUES - 1) : e.next;
    e.next = (at + 1) & (VALUES - 1);
    const known = e.nameId >= this.evicted;
    // Long values would only make this memory grow.
    if (value.length > MAX_INDEXED_VALUE) return this.plain(e, value, 0, pos);
    const fresh = e.nameId < 0;
    values[at] = value;
    e.ids[at] = -1;
    if (value === e.staticValue && value !== '') {
      return this.indexed(e.staticIndex, pos);
    }
    if (fresh || (!known && e.staticIndex === 0)) {
      return this.insert(e, value, at, pos);
    }
    return this.plain(e, value, 0, pos);
  }

  private indexed(index: number, pos: number): number {
    if (index < 0x7f) {
      this.buf[pos] = 0x80 | index;
      return pos + 1;
    }
    return integer(this.buf, index, 0x80, 0x7f, pos);
  }

  /** A literal that does not enter the table: `flags` 0 without indexing, 0x10 never indexed. */
  private plain(e: NameEntry, value: string, flags: number, pos: number): number {
    pos = this.name(e, flags, 0x0f, pos);
    return string(this.buf, value, pos);
  }

  private insert(e: NameEntry, value: string, at: number, pos: number): number {
    const bytes = e.name.length + value.length + ENTRY_OVERHEAD;
    // One entry must not displace half of the table.
    if (bytes * 2 > this.maxSize) return this.plain(e, value, 0, pos);
    pos = this.name(e, 0x40, 0x3f, pos);
    pos = string(this.buf, value, pos);
    this.evict(bytes);
    if (this.inserted - this.evicted === this.sizes.length) this.grow();
    this.sizes[this.inserted & (this.sizes.length - 1)] = bytes;
    this.size += bytes;
    const id = this.inserted++;
    e.ids[at] = id;
    e.last = at;
    e.lastValue = value;
    e.lastId = id;
    e.nameId = id;
    return pos;
  }

  private name(e: NameEntry, flags: number, mask: number, pos: number): number {
    let index = e.staticIndex;
    if (index === 0 && e.nameId >= this.evicted) index = STATIC_ENTRIES + this.inserted - e.nameId;
    if (index > 0) {
      if (index < mask) {
        this.buf[pos] = flags | index;
        return pos + 1;
      }
      return integer(this.buf, index, flags, mask, pos);
    }
    this.buf[pos] = flags;
    return string(this.buf, e.name, pos + 1);
  }

  private sizeUpdates(pos: number): number {
    pos = this.room(pos, 16);
    if (this.pendingMin < this.maxSize) pos = integer(this.buf, this.pendingMin, 0x20, 0x1f, pos);
    pos = integer(this.buf, this.maxSize, 0x20, 0x1f, pos);
    this.pendingMin = -1;
    return pos;
  }

  private evict(more: number): void {
    while (this.size + more > this.maxSize && this.evicted < this.inserted) {
      this.size -= this.sizes[this.evicted & (this.sizes.length - 1)];
      this.evicted++;
    }
  }

  private grow(): void {
    const old = this.sizes;
    const grown = new Uint32Array(old.length * 2);
    for (let id = this.evicted; id < this.inserted; id++) {
      grown[id & (grown.length - 1)] = old[id & (old.length - 1)];
    }
    this.sizes = grown;
  }

  /** Make sure `n` bytes can be written at `pos`, moving the block begun so far to a larger buffer if they cannot. */
  private room(pos: number, n: number): number {
    if (this.buf.length - pos < n) {
      const larger = Buffer.allocUnsafeSlow((pos + n) * 2);
      this.buf.copy(larger, this.blockStart, this.blockStart, pos);
      this.buf = larger;
    }
    return pos;
  }
}

const EMPTY = Buffer.alloc(0);

/** A prefixed integer, RFC 7541 section 5.1. */
function integer(buf: Buffer, n: number, flags: number, mask: number, pos: number): number {
  if (n < mask) {
    buf[pos++] = flags | n;
    return pos;
  }
  buf[pos++] = flags | mask;
  n -= mask;
  while (n >= 0x80) {
    buf[pos++] = (n & 0x7f) | 0x80;
    n >>>= 7;
  }
  buf[pos++] = n;
  return pos;
}

function string(buf: Buffer, text: string, pos: number): number {
  const n = text.length;
  if (n < 0x7f) {
    buf[pos++] = n;
  } else {
    if (n > MAX_UNCODED) {
      const coded = huffmanLength(text);
      if (coded < n) return huffmanEncode(text, buf, integer(buf, coded, 0x80, 0x7f, pos));
    }
    pos = integer(buf, n, 0, 0x7f, pos);
  }
  if (n <= LOOP_CHARS) {
    for (let i = 0; i < n; i++) buf[pos + i] = text.charCodeAt(i);
  } else {
    (buf as Latin1Buffer).latin1Write(text, pos, n);
  }
  return pos + n;
}
