/**
 * gRPC frames as grpc-web-text: each frame is base64 of its own, padded at its end, and the texts follow each other. Encoded as bytes come,
 * so that a long frame is not held.
 */

const HEAD_BYTES = 5;

export class FramesAsBase64 {
  /** Bytes of the frame's head so far. */
  private readonly head: Buffer;
  private headBytes: number;
  /** Bytes still to come of the frame's message. */
  private left: number;
  /** Fewer than three bytes of the frame that are not encoded yet. */
  private carry: Buffer;

  constructor() {
    this.head = Buffer.alloc(HEAD_BYTES);
    this.headBytes = 0;
    this.left = 0;
    this.carry = EMPTY;
  }

  /** '' when a group of three is not complete yet. */
  encode(data: Buffer): string {
    let out = '';
    let pos = 0;
    while (pos < data.length) {
      if (this.headBytes < HEAD_BYTES) {
        const n = Math.min(HEAD_BYTES - this.headBytes, data.length - pos);
        data.copy(this.head, this.headBytes, pos, pos + n);
        this.headBytes += n;
        pos += n;
        if (this.headBytes < HEAD_BYTES) break;
        this.left = this.head.readUInt32BE(1);
        out += this.take(Buffer.from(this.head), this.left === 0);
      } else {
        const n = Math.min(this.left, data.length - pos);
        this.left -= n;
        out += this.take(data.subarray(pos, pos + n), this.left === 0);
        pos += n;
      }
      if (this.left === 0) this.headBytes = 0;
    }
    return out;
  }

  private take(bytes: Buffer, last: boolean): string {
    const all = this.carry.length === 0 ? bytes : Buffer.concat([this.carry, bytes]);
    const whole = last ? all.length : all.length - (all.length % 3);
    this.carry = last ? EMPTY : Buffer.from(all.subarray(whole));
    return all.toString('base64', 0, whole);
  }
}

const EMPTY = Buffer.alloc(0);
