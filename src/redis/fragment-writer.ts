/** Writes the parts of split requests: small words are copied together, one write per upstream connection; large ones are slices. */
import { copyBytes, copyOf, LENT_BYTES } from '../platform/lent.ts';
import type { Connection } from '../transport/connection.ts';

const SCRATCH = 64 * 1024;
/** Words longer than this are forwarded as slices of what was read. */
const COPY_LIMIT = 4096;

/** What a part of a request is put together in. */
export interface PartSink {
  /** latin1 */
  text(text: string): void;
  bytes(b: Buffer, from: number, to: number): void;
}

/** A part that may have to be sent again: bytes of its own. */
export class KeptPart implements PartSink {
  private readonly pieces: Buffer[] = [];
  text(text: string): void {
    this.pieces.push(Buffer.from(text, 'latin1'));
  }
  bytes(b: Buffer, from: number, to: number): void {
    this.pieces.push(b.subarray(from, to));
  }
  whole(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

/** Where a part of a request goes: an upstream connection. */
export interface FragmentSink {
  readonly conn: Connection;
  /** `n` requests were written. */
  countRequests(n: number): void;
}

export class FragmentWriter implements PartSink {
  private client: FragmentSink | null;
  private requests: number;
  private used: number;
  /** Where the request begun last begins; -1: some of it is gone already. */
  private partFrom: number;
  private scratch: Buffer;

  constructor() {
    this.client = null;
    this.requests = 0;
    this.used = 0;
    this.partFrom = 0;
    this.scratch = NONE;
  }

  /** Begin a request to `client`. */
  begin(client: FragmentSink): void {
    if (client !== this.client) {
      this.flush();
      this.client = client;
    }
    this.requests++;
    this.partFrom = this.used;
    if (this.scratch === NONE) this.scratch = Buffer.allocUnsafeSlow(SCRATCH);
  }

  text(text: string): void {
    if (this.used + text.length > SCRATCH) this.spill();
    this.used += this.scratch.write(text, this.used, 'latin1');
  }

  bytes(b: Buffer, from: number, to: number): void {
    const n = to - from;
    if (n > COPY_LIMIT) {
      this.spill();
      this.client!.conn.writeBytes(b, from, to);
      return;
    }
    if (this.used + n > SCRATCH) this.spill();
    copyBytes(b, from, to, this.scratch, this.used);
    this.used += n;
  }

  /** The request begun last, to keep; null where it has not stayed in one piece. */
  part(): Buffer | null {
    return this.partFrom < 0 ? null : copyOf(this.scratch, this.partFrom, this.used);
  }

  flush(): void {
    if (this.client === null) return;
    this.spill();
    this.client.countRequests(this.requests);
    this.client = null;
    this.requests = 0;
  }

  private spill(): void {
    const { used, scratch } = this;
    this.partFrom = -1;
    if (used === 0) return;
    const { conn } = this.client!;
    // So few bytes are copied there.
    if (used <= LENT_BYTES) conn.writeBytes(scratch, 0, used);
    else conn.write(copyOf(scratch, 0, used));
    this.used = 0;
  }
}

const NONE = Buffer.alloc(0);
