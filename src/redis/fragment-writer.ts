/** Writes the parts of split requests: small words are copied together, one write per upstream connection; large ones are slices. */
import { copyBytes } from '../platform/lent.ts';
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
  private scratch: Buffer;

  constructor() {
    this.client = null;
    this.requests = 0;
    this.used = 0;
    this.scratch = NONE;
  }

  /** Begin a request to `client`. */
  begin(client: FragmentSink): void {
    if (client !== this.client) {
      this.flush();
      this.client = client;
    }
    this.requests++;
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

  flush(): void {
    if (this.client === null) return;
    this.spill();
    this.client.countRequests(this.requests);
    this.client = null;
    this.requests = 0;
  }

  private spill(): void {
    if (this.used === 0) return;
    this.client!.conn.write(Buffer.from(this.scratch.subarray(0, this.used)));
    this.used = 0;
  }
}

const NONE = Buffer.alloc(0);
