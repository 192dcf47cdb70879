/**
 * The server side of HTTP/1: requests in, responses out, one at a time. A pipelined request waits, unparsed and with reading
 * paused, until the response before it is complete. Role of Envoy's Http1::ServerConnectionImpl.
 */

import { heldMemory } from '../../platform/held-memory.ts';
import { own } from '../../platform/lent.ts';
import type { Headers } from '../headers.ts';
import type { Protocol, ResetReason, ServerCallbacks, ServerCodec, StreamDecoder } from '../http.ts';
import { BodyReader, type BodySink, EMPTY } from './body-reader.ts';
import { CR, LF } from './chars.ts';
import { malformed, protocolError } from './errors.ts';
import { fields, INCOMPLETE, scanFields } from './fields.ts';
import { framing } from './framing.ts';
import { HeadBuffer } from './head-buffer.ts';
import { MessageWriter } from './message-writer.ts';
import { buildRequest, requestHead } from './request-head.ts';
import { ResponseEncoder } from './response-encoder.ts';
import type { Http1Output, Http1Settings } from './settings.ts';
import { scanRequestLine, startLine } from './start-line.ts';

/** What the owner of a server codec adds to the callbacks all codecs have. */
export interface Http1ServerCallbacks extends ServerCallbacks {
  /**
   * Bytes of a pipelined request were held back and the response before it is now complete: call `dispatch` with an empty
   * chunk, handled like any other dispatch. Comes from a fresh tick, never from within a call into the codec.
   */
  onHeldInput(): void;
}

/** Empty lines tolerated before a request line (RFC 9112 section 2.2 asks for one). */
const MAX_EMPTY_LINES = 8;

/** Between requests, or inside a request's head. */
const HEAD = 0;
const BODY = 1;
/** The request is complete; its response is not. */
const RESPONDING = 2;
/** An upgrade or CONNECT was asked for and not answered yet: what follows is held, as it may not be for us to pass on. */
const UPGRADE_ASKED = 3;
const UPGRADED = 4;
/** Broken framing, or nothing more to read: input is ignored. */
const DEAD = 5;

export class Http1ServerCodec implements ServerCodec, BodySink {
  protocol: Protocol;
  mustClose: boolean;
  readonly settings: Http1Settings;
  readonly out: Http1Output;
  /** Of the response being sent. */
  readonly writer: MessageWriter;
  private readonly callbacks: Http1ServerCallbacks;
  private readonly maxHeadBytes: number;
  private state: number;
  private readonly head: HeadBuffer;
  private emptyLines: number;
  private sawCr: boolean;
  private readonly body: BodyReader;
  private stream: ResponseEncoder | null;
  private decoder: StreamDecoder | null;
  private dispatching: boolean;
  /** Input that must wait. Reading is paused while it is not empty, so it is a read's worth or two. */
  private held: Buffer | null;
  private above: boolean;

  constructor(out: Http1Output, callbacks: Http1ServerCallbacks, settings: Http1Settings) {
    this.protocol = 'HTTP/1.1';
    this.mustClose = false;
    this.settings = settings;
    this.out = out;
    this.writer = new MessageWriter(out);
    this.callbacks = callbacks;
    this.maxHeadBytes = settings.maxHeadersKb * 1024;
    this.state = HEAD;
    this.head = new HeadBuffer();
    this.emptyLines = 0;
    this.sawCr = false;
    this.body = new BodyReader(this, this.maxHeadBytes, settings.maxHeadersCount, settings.enableTrailers, false);
    this.stream = null;
    this.decoder = null;
    this.dispatching = false;
    this.held = null;
    this.above = false;
  }

  get activeStreams(): number {
    return this.stream === null ? 0 : 1;
  }

  dispatch(chunk: Buffer): void {
    let buf = chunk;
    const held = this.held;
    if (held !== null) {
      buf = chunk.length === 0 ? held : Buffer.concat([held, chunk]);
      if (this.mustWait()) {
        this.held = buf;
        heldMemory.add(chunk.length);
        return;
      }
      this.dropHeld();
    }
    const { stream } = this;
    if (stream !== null && stream.meter !== null) stream.meter.wireReceived += buf.length;
    this.dispatching = true;
    try {
      this.process(buf);
    } catch (e) {
      this.state = DEAD;
      this.mustClose = true;
      this.body.abort();
      this.head.clear();
      throw e;
    } finally {
      this.dispatching = false;
    }
  }

