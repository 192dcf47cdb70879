/** gRPC's framing of messages (PROTOCOL-HTTP2.md, Length-Prefixed-Message): a flag and a length before each. Mirrors Grpc::Decoder. */

export const FRAME_HEAD_BYTES = 5;
const NOTHING = Buffer.alloc(0);

export function frame(message: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(FRAME_HEAD_BYTES + message.length);
  out[0] = 0;
  out.writeUInt32BE(message.length, 1);
  out.set(message, FRAME_HEAD_BYTES);
  return out;
}

/** What is wrong with the bytes. */
export type FrameFault = 'malformed' | 'too large';

export class FrameReader {
  private readonly limit: number;
  private rest: Buffer[] = [];
  private bytes = 0;
  /** Bytes of the frame that has begun, head included; -1 where its head has not come whole. */
  private wanted = -1;

  /** `limit`: bytes of a message. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes kept of a message that is not whole. */
  get held(): number {
    return this.bytes;
  }

  /** Gives each message that is whole with `data`. A message that is compressed is none: nobody has asked for it. */
  push(data: Buffer, onMessage: (message: Buffer) => void): FrameFault | null {
    this.rest.push(data);
    this.bytes += data.length;
    for (;;) {
      if (this.wanted < 0) {
        if (this.bytes < FRAME_HEAD_BYTES) return null;
        const head = this.joined();
        if (head[0] > 1) return 'malformed';
        const length = head.readUInt32BE(1);
        if (length > this.limit) return 'too large';
        if (length > 0 && head[0] !== 0) return 'malformed';
        this.wanted = FRAME_HEAD_BYTES + length;
      }
      if (this.bytes < this.wanted) return null;
      const all = this.joined();
      const message = all.subarray(FRAME_HEAD_BYTES, this.wanted);
      this.rest = [all.subarray(this.wanted)];
      this.bytes -= this.wanted;
      this.wanted = -1;
      onMessage(message);
    }
  }

  drop(): void {
    this.rest = [];
    this.bytes = 0;
  }

  private joined(): Buffer {
    if (this.rest.length === 1) return this.rest[0];
    const all = this.rest.length === 0 ? NOTHING : Buffer.concat(this.rest, this.bytes);
    this.rest = [all];
    return all;
  }
}
