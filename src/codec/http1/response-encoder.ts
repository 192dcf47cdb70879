/** Writes one HTTP/1 response. Role of Envoy's Http1::ResponseEncoderImpl (source/common/http/http1/codec_impl.cc). */
import type { BytesMeter } from '../bytes-meter.ts';
import type { Headers } from '../headers.ts';
import type { ResetReason, StreamEncoder } from '../http.ts';
import { encoded, encodeFields, framingLine, HEAD_END } from './encode.ts';
import { statusLine } from './reason.ts';
import type { Http1ServerCodec } from './server.ts';

export class ResponseEncoder implements StreamEncoder {
  private readonly codec: Http1ServerCodec;
  /** Facts about the request; set by the codec once its head is read. */
  isHead: boolean;
  isConnect: boolean;
  isUpgrade: boolean;
  /** The peer asked to close behind this response, or the response said so. */
  lastOnConnection: boolean;
  requestDone: boolean;
  /** Nothing may be written any more. */
  dead: boolean;
  meter: BytesMeter | null;
  private started: boolean;
  private readDisables: number;

  constructor(codec: Http1ServerCodec) {
    this.codec = codec;
    this.isHead = false;
    this.isConnect = false;
    this.isUpgrade = false;
    this.lastOnConnection = false;
    this.requestDone = false;
    this.dead = false;
    this.meter = null;
    this.started = false;
    this.readDisables = 0;
  }

  encode1xx(headers: Headers): void {
    // RFC 9110 section 15.2: not to an HTTP/1.0 client.
    if (this.dead || this.started || this.codec.protocol === 'HTTP/1.0') return;
    const { out, settings } = this.codec;
    const head = encodeFields(statusLine(headers.status, false), headers.list, settings.properCase, headers.written);
    if (this.meter !== null) this.meter.sentHead(head);
    out.writeLatin1(head + HEAD_END);
  }

  encodeHeaders(headers: Headers, endStream: boolean): void {
    if (this.dead || this.started) return;
    this.started = true;
    const codec = this.codec;
    const writer = codec.writer;
    writer.meter = this.meter;
    const proper = codec.settings.properCase;
    const status = headers.status;
    const http10 = codec.protocol === 'HTTP/1.0';
    // RFC 9110 section 8.6: a 204 has none; an HTTP/2 upstream may have sent one.
    if (status === 204) headers.remove('content-length');
    const { written } = headers;
    const first =
      written !== null && written.reason !== ''
        ? `HTTP/1.${http10 ? 0 : 1} ${status} ${written.reason}`
        : statusLine(status, http10);
    let head = encodeFields(first, headers.list, proper, written);
    const length = encoded.contentLength;
    if (encoded.close) this.lastOnConnection = true;

    const accepted = (this.isUpgrade && status === 101) || (this.isConnect && status >= 200 && status < 300);
    if (accepted) {
      writer.startRaw();
    } else if (this.isHead || status < 200 || status === 204 || status === 304) {
      writer.startNone();
      // To HEAD, Envoy guesses that GET would be chunked.
      if (this.isHead && length < 0 && status >= 200 && status !== 204 && status !== 304 && !http10) {
        head += framingLine('transfer-encoding', proper, written) + 'chunked';
      }
    } else if (length >= 0) {
      writer.startLength(length);
    } else if (endStream) {
      head += framingLine('content-length', proper, written) + '0';
      writer.startNone();
    } else if (http10) {
      writer.startRaw();
      this.lastOnConnection = true;
    } else {
      head += framingLine('transfer-encoding', proper, written) + 'chunked';
      writer.startChunked();
    }
    if (this.meter !== null) this.meter.sentHead(head);
    codec.out.writeLatin1(head + HEAD_END);
    // An upgrade that is not accepted: what was sent behind it is not a request.
    if (accepted && !endStream) codec.upgraded();
    if (endStream) {
      writer.end();
      this.complete();
    }
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (this.dead || !this.started) return;
    this.codec.writer.data(data, endStream);
    if (endStream) this.complete();
  }

  encodeTrailers(trailers: Headers): void {
    if (this.dead || !this.started) return;
    this.codec.writer.trailers(trailers.list, this.codec.settings.enableTrailers);
    this.complete();
  }

  private complete(): void {
    this.dead = true;
    this.codec.responseComplete(this);
  }

  reset(_reason: ResetReason): void {
    if (this.dead) return;
    this.dead = true;
    this.codec.streamReset(this);
  }

  readDisable(disable: boolean): void {
    if (disable) this.readDisables++;
    else if (this.readDisables === 0) return;
    else this.readDisables--;
    this.codec.out.readDisable(disable);
  }

  /** The stream is over: undo what it disabled. */
  releaseReads(): void {
    for (; this.readDisables > 0; this.readDisables--) this.codec.out.readDisable(false);
  }
}
