/**
 * Replies that came before their turn, by sequence number: with several hosts, when an answer given here overtakes
 * one that is still upstream, and the elements of an array until it is whole. Empty, and without memory of its own, for a client whose requests
 * all go to one host.
 */

import { heldMemory } from '../platform/held-memory.ts';
import type { Latin1Buffer } from '../platform/latin1.ts';
import { copyBytes, LENT_BYTES, own } from '../platform/lent.ts';
import type { Connection } from '../transport/connection.ts';

const FIRST_CAPACITY = 16;
/** Bytes of the block that a window's small replies share. */
const BLOCK_BYTES = 4096;
/** Windows up to this many places serve again, and so many of them wait for it. */
const KEPT_CAPACITY = 256;
const MAX_SPARE = 32;

/** Places of a power of two, a reply's is its number modulo that: bytes [starts, ends) of its buffer. */
class Window {
  slots: (Buffer | null)[];
  starts: Int32Array;
  ends: Int32Array;
  readonly block: Latin1Buffer;
  used: number;

  constructor() {
    this.slots = new Array(FIRST_CAPACITY).fill(null);
    this.starts = new Int32Array(FIRST_CAPACITY);
    this.ends = new Int32Array(FIRST_CAPACITY);
    this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES) as Latin1Buffer;
    this.used = 0;
  }

  set(seq: number, buf: Buffer, at: number, to: number): void {
    const i = seq & (this.slots.length - 1);
    this.slots[i] = buf;
    this.starts[i] = at;
    this.ends[i] = to;
  }

  grow(head: number, window: number): void {
    const { slots, starts, ends } = this;
    let capacity = slots.length;
    while (capacity < window) capacity *= 2;
    this.slots = new Array(capacity).fill(null);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    for (let k = 0; k < slots.length; k++) {
      const seq = (head + k) | 0;
      const i = seq & (slots.length - 1);
      const buf = slots[i];
      if (buf !== null) this.set(seq, buf, starts[i], ends[i]);
    }
  }
}
const spare: Window[] = [];

export class ReplyHold {
  bytes: number;
  count: number;
  private window: Window | null;

  constructor() {
    this.bytes = 0;
    this.count = 0;
    this.window = null;
  }

  /** `head` and `tail`: the numbers outstanding, `seq` among them. `buf[at, to)` may be lent. */
  put(head: number, tail: number, seq: number, buf: Buffer, at: number, to: number): void {
    const n = to - at;
    const w = this.place(head, tail, n);
    const { used } = w;
    if (n <= LENT_BYTES && used + n <= BLOCK_BYTES) {
      copyBytes(buf, at, to, w.block, used);
      w.used = used + n;
      w.set(seq, w.block, used, used + n);
    } else {
      w.set(seq, own(buf, at, to), 0, n);
    }
  }

  /** latin1 */
  putText(head: number, tail: number, seq: number, text: string): void {
    const n = text.length;
    const w = this.place(head, tail, n);
    const { used } = w;
    if (used + n <= BLOCK_BYTES) {
      w.block.latin1Write(text, used, n);
      w.used = used + n;
      w.set(seq, w.block, used, used + n);
    } else {
      w.set(seq, Buffer.from(text, 'latin1'), 0, n);
    }
  }

  private place(head: number, tail: number, bytes: number): Window {
    this.window ??= spare.pop() ?? new Window();
    const outstanding = (tail - head) | 0;
    if (outstanding > this.window.slots.length) this.window.grow(head, outstanding);
    this.bytes += bytes;
    heldMemory.add(bytes);
    this.count++;
    return this.window;
  }

  /** The reply with this number is written, if it is here; false if not. */
  pass(seq: number, conn: Connection): boolean {
    const w = this.window;
    if (w === null) return false;
    const i = seq & (w.slots.length - 1);
    const buf = w.slots[i];
    if (buf === null) return false;
    w.slots[i] = null;
    const n = w.ends[i] - w.starts[i];
    this.bytes -= n;
    heldMemory.add(-n);
    if (buf === w.block) conn.writeBytes(buf, w.starts[i], w.ends[i]);
    else conn.write(buf);
    if (--this.count === 0) this.leave(w);
    return true;
  }

  clear(): void {
    heldMemory.add(-this.bytes);
    this.bytes = 0;
    this.count = 0;
    this.window = null;
  }

  private leave(w: Window): void {
    this.window = null;
    w.used = 0;
    if (w.slots.length <= KEPT_CAPACITY && spare.length < MAX_SPARE) spare.push(w);
  }
}
