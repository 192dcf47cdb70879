/**
 * Memory in which a connection's small writes are joined just before the system call. One for the process: a write that the kernel
 * takes at once, as nearly all are, is done with it when the call returns.
 */

/** Node's Buffer has this; its types do not say so. */
export type LatinBuffer = Buffer & { latin1Write(text: string, at: number, length: number): number };

export class WriteScratch {
  buffer: LatinBuffer;
  private readonly size: number;
  /** Beginnings of the buffer by their length, made when first asked for: an object less per write. */
  private views: (Buffer | undefined)[];

  /** `size`: bytes that fit, and the longest write whose view is kept. */
  constructor(size: number) {
    this.size = size;
    this.buffer = Buffer.allocUnsafeSlow(size) as LatinBuffer;
    this.views = [];
  }

  /** The first `n` bytes, n ≤ size. */
  view(n: number): Buffer {
    let view = this.views[n];
    if (view === undefined) {
      view = this.buffer.subarray(0, n);
      this.keep(n, view);
    }
    return view;
  }

  private keep(n: number, view: Buffer): void {
    if (this.size > MAX_KEPT) return;
    if (this.views.length === 0) this.views = new Array(this.size + 1).fill(undefined);
    this.views[n] = view;
  }

  /** The kernel did not take all of the last write: its bytes must stay as they are. */
  abandon(): void {
    this.buffer = Buffer.allocUnsafeSlow(this.size) as LatinBuffer;
    this.views = [];
  }
}

/** A scratch with more bytes keeps no views: long writes are rare enough, and of every length. */
const MAX_KEPT = 2048;

/** Most writes; a peer that does not read keeps one of these alive, not more. */
const small = new WriteScratch(MAX_KEPT);
/** Up to this many bytes are joined; what is longer goes out as a vector. */
export const JOIN_LIMIT = 32 * 1024;
const large = new WriteScratch(JOIN_LIMIT);

/** The scratch for a write of `n` bytes, n ≤ JOIN_LIMIT. */
export function scratchFor(n: number): WriteScratch {
  return n <= MAX_KEPT ? small : large;
}
