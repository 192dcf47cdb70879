/**
 * The client side of HTTP/1: one request out and its response in at a time. Any doubt about where a response ends makes the
 * connection unusable for another request. Role of Envoy's Http1::ClientConnectionImpl.
 */
import { Headers } from '../headers.ts';
import type { ClientCallbacks, ClientCodec, Protocol, ResetReason, StreamDecoder, StreamEncoder } from '../http.ts';
import { BodyReader, type BodySink, EMPTY } from './body-reader.ts';
import { LF, latin1 } from './chars.ts';
import { TOKEN_CLOSE, TOKEN_KEEP_ALIVE } from './connection-header.ts';
import { malformed, protocolError } from './errors.ts';
import { fields, INCOMPLETE, scanFields } from './fields.ts';
import { buildHeaders, framing } from './framing.ts';
import { HeadBuffer } from './head-buffer.ts';
import { keepResponse } from './kept-names.ts';
import { MessageWriter } from './message-writer.ts';
import { RequestEncoder } from './request-encoder.ts';
import type { Http1Output, Http1Settings } from './settings.ts';
import { scanStatusLine, startLine } from './start-line.ts';

/** No response is due: any byte is an error. */
const IDLE = 0;
const HEAD = 1;
const BODY = 2;
const DEAD = 3;

export class Http1ClientCodec implements ClientCodec, BodySink {
  readonly protocol: Protocol;
  readonly maxStreams: number;
  reusable: boolean;
  extraneous: boolean;
  readonly settings: Http1Settings;
  readonly out: Http1Output;
  /** Of the request being sent. */
  readonly writer: MessageWriter;
  private readonly callbacks: ClientCallbacks;
  private readonly maxHeadBytes: number;
  private state: number;
  private readonly head: HeadBuffer;
  private readonly body: BodyReader;
  private stream: RequestEncoder | null;
  private decoder: StreamDecoder | null;
  private above: boolean;

  constructor(out: Http1Output, callbacks: ClientCallbacks, settings: Http1Settings) {
    this.protocol = 'HTTP/1.1';
    this.maxStreams = 1;
    this.reusable = true;
    this.extraneous = false;
    this.settings = settings;
    this.out = out;
    this.writer = new MessageWriter(out);
    this.callbacks = callbacks;
    this.maxHeadBytes = settings.maxHeadersKb * 1024;
    this.state = IDLE;
    this.head = new HeadBuffer();
    this.body = new BodyReader(this, this.maxHeadBytes, settings.maxHeadersCount, settings.enableTrailers, true);
    this.stream = null;
    this.decoder = null;
    this.above = false;
  }

  get activeStreams(): number {
    return this.stream === null ? 0 : 1;
  }

  newStream(decoder: StreamDecoder): StreamEncoder {
    if (this.stream !== null || !this.reusable) throw new Error('HTTP/1 connection is not free');
    const stream = new RequestEncoder(this);
    this.stream = stream;
    this.decoder = decoder;
    this.state = HEAD;
    if (this.above) decoder.onAboveWriteBuffer();
    return stream;
  }

  dispatch(chunk: Buffer): void {
    const end = chunk.length;
    let pos = 0;
    if (this.stream !== null && this.stream.meter !== null) this.stream.meter.wireReceived += end;
    try {
      while (pos < end) {
        switch (this.state) {
          case HEAD:
            pos = this.readHead(chunk, pos, end);
            break;
          case BODY:
            pos = this.body.read(chunk, pos, end);
            break;
          case DEAD:
            return;
          default:
            throw protocolError('http1.unsolicited', 'extraneous data after response complete');
        }
      }
    } catch (e) {
      this.reusable = false;
      this.state = DEAD;
      this.body.abort();
      this.head.clear();
      throw e;
    }
  }

  // --- response head -----------------------------------------------------------------------------------------------

