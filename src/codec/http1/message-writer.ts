/**
 * Writes one message body by the framing its head announced, and never anything that would not match it: what a length
 * does not cover is dropped and reported, so that a broken message cannot spill into the next one.
 */

import { writeBody } from '../body-output.ts';
import type { BytesMeter } from '../bytes-meter.ts';
import type { CodecOutput } from '../http.ts';
import { CHUNK_END_AND_LAST, CRLF, encodeTrailerFields, LAST_CHUNK } from './encode.ts';

const NONE = 0;
const CHUNKED = 1;
const LENGTH = 2;
/** Until close, or raw behind an upgrade. */
const RAW = 3;

export class MessageWriter {
  private readonly out: CodecOutput;
  private mode: number;
  private left: number;
  /** More or less was written than the head announced: the connection must not be used further. */
  broken: boolean;
  /** Of the message being written; null where nobody counts. */
  meter: BytesMeter | null;

  constructor(out: CodecOutput) {
    this.out = out;
    this.mode = NONE;
    this.left = 0;
    this.broken = false;
    this.meter = null;
  }

  /** The message has no body; one that is written all the same is swallowed. */
  startNone(): void {
    this.mode = NONE;
  }
  startChunked(): void {
    this.mode = CHUNKED;
  }
  startLength(bytes: number): void {
    this.mode = LENGTH;
    this.left = bytes;
  }
  startRaw(): void {
    this.mode = RAW;
  }

  data(data: Buffer, end: boolean): void {
    const n = data.length;
    if (n > 0) {
      if (this.meter !== null) this.measure(this.meter, n, end);
      switch (this.mode) {
        case CHUNKED:
          this.out.writeLatin1(n.toString(16) + CRLF);
          writeBody(this.out, data, n);
          this.out.writeLatin1(end ? CHUNK_END_AND_LAST : CRLF);
          return;
        case LENGTH:
          if (n > this.left) {
            this.broken = true;
            if (this.left > 0) writeBody(this.out, data, this.left);
            this.left = 0;
          } else {
            this.left -= n;
            writeBody(this.out, data, n);
          }
          break;
        case RAW:
          writeBody(this.out, data, n);
          break;
      }
    }
    if (end) this.end();
  }

  end(): void {
    if (this.mode === CHUNKED) {
      if (this.meter !== null) this.meter.wireSent += LAST_CHUNK.length;
      this.out.writeLatin1(LAST_CHUNK);
    }
    if (this.mode === LENGTH && this.left > 0) this.broken = true;
  }

  trailers(list: readonly string[], enabled: boolean): void {
    if (this.mode !== CHUNKED || !enabled || list.length === 0) {
      this.end();
      return;
    }
    const text = encodeTrailerFields(list);
    if (this.meter !== null) this.meter.sentTrailers(text);
    this.out.writeLatin1(text);
  }

  /** `n` > 0 bytes of body, as they are about to be framed. */
  private measure(meter: BytesMeter, n: number, end: boolean): void {
    if (this.mode === CHUNKED) {
      meter.wireSent += n.toString(16).length + CRLF.length + n + (end ? CHUNK_END_AND_LAST : CRLF).length;
    } else if (this.mode === LENGTH) {
      meter.wireSent += Math.min(n, this.left);
    } else if (this.mode === RAW) {
      meter.wireSent += n;
    }
  }
}
