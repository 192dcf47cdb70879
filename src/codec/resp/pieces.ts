/**
 * Bytes of one message that arrives over many reads: large pieces are kept as they are, small ones are gathered, so that
 * a peer sending byte by byte costs its bytes and not an object for each.
 */
import { heldMemory } from '../../platform/held-memory.ts';
import { BLOCK_BYTES, takeBlock } from '../../platform/lent.ts';

/** Pieces below are copied together. */
const SMALL = 2048;
const FIRST_CAPACITY = 256;
const MAX_CAPACITY = 16 * 1024;

export class Pieces {
  bytes: number;
  /** More is parked in all than may be (platform/held-memory.ts): better to give these up. */
  tooMuch: boolean;
  private list: Buffer[];
  private gather: Buffer | null;
  private gathered: number;
  private block: Buffer | null;
  private blockUsed: number;

  constructor() {
    this.bytes = 0;
    this.tooMuch = false;
    this.list = [];
    this.gather = null;
    this.gathered = 0;
    this.block = null;
    this.blockUsed = 0;
  }

  add(piece: Buffer): void {
    const n = piece.length;
    if (n === 0) return;
    this.bytes += n;
    if (heldMemory.park(n)) this.tooMuch = true;
    if (n >= SMALL) {
      this.seal();
      this.list.push(piece);
      return;
    }
    let g = this.gather;
    if (g === null || g.length - this.gathered < n) {
      const used = this.gathered;
      if (g !== null && g.length >= MAX_CAPACITY) {
        this.seal();
        g = null;
      }
      const wider = Buffer.allocUnsafeSlow(g === null ? FIRST_CAPACITY * 8 : Math.min(MAX_CAPACITY, g.length * 4));
      if (g !== null) g.copy(wider, 0, 0, used);
      this.gather = g = wider;
    }
    piece.copy(g, this.gathered);
    this.gathered += n;
  }

  /** `buf[from, to)` of a chunk that is lent in bulk, into blocks (platform/lent.ts). */
  addLent(buf: Buffer, from: number, to: number): void {
    this.bytes += to - from;
    if (heldMemory.park(to - from)) this.tooMuch = true;
    this.seal();
    for (let at = from; at < to; ) {
      if (this.block === null || this.blockUsed === BLOCK_BYTES) {
        this.block = takeBlock();
        this.blockUsed = 0;
      }
      const n = Math.min(to - at, BLOCK_BYTES - this.blockUsed);
      buf.copy(this.block, this.blockUsed, at, at + n);
      this.list.push(this.block.subarray(this.blockUsed, this.blockUsed + n));
      this.blockUsed += n;
      at += n;
    }
  }

  /** All pieces in order; the list is the caller's and this one is empty again. */
  take(): Buffer[] {
    this.seal();
    const list = this.list;
    this.list = [];
    this.block = null;
    heldMemory.park(-this.bytes);
    this.bytes = 0;
    this.tooMuch = false;
    return list;
  }

  clear(): void {
    this.list = [];
    this.block = null;
    heldMemory.park(-this.bytes);
    this.bytes = 0;
    this.tooMuch = false;
    this.gather = null;
    this.gathered = 0;
  }

  private seal(): void {
    if (this.gather !== null && this.gathered > 0) this.list.push(this.gather.subarray(0, this.gathered));
    this.gather = null;
    this.gathered = 0;
  }
}
