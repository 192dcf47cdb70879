/**
 * The body of a request that may be sent again: kept as the pieces that came, up to a limit. Only requests that a policy, or their own
 * headers, allow another try have one. Role of the decoding buffer under Router::Filter's retry_shadow_buffer_limit_.
 */
import type { Headers } from '../../codec/headers.ts';
import { heldMemory } from '../../platform/held-memory.ts';

const NOTHING: Buffer[] = [];

export class RequestBuffer {
  private readonly limit: number;
  private pieces: Buffer[] = NOTHING;
  private bytes = 0;
  trailers: Headers | null = null;
  /** More came than may be kept: there is no other try. */
  overflowed = false;

  /** Bytes. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get empty(): boolean {
    return this.bytes === 0 && this.trailers === null;
  }
  get body(): readonly Buffer[] {
    return this.pieces;
  }

  /** False: too much, nothing is kept any more. */
  add(data: Buffer): boolean {
    if (this.bytes + data.length > this.limit) {
      this.overflowed = true;
      this.drop();
      return false;
    }
    if (data.length === 0) return true;
    if (this.pieces === NOTHING) this.pieces = [];
    this.pieces.push(data);
    this.bytes += data.length;
    heldMemory.add(data.length);
    return true;
  }

  drop(): void {
    if (this.bytes > 0) heldMemory.add(-this.bytes);
    this.pieces = NOTHING;
    this.bytes = 0;
    this.trailers = null;
  }
}
