/** Keeps the fragments of a header block that is spread over HEADERS and CONTINUATION frames, within bounds (CVE-2024-27983 and its kin). */

/** Frames one block may be spread over: HEADERS and 512 continuations, as Envoy sets for nghttp2. */
const MAX_FRAMES = 513;
/** Coded bytes kept, at the least; the limit grows with the configured size of header lists. */
const MIN_BYTES = 256 * 1024;

export class BlockParts {
  /** Stream whose block is incomplete, 0 for none. */
  streamId: number;
  endStream: boolean;
  private parts: Buffer[];
  private bytes: number;
  private frames: number;
  private readonly maxBytes: number;

  constructor(maxHeadersBytes: number) {
    this.streamId = 0;
    this.endStream = false;
    this.parts = [];
    this.bytes = 0;
    this.frames = 0;
    this.maxBytes = Math.max(MIN_BYTES, maxHeadersBytes * 2);
  }

  begin(streamId: number, endStream: boolean): void {
    this.streamId = streamId;
    this.endStream = endStream;
    this.bytes = 0;
    this.frames = 0;
  }

  /** False: too many frames or bytes. */
  add(buf: Buffer, pos: number, end: number): boolean {
    this.bytes += end - pos;
    if (++this.frames > MAX_FRAMES || this.bytes > this.maxBytes) return false;
    // A copy: a slice would pin the chunk it came in, and the reader's own buffer is used again.
    if (end > pos) this.parts.push(Buffer.from(buf.subarray(pos, end)));
    return true;
  }

  /** The whole block; none is incomplete afterwards. */
  take(): Buffer {
    const whole = Buffer.concat(this.parts, this.bytes);
    this.parts = [];
    this.streamId = 0;
    return whole;
  }
}
