/** Test doubles: an output that keeps or forwards what a codec writes, and decoders that note what they are told. */
import type { Headers } from '../../../src/codec/headers.ts';
import type { CodecOutput, ResetReason, StreamDecoder, StreamEncoder } from '../../../src/codec/http.ts';
import { Http2CodecStats } from '../../../src/codec/http2/stats.ts';
import { Store } from '../../../src/stats/store.ts';

/** Keeps everything written; `held` plays bytes the kernel has not taken. */
export class MemoryOutput implements CodecOutput {
  chunks: Buffer[] = [];
  held = 0;
  get bufferedBytes(): number {
    return this.held;
  }
  write(data: Buffer): void {
    this.chunks.push(data);
  }
  writeLatin1(data: string): void {
    this.chunks.push(Buffer.from(data, 'latin1'));
  }
  /** All bytes since the last call. */
  take(): Buffer {
    const all = Buffer.concat(this.chunks);
    this.chunks = [];
    return all;
  }
}

/** A stream's callbacks as lines of text. */
export class NotingDecoder implements StreamDecoder {
  readonly notes: string[] = [];
  body = Buffer.alloc(0);
  headers: Headers | null = null;
  trailers: Headers | null = null;
  encoder: StreamEncoder | null = null;
  ended = false;
  onEnd: (() => void) | null = null;

  on1xx(headers: Headers): void {
    this.notes.push(`1xx ${headers.status}`);
  }
  onHeaders(headers: Headers, endStream: boolean): void {
    this.headers = headers;
    this.notes.push(`headers${endStream ? ' end' : ''}`);
    if (endStream) this.end();
  }
  onData(data: Buffer, endStream: boolean): void {
    this.body = Buffer.concat([this.body, data]);
    this.notes.push(`data ${data.length}${endStream ? ' end' : ''}`);
    if (endStream) this.end();
  }
  onTrailers(trailers: Headers): void {
    this.trailers = trailers;
    this.notes.push('trailers');
    this.end();
  }
  onReset(reason: ResetReason, detail: string): void {
    this.notes.push(`reset ${reason}${detail === '' ? '' : ` ${detail}`}`);
  }
  onAboveWriteBuffer(): void {
    this.notes.push('above');
  }
  onBelowWriteBuffer(): void {
    this.notes.push('below');
  }
  private end(): void {
    this.ended = true;
    this.onEnd?.();
  }
}

export function codecStats(): Http2CodecStats {
  return new Http2CodecStats(new Store());
}
