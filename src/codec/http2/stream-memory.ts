/**
 * Remembers streams that are gone, so that a late frame can be told from a wrong one: after our RST_STREAM the peer may still have
 * sent something (ignore it), after both sides ended it may not (STREAM_CLOSED), and a number never used is a protocol error.
 * Bounded; looked into only when a frame has no stream.
 */

/** Streams that ended by themselves or were reset by the peer (power of two). */
const ENDED = 128;
/** Streams we reset: remembered longer, frames for them may be on their way (power of two). */
const RESET = 1024;

export class StreamMemory {
  private readonly ended: Int32Array;
  private endedAt: number;
  private reset: Int32Array | null;
  private resetAt: number;

  constructor() {
    this.ended = new Int32Array(ENDED);
    this.endedAt = 0;
    this.reset = null;
    this.resetAt = 0;
  }

  addEnded(id: number): void {
    this.ended[this.endedAt++ & (ENDED - 1)] = id;
  }

  /** Frames for it are nobody's fault from now on. */
  addReset(id: number): void {
    this.reset ??= new Int32Array(RESET);
    this.reset[this.resetAt++ & (RESET - 1)] = id;
  }

  wasEnded(id: number): boolean {
    return this.ended.includes(id);
  }

  wasReset(id: number): boolean {
    return this.reset?.includes(id) ?? false;
  }
}