  private mustWait(): boolean {
    return this.state === RESPONDING || this.state === UPGRADE_ASKED;
  }

  private process(buf: Buffer): void {
    const end = buf.length;
    let pos = 0;
    while (pos < end) {
      switch (this.state) {
        case HEAD:
          pos = this.readHead(buf, pos, end);
          break;
        case BODY:
        case UPGRADED:
          pos = this.body.read(buf, pos, end);
          break;
        case DEAD:
          return;
        default:
          this.hold(own(buf, pos, end));
          return;
      }
    }
  }

  private hold(rest: Buffer): void {
    this.held = rest;
    heldMemory.add(rest.length);
    this.out.readDisable(true);
  }

  private dropHeld(): void {
    const { held } = this;
    if (held !== null) {
      this.held = null;
      heldMemory.add(-held.length);
      this.out.readDisable(false);
    }
  }

  // --- request head ------------------------------------------------------------------------------------------------

  private readHead(buf: Buffer, pos: number, end: number): number {
    if (this.stream === null) {
      if (buf[pos] === CR || buf[pos] === LF || this.sawCr) {
        pos = this.skipEmptyLine(buf[pos], pos);
        if (this.stream === null) return pos;
      }
      this.open(end - pos);
    }
    const head = this.head;
    const before = head.length;
    if (before === 0) {
      const at = this.scan(buf, pos, end);
      if (at !== INCOMPLETE) {
        this.onHead(buf, pos, at);
        return at;
      }
      if (end - pos > this.maxHeadBytes) throw tooLarge();
      head.append(buf, pos, end);
      return end;
    }
    head.append(buf, pos, Math.min(end, pos + this.maxHeadBytes + 1 - before));
    const bytes = head.bytes as Buffer;
    // Only a line's end can complete a head; without one there is nothing to look at again.
    const lf = buf.indexOf(LF, pos);
    const at = lf >= 0 && lf < end ? this.scan(bytes, 0, head.length) : INCOMPLETE;
    if (at === INCOMPLETE) {
      if (head.length > this.maxHeadBytes) throw tooLarge();
      return end;
    }
    head.clear();
    this.onHead(bytes, 0, at);
    return pos + at - before;
  }

  private skipEmptyLine(byte: number, pos: number): number {
    if (this.sawCr) {
      this.sawCr = false;
      if (byte === LF && ++this.emptyLines <= MAX_EMPTY_LINES) return pos + 1;
    } else if (byte === CR) {
      this.sawCr = true;
      return pos + 1;
    }
    this.open(1);
    throw malformed(byte === LF ? 'bare LF' : 'bare CR');
  }

  /** `bytes`: of this read, from the request's first on. */
  private open(bytes: number): void {
    this.emptyLines = 0;
    this.protocol = 'HTTP/1.1';
    const stream = new ResponseEncoder(this);
    this.stream = stream;
    this.decoder = this.callbacks.newStream(stream);
    if (stream.meter !== null) stream.meter.wireReceived = bytes;
    // Here, not behind its head: what the head makes us write is told once.
    if (this.above) this.decoder.onAboveWriteBuffer();
  }

  private scan(buf: Buffer, pos: number, end: number): number {
    const at = scanRequestLine(buf, pos, end, this.settings.allowCustomMethods);
    return at === INCOMPLETE ? INCOMPLETE : scanFields(buf, at, end, this.settings.maxHeadersCount);
  }