  private readHead(buf: Buffer, pos: number, end: number): number {
    const head = this.head;
    const before = head.length;
    if (before === 0) {
      const at = this.scan(buf, pos, end);
      if (at !== INCOMPLETE) {
        this.onHead(buf, pos, at, at < end);
        return at;
      }
      if (end - pos > this.maxHeadBytes) throw tooLarge();
      head.append(buf, pos, end);
      return end;
    }
    head.append(buf, pos, Math.min(end, pos + this.maxHeadBytes + 1 - before));
    const bytes = head.bytes as Buffer;
    const lf = buf.indexOf(LF, pos);
    const at = lf >= 0 && lf < end ? this.scan(bytes, 0, head.length) : INCOMPLETE;
    if (at === INCOMPLETE) {
      if (head.length > this.maxHeadBytes) throw tooLarge();
      return end;
    }
    const next = pos + at - before;
    head.clear();
    this.onHead(bytes, 0, at, next < end);
    return next;
  }

  private scan(buf: Buffer, pos: number, end: number): number {
    const at = scanStatusLine(buf, pos, end);
    return at === INCOMPLETE ? INCOMPLETE : scanFields(buf, at, end, this.settings.maxHeadersCount);
  }

  private onHead(buf: Buffer, start: number, end: number, more: boolean): void {
    if (end - start > this.maxHeadBytes) throw tooLarge();
    const { status, version } = startLine;
    const stream = this.stream as RequestEncoder;
    const decoder = this.decoder as StreamDecoder;
    if (version === 0) throw malformed('HPE_INVALID_VERSION');
    if (stream.meter !== null) stream.meter.receivedLines(fields.bytes, Math.max(1, fields.count));
    const headers = new Headers();
    headers.status = status;
    const text = latin1(buf, start, end);
    const { keepNames, allowChunkedLength } = this.settings;
    if (keepNames !== null) headers.written = keepResponse(text, start, keepNames);
    buildHeaders(headers, text, start, false, allowChunkedLength);
    const f = framing;
    if (status < 200 || status === 204) this.checkBodiless(headers);
    if (status < 200 && status !== 101) {
      decoder.on1xx(headers);
      return;
    }
    stream.responseBegins();
    const close = version === 11 ? (f.connection & TOKEN_CLOSE) !== 0 : (f.connection & TOKEN_KEEP_ALIVE) === 0;
    if (close || (f.proxyConnection & TOKEN_CLOSE) !== 0) this.closeAsked();
    if (status === 101 || (stream.isConnect && status < 300)) {
      if (status === 101 && !stream.isUpgrade)
        throw protocolError('http1.codec_error', '101 without an upgrade request');
      this.reusable = false;
      this.body.startRaw();
      this.state = BODY;
      stream.accepted();
      decoder.onHeaders(headers, false);
    } else if (stream.isHead || status === 204 || status === 304 || f.contentLength === 0) {
      this.responseEnds(stream, more);
      decoder.onHeaders(headers, true);
      this.afterResponse(stream);
    } else {
      if (f.chunked) {
        this.body.startChunked();
        // Chunked is not of HTTP/1.0 (RFC 9112 section 6.1): read it, but trust nothing behind it.
        if (version === 10) this.reusable = false;
      } else if (f.contentLength > 0) {
        this.body.startLength(f.contentLength);
      } else {
        this.reusable = false;
        this.body.startRaw();
      }
      this.state = BODY;
      decoder.onHeaders(headers, false);
    }
  }

  /** RFC 9110 section 8.6, by Envoy's rule: a zero length is overlooked, anything else is an error. */
  private checkBodiless(headers: Headers): void {
    if (framing.chunked) {
      throw protocolError('http1.transfer_encoding_not_allowed', 'transfer encoding not allowed in 1xx or 204');
    }
    if (framing.contentLength > 0) {
      throw protocolError('http1.content_length_not_allowed', 'content length not allowed in 1xx or 204');
    }
    if (framing.contentLength === 0) headers.remove('content-length');
  }

