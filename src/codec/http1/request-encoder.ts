/** Writes one HTTP/1 request. Role of Envoy's Http1::RequestEncoderImpl (source/common/http/http1/codec_impl.cc). */

import { lasting } from '../../platform/lent.ts';
import type { BytesMeter } from '../bytes-meter.ts';
import type { Headers } from '../headers.ts';
import type { ResetReason, StreamEncoder } from '../http.ts';
import type { Http1ClientCodec } from './client.ts';
import { encoded, encodeFields, framingLine, HEAD_END } from './encode.ts';

/** Bytes held for an upgrade that is not answered yet, before the sender is asked to pause. */
const HELD_HIGH_WATERMARK = 64 * 1024;

export class RequestEncoder implements StreamEncoder {
  private readonly codec: Http1ClientCodec;
  isHead: boolean;
  isConnect: boolean;
  isUpgrade: boolean;
  requestDone: boolean;
  /** Nothing may be written any more. */
  dead: boolean;
  meter: BytesMeter | null;
  private started: boolean;
  /**
   * Data behind an upgrade or CONNECT that the upstream has not accepted yet: sent before that, it could be taken for another
   * request. null when nothing waits.
   */
  private held: Buffer[] | null;
  private heldBytes: number;
  private heldEnd: boolean;
  private readDisables: number;
  private headRead: boolean;

  constructor(codec: Http1ClientCodec) {
    this.codec = codec;
    this.isHead = false;
    this.isConnect = false;
    this.isUpgrade = false;
    this.requestDone = false;
    this.dead = false;
    this.meter = null;
    this.started = false;
    this.held = null;
    this.heldBytes = 0;
    this.heldEnd = false;
    this.readDisables = 0;
    this.headRead = false;
  }

  encode1xx(): void {}

  encodeHeaders(headers: Headers, endStream: boolean): void {
    if (this.dead || this.started) return;
    headers.checkPseudo();
    this.started = true;
    const codec = this.codec;
    const writer = codec.writer;
    writer.meter = this.meter;
    const proper = codec.settings.properCase;
    const method = headers.method;
    this.isHead = method === 'HEAD';
    this.isConnect = method === 'CONNECT';
    const target = this.isConnect
      ? headers.authority
      : codec.settings.sendFullyQualifiedUrl
        ? `${headers.scheme}://${headers.authority}${headers.path}`
        : headers.path;
    const { written } = headers;
    const host =
      written !== null
        ? ' HTTP/1.1' + written.lineStart('host')
        : proper
          ? ' HTTP/1.1\r\nHost: '
          : ' HTTP/1.1\r\nhost: ';
    const head0 = method + ' ' + target + host + headers.authority;
    let head = encodeFields(head0, headers.list, proper, written);
    const length = encoded.contentLength;
    if (encoded.close) codec.reusable = false;
    this.isUpgrade = encoded.upgrade;
    if (this.isConnect || this.isUpgrade) {
      codec.reusable = false;
      this.held = [];
      writer.startRaw();
    } else if (length >= 0) {
      writer.startLength(length);
    } else if (endStream) {
      writer.startNone();
      if (bodyExpected(method)) head += framingLine('content-length', proper, written) + '0';
    } else {
      writer.startChunked();
      head += framingLine('transfer-encoding', proper, written) + 'chunked';
    }
    if (this.meter !== null) this.meter.sentHead(head);
    codec.out.writeLatin1(head + HEAD_END);
    if (endStream) {
      if (this.held !== null) {
        this.heldEnd = true;
        return;
      }
      writer.end();
      this.complete();
    }
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (this.dead || !this.started) return;
    if (this.held !== null) {
      this.hold(data, endStream);
      return;
    }
    this.codec.writer.data(data, endStream);
    if (endStream) this.complete();
  }

  encodeTrailers(trailers: Headers): void {
    if (this.dead || !this.started) return;
    if (this.held !== null) {
      this.heldEnd = true;
      return;
    }
    this.codec.writer.trailers(trailers.list, this.codec.settings.enableTrailers);
    this.complete();
  }

  private hold(data: Buffer, endStream: boolean): void {
    const before = this.heldBytes;
    if (data.length > 0) (this.held as Buffer[]).push(lasting(data));
    this.heldBytes += data.length;
    this.heldEnd = endStream;
    if (before <= HELD_HIGH_WATERMARK && this.heldBytes > HELD_HIGH_WATERMARK) this.codec.aboveWriteBuffer();
  }

  /** The upstream took the upgrade: send what waited. */
  accepted(): void {
    const held = this.held;
    if (held === null) return;
    this.held = null;
    for (let i = 0; i < held.length; i++) this.codec.writer.data(held[i], false);
    if (this.heldBytes > HELD_HIGH_WATERMARK) this.codec.belowWriteBuffer();
    if (this.heldEnd) this.complete();
  }

  private complete(): void {
    this.dead = true;
    this.requestDone = true;
    if (this.isConnect || this.isUpgrade) this.codec.out.end();
    this.codec.requestComplete(this);
  }

  reset(_reason: ResetReason): void {
    if (this.dead && this.requestDone === false) return;
    this.dead = true;
    this.held = null;
    this.codec.streamReset(this);
  }

  readDisable(disable: boolean): void {
    if (disable) this.readDisables++;
    else if (this.readDisables === 0) return;
    else this.readDisables--;
    if (this.headRead) this.codec.out.readDisable(disable);
    else this.codec.out.readSparingly?.(this.readDisables > 0);
  }

  /**
   * The response's head is complete. Only now reading stops for whoever wanted it to: the head goes on where a body would wait, and the
   * reader may want to see it before it makes room.
   */
  responseBegins(): void {
    this.headRead = true;
    if (this.readDisables === 0) return;
    const { out } = this.codec;
    for (let i = 0; i < this.readDisables; i++) out.readDisable(true);
    out.readSparingly?.(false);
  }

  /** The stream is over: undo what it disabled. */
  releaseReads(): void {
    if (!this.headRead && this.readDisables > 0) this.codec.out.readSparingly?.(false);
    for (; this.readDisables > 0; this.readDisables--) if (this.headRead) this.codec.out.readDisable(false);
  }
}

/** Envoy's HeaderUtility::requestShouldHaveNoBody, negated: without a body these say so. */
function bodyExpected(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'DELETE' && method !== 'TRACE' && method !== 'CONNECT';
}