  private onHead(buf: Buffer, start: number, end: number): void {
    if (end - start > this.maxHeadBytes) throw tooLarge();
    const stream = this.stream as ResponseEncoder;
    const decoder = this.decoder as StreamDecoder;
    stream.isHead = startLine.method === 'HEAD';
    // Before anything is refused: an error's answer says it, too.
    this.protocol = startLine.version === 10 && this.settings.acceptHttp10 ? 'HTTP/1.0' : 'HTTP/1.1';
    if (stream.meter !== null) stream.meter.receivedLines(fields.bytes, Math.max(1, fields.count));
    const headers = buildRequest(buf, start, end, this.settings);
    stream.isConnect = headers.method === 'CONNECT';
    stream.isUpgrade = requestHead.upgrade;
    stream.lastOnConnection = requestHead.close;
    if (requestHead.upgrade || stream.isConnect) {
      this.state = UPGRADE_ASKED;
      decoder.onHeaders(headers, false);
    } else if (framing.chunked) {
      this.body.startChunked();
      this.state = BODY;
      decoder.onHeaders(headers, false);
    } else if (framing.contentLength > 0) {
      this.body.startLength(framing.contentLength);
      this.state = BODY;
      decoder.onHeaders(headers, false);
    } else {
      this.requestComplete();
      decoder.onHeaders(headers, true);
    }
  }

  // --- request body ------------------------------------------------------------------------------------------------

  onBody(data: Buffer, end: boolean): void {
    const decoder = this.decoder;
    if (end && this.state === BODY) this.requestComplete();
    if (decoder !== null) decoder.onData(data, end);
  }

  onBodyTrailers(trailers: Headers): void {
    const { decoder, stream } = this;
    if (stream !== null && stream.meter !== null) stream.meter.receivedTrailers(trailers);
    this.requestComplete();
    if (decoder !== null) decoder.onTrailers(trailers);
  }

  private requestComplete(): void {
    const stream = this.stream as ResponseEncoder;
    stream.requestDone = true;
    this.state = RESPONDING;
  }

  // --- from the response encoder -----------------------------------------------------------------------------------

  /** The encoder accepted an upgrade: 101, or 2xx to CONNECT. */
  upgraded(): void {
    this.body.startRaw();
    this.state = UPGRADED;
    this.releaseHeld();
  }

  responseComplete(stream: ResponseEncoder): void {
    if (stream !== this.stream) return;
    if (stream.lastOnConnection || this.writer.broken) this.mustClose = true;
    if (stream.requestDone) {
      this.finish(stream);
    } else {
      // Answered before the request was read: its rest must not be taken for another request.
      this.mustClose = true;
      this.kill();
    }
  }

  streamReset(stream: ResponseEncoder): void {
    if (stream !== this.stream) return;
    this.mustClose = true;
    this.kill();
  }

  private finish(stream: ResponseEncoder): void {
    this.stream = null;
    this.decoder = null;
    stream.releaseReads();
    if (this.mustClose) {
      this.state = DEAD;
      this.dropHeld();
      return;
    }
    this.state = HEAD;
    this.releaseHeld();
  }

  private kill(): void {
    const stream = this.stream;
    this.stream = null;
    this.decoder = null;
    this.state = DEAD;
    this.body.abort();
    this.head.clear();
    this.dropHeld();
    if (stream !== null) stream.releaseReads();
  }

  private releaseHeld(): void {
    if (this.held !== null) process.nextTick(announceHeld, this);
  }

  /** For announceHeld: the world may have changed since it was scheduled. */
  resumeHeld(): void {
    if (this.held !== null && !this.dispatching && !this.mustWait()) this.callbacks.onHeldInput();
  }

  // --- connection --------------------------------------------------------------------------------------------------

  onEndOfInput(): void {
    const { decoder, state } = this;
    if (state === UPGRADED) {
      this.state = DEAD;
      this.body.abort();
      if (decoder !== null) decoder.onData(EMPTY, true);
      return;
    }
    if (state === BODY || (state === HEAD && this.stream !== null)) {
      this.state = DEAD;
      this.mustClose = true;
      this.body.abort();
      this.head.clear();
      throw malformed('HPE_INVALID_EOF_STATE');
    }
    if (state === HEAD) this.state = DEAD;
    // Answering: what was held is a request that can still be served, but nothing will follow it.
  }

  shutdownNotice(): void {}
  goAway(): void {}

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
    this.mustClose = true;
    if (stream !== null) stream.dead = true;
    this.kill();
    decoder?.onReset(reason, detail);
  }
}

function announceHeld(codec: Http1ServerCodec): void {
  codec.resumeHeld();
}

function tooLarge(): Error {
  return protocolError('http1.headers_too_large', 'headers size exceeds limit', 431);
}
