/**
 * Runs a message through more than one filter in one direction, with stopping, holding and going on. Streams whose chain is
 * the router alone never make one. Mirrors the iteration rules of Envoy's FilterManager (source/common/http/filter_manager.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import { CONTINUE, type FilterStatus, type HttpFilter, STOP_AND_BUFFER, STOP_NO_BUFFER } from './filter.ts';

/** Where a message goes that has passed all filters, and who pauses its source when too much is held. */
export interface ChainSink {
  chainHeaders(headers: Headers, endStream: boolean): void;
  chainData(data: Buffer, endStream: boolean): void;
  chainTrailers(trailers: Headers): void;
  /** The held body passed the buffer limit: 413 or 500. */
  chainOverflow(): void;
}

export class FilterChain {
  private readonly filters: readonly (HttpFilter | null)[];
  private readonly decode: boolean;
  private readonly sink: ChainSink;
  private readonly limit: number;
  /** Index of the filter that stopped the message, -1 when it flows. */
  private stoppedAt: number;
  /** The stopping filter asked for nothing more until it goes on. */
  private stopAll: boolean;
  /** Filters below this index have seen the headers. */
  private headersSeen: number;
  private headers: Headers | null;
  private trailers: Headers | null;
  private held: Buffer[];
  private heldBytes: number;
  /** The message's last piece has arrived. */
  private ended: boolean;
  /** Index of the filter a call is running in, -1 outside: CONTINUE is then handled by the caller. */
  private running: number;
  private dead: boolean;

  /** `filters` in the order the message meets them; null where one has nothing for this direction. */
  constructor(filters: readonly (HttpFilter | null)[], decode: boolean, sink: ChainSink, bufferLimit: number) {
    this.filters = filters;
    this.decode = decode;
    this.sink = sink;
    this.limit = bufferLimit;
    this.stoppedAt = -1;
    this.stopAll = false;
    this.headersSeen = 0;
    this.headers = null;
    this.trailers = null;
    this.held = [];
    this.heldBytes = 0;
    this.ended = false;
    this.running = -1;
    this.dead = false;
  }

  /** The stream is gone: nothing is delivered any more. */
  destroy(): void {
    this.dead = true;
    this.held = [];
  }

  onHeaders(headers: Headers, endStream: boolean): void {
    this.headers = headers;
    this.ended = endStream;
    this.runHeaders(0);
  }

  /** True when the headers passed every filter from `from` on. */
  private runHeaders(from: number): boolean {
    const headers = this.headers as Headers;
    // What is held or yet to come follows: only the headers alone can end the message.
    const end = this.ended && this.held.length === 0 && this.trailers === null;
    for (let i = from; i < this.filters.length; i++) {
      const f = this.filters[i];
      this.headersSeen = i + 1;
      if (f === null) continue;
      this.running = i;
      const status = this.decode
        ? (f.decodeHeaders?.(headers, end) ?? CONTINUE)
        : (f.encodeHeaders?.(headers, end) ?? CONTINUE);
      this.running = -1;
      if (this.dead) return false;
      if (status !== CONTINUE) {
        this.stoppedAt = i;
        this.stopAll = status === STOP_AND_BUFFER;
        return false;
      }
    }
    this.headersSeen = this.filters.length;
    this.sink.chainHeaders(headers, end);
    return !this.dead;
  }

  onData(data: Buffer, endStream: boolean): void {
    if (this.dead) return;
    this.ended = endStream;
    this.runData(0, data, endStream);
  }

  private runData(from: number, data: Buffer, endStream: boolean): void {
    for (let i = from; i < this.filters.length; i++) {
      const f = this.filters[i];
      const stopped = this.stoppedAt === i;
      if (stopped && this.stopAll) {
        this.hold(data);
        return;
      }
      if (f === null) continue;
      this.running = i;
      const status: FilterStatus = this.decode
        ? (f.decodeData?.(data, endStream) ?? (stopped ? STOP_AND_BUFFER : CONTINUE))
        : (f.encodeData?.(data, endStream) ?? (stopped ? STOP_AND_BUFFER : CONTINUE));
      this.running = -1;
      if (this.dead) return;
      if (status === CONTINUE) {
        if (!stopped) continue;
        // The filter lets go: its headers and what is held go first.
        this.hold(data);
        this.goOn(i);
        return;
      }
      if (!stopped) {
        this.stoppedAt = i;
        this.stopAll = false;
      }
      if (status !== STOP_NO_BUFFER) this.hold(data);
      return;
    }
    this.sink.chainData(data, endStream);
  }

  onTrailers(trailers: Headers): void {
    if (this.dead) return;
    this.ended = true;
    this.trailers = trailers;
    this.runTrailers(0);
  }

  private runTrailers(from: number): void {
    const trailers = this.trailers as Headers;
    for (let i = from; i < this.filters.length; i++) {
      const f = this.filters[i];
      const stopped = this.stoppedAt === i;
      if (stopped && this.stopAll) return;
      if (f === null) continue;
      this.running = i;
      const status = this.decode
        ? (f.decodeTrailers?.(trailers) ?? CONTINUE)
        : (f.encodeTrailers?.(trailers) ?? CONTINUE);
      this.running = -1;
      if (this.dead) return;
      if (status !== CONTINUE) {
        this.stoppedAt = i;
        this.stopAll = true;
        return;
      }
      if (stopped) {
        this.goOn(i);
        return;
      }
    }
    this.trailers = null;
    this.sink.chainTrailers(trailers);
  }

  /** A filter asks to go on after a STOP_*. */
  continueFrom(index: number): void {
    if (this.dead || this.stoppedAt !== index || this.running === index) return;
    this.goOn(index);
  }

  private goOn(index: number): void {
    // What was to be let go was too much.
    if (this.dead) return;
    this.stoppedAt = -1;
    this.stopAll = false;
    if (this.headersSeen <= this.filters.length && this.headersSeen === index + 1 && this.headers !== null) {
      if (!this.runHeaders(index + 1)) return;
    }
    if (this.held.length > 0) {
      const body = this.held.length === 1 ? this.held[0] : Buffer.concat(this.held);
      this.held = [];
      this.heldBytes = 0;
      this.runData(index + 1, body, this.ended && this.trailers === null);
      if (this.dead || this.stoppedAt >= 0) return;
    }
    if (this.trailers !== null) this.runTrailers(index + 1);
  }

  private hold(data: Buffer): void {
    if (data.length === 0) return;
    this.held.push(data);
    this.heldBytes += data.length;
    if (this.limit > 0 && this.heldBytes > this.limit) this.sink.chainOverflow();
  }

  /** Inserted by a filter at trailers time, before them. */
  addData(data: Buffer): void {
    this.hold(data);
    if (this.stoppedAt < 0 && this.running >= 0) {
      // The filter itself is passing: its bytes continue behind it at once.
      const body = this.held.length === 1 ? this.held[0] : Buffer.concat(this.held);
      const at = this.running;
      this.held = [];
      this.heldBytes = 0;
      this.runData(at + 1, body, false);
    }
  }

  buffer(): Buffer | null {
    if (this.held.length === 0) return null;
    if (this.held.length > 1) this.held = [Buffer.concat(this.held)];
    return this.held[0];
  }
}