  private closeAsked(): void {
    this.reusable = false;
    this.callbacks.onGoAway(true);
  }

  // --- response body -----------------------------------------------------------------------------------------------

  onBody(data: Buffer, end: boolean): void {
    const decoder = this.decoder as StreamDecoder;
    if (!end) {
      decoder.onData(data, false);
      return;
    }
    const stream = this.stream as RequestEncoder;
    this.responseEnds(stream, this.body.rest > 0);
    decoder.onData(data, true);
    this.afterResponse(stream);
  }

  onBodyTrailers(trailers: Headers): void {
    const decoder = this.decoder as StreamDecoder;
    const stream = this.stream as RequestEncoder;
    if (stream.meter !== null) stream.meter.receivedTrailers(trailers);
    this.responseEnds(stream, this.body.rest > 0);
    decoder.onTrailers(trailers);
    this.afterResponse(stream);
  }

  /** Everything that decides about reuse, before anybody hears of the end and may reuse. */
  private responseEnds(stream: RequestEncoder, more: boolean): void {
    this.state = IDLE;
    this.decoder = null;
    if (more) this.extraneous = true;
    if (more || !stream.requestDone) this.reusable = false;
  }

  private afterResponse(stream: RequestEncoder): void {
    if (this.stream === stream && stream.requestDone) this.finish(stream);
  }

  // --- from the request encoder ------------------------------------------------------------------------------------

  requestComplete(stream: RequestEncoder): void {
    if (this.writer.broken) this.reusable = false;
    // The response was first: the slot was kept for the rest of the request.
    if (this.stream === stream && this.decoder === null) this.finish(stream);
  }

  aboveWriteBuffer(): void {
    this.decoder?.onAboveWriteBuffer();
  }
  belowWriteBuffer(): void {
    this.decoder?.onBelowWriteBuffer();
  }

  streamReset(stream: RequestEncoder): void {
    if (stream !== this.stream) return;
    this.reusable = false;
    this.state = DEAD;
    this.body.abort();
    this.head.clear();
    this.finish(stream);
  }

  private finish(stream: RequestEncoder): void {
    this.stream = null;
    this.decoder = null;
    stream.releaseReads();
    this.callbacks.onStreamComplete();
  }

  // --- connection --------------------------------------------------------------------------------------------------

  /** Throws CodecError when it cuts a response short. */
  onEndOfInput(): void {
    this.reusable = false;
    if (this.state === BODY && this.body.untilClose) {
      const stream = this.stream as RequestEncoder;
      const decoder = this.decoder as StreamDecoder;
      this.body.abort();
      this.responseEnds(stream, false);
      this.state = DEAD;
      decoder.onData(EMPTY, true);
      this.afterResponse(stream);
      return;
    }
    const cut = this.state === BODY || this.head.length > 0;
    this.state = DEAD;
    this.body.abort();
    this.head.clear();
    if (cut) throw malformed('HPE_INVALID_EOF_STATE');
    // No byte of a response came, or none was due: the owner closes, and onConnectionClosed tells the stream.
  }

  onUnderlyingAboveWriteBuffer(): void {
    this.above = true;
    this.decoder?.onAboveWriteBuffer();
  }
  onUnderlyingBelowWriteBuffer(): void {
    this.above = false;
    this.decoder?.onBelowWriteBuffer();
  }

  onConnectionClosed(reason: ResetReason, detail: string): void {
    const { stream, decoder } = this;
    this.reusable = false;
    this.state = DEAD;
    this.body.abort();
    this.head.clear();
    this.stream = null;
    this.decoder = null;
    if (stream !== null) {
      stream.dead = true;
      stream.releaseReads();
    }
    decoder?.onReset(reason, detail);
  }
}

function tooLarge(): Error {
  return protocolError('http1.headers_too_large', 'headers size exceeds limit', 431);
}
