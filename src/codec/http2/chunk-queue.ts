/**
 * Body bytes that wait: for window on the way out, for a reader on the way in. Large slices are kept as they are; small ones are
 * copied together, because a queue of one-byte slices would cost a hundred times its bytes and pin a read buffer for each.
 */

/** Slices up to this size are copied. */
const COPY_LIMIT = 2048;
const TAIL_BYTES = 4096;

export class ChunkQueue {
  private chunks: Buffer[];
  private at: number;
  private tail: Buffer | null;
  private tailStart: number;
  private tailEnd: number;
  bytes: number;

  constructor() {
    this.chunks = [];
    this.at = 0;
    this.tail = null;
    this.tailStart = 0;
    this.tailEnd = 0;
    this.bytes = 0;
  }

  push(data: Buffer): void {
    const n = data.length;
    this.bytes += n;
    if (n > COPY_LIMIT) {
      this.seal();
      this.chunks.push(data);
      return;
    }
    if (this.tail === null || this.tail.length - this.tailEnd < n) {
      this.seal();
      this.tail = Buffer.allocUnsafeSlow(TAIL_BYTES);
      this.tailStart = this.tailEnd = 0;
    }
    this.tail.set(data, this.tailEnd);
    this.tailEnd += n;
  }

  /** The first bytes, at most `max`; the queue must not be empty. */
  take(max: number): Buffer {
    if (this.at === this.chunks.length) this.seal();
    const head = this.chunks[this.at];
    if (head.length > max) {
      this.chunks[this.at] = head.subarray(max);
      this.bytes -= max;
      return head.subarray(0, max);
    }
    this.bytes -= head.length;
    this.at++;
    if (this.at === this.chunks.length) {
      this.chunks = [];
      this.at = 0;
    } else if (this.at >= 64) {
      this.chunks.splice(0, this.at);
      this.at = 0;
    }
    return head;
  }

  private seal(): void {
    if (this.tail !== null && this.tailEnd > this.tailStart) {
      this.chunks.push(this.tail.subarray(this.tailStart, this.tailEnd));
      this.tailStart = this.tailEnd;
    }
  }
}
