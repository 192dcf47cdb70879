/**
 * Memory in which a connection's small writes are joined just before the system call. One for the process: a write that the kernel
 * takes at once, as nearly all are, is done with it when the call returns.
 */

import type { Latin1Buffer } from '../platform/latin1.ts';
import { PrefixViews } from '../platform/prefix-views.ts';

/** Longer writes are rare enough, and of every length: no views of them are kept. */
export const MAX_KEPT = 2048;

export class WriteScratch {
  buffer!: Latin1Buffer;
  private readonly size: number;
  private readonly kept: number;
  private views!: PrefixViews;

  /** `size`: bytes that fit. `kept`: bytes of the longest write whose view is kept. */
  constructor(size: number, kept: number) {
    this.size = size;
    this.kept = kept;
    this.abandon();
  }

  /** The first `n` bytes, n ≤ size. */
  view(n: number): Buffer {
    return this.views.first(n);
  }

  /** The kernel did not take all of the last write: its bytes must stay as they are. */
  abandon(): void {
    this.buffer = Buffer.allocUnsafeSlow(this.size) as Latin1Buffer;
    this.views = new PrefixViews(this.buffer, this.kept);
  }
}

/** Most writes; a peer that does not read keeps one of these alive, not more. */
const small = new WriteScratch(MAX_KEPT, MAX_KEPT);
/** Up to this many bytes are joined; what is longer goes out as a vector. */
export const JOIN_LIMIT = 32 * 1024;
const large = new WriteScratch(JOIN_LIMIT, 0);

/** The scratch for a write of `n` bytes, n ≤ JOIN_LIMIT. */
export function scratchFor(n: number): WriteScratch {
  return n <= MAX_KEPT ? small : large;
}
