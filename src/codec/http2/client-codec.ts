/**
 * The client side of an HTTP/2 connection: requests out, responses in. Writes the preface and SETTINGS when it is made.
 * Role of ClientConnectionImpl in Envoy's source/common/http/http2/codec_impl.cc.
 */
import type { Headers } from '../headers.ts';
import type { ClientCallbacks, ClientCodec, CodecOutput, ResetReason, StreamDecoder, StreamEncoder } from '../http.ts';
import { Http2Connection } from './connection.ts';
import { INTERNAL_ERROR, MAX_STREAM_ID, PREFACE, SETTINGS_ENABLE_PUSH, STREAM_CLOSED } from './constants.ts';
import { responseAsUpgrade } from './extended-connect.ts';
import {
  BLOCK_IGNORED,
  BLOCK_RESPONSE,
  BLOCK_TRAILERS,
  FIELDS_INCOMPLETE,
  FIELDS_INVALID,
  FIELDS_OK,
  FIELDS_TOO_LARGE,
} from './header-block.ts';
import type { Http2Options } from './options.ts';
import { INVALID_HEADER } from './session.ts';
import type { Http2CodecStats } from './stats.ts';
import { Http2Stream } from './stream.ts';

export class Http2ClientCodec extends Http2Connection implements ClientCodec {
  private readonly callbacks: ClientCallbacks;
  private target: Http2Stream | null;
  private mode: number;
  private nextId: number;
  private peerMaxStreams: number;
  /** Made by `newStream`, HEADERS not sent: they have no id yet. Seldom more than one. */
  private readonly unopened: Http2Stream[];

  constructor(out: CodecOutput, callbacks: ClientCallbacks, opts: Http2Options, stats: Http2CodecStats) {
    super(out, opts, stats, false);
    this.callbacks = callbacks;
    this.target = null;
    this.mode = BLOCK_IGNORED;
    this.nextId = 1;
    // Envoy assumes that the peer allows what the cluster is configured for, until SETTINGS say otherwise.
    this.peerMaxStreams = opts.maxConcurrentStreams;
    this.unopened = [];
    this.writer.raw(PREFACE);
    this.start([SETTINGS_ENABLE_PUSH, 0]);
  }

  override get activeStreams(): number {
    return this.streams.size + this.unopened.length;
  }

  get maxStreams(): number {
    return Math.min(this.opts.maxConcurrentStreams, this.peerMaxStreams);
  }

  get reusable(): boolean {
    return !this.dead && !this.goAwayReceived && this.nextId <= MAX_STREAM_ID;
  }

  newStream(decoder: StreamDecoder): StreamEncoder {
    const stream = new Http2Stream(this, 0, decoder, this.peerInitialWindow, this.opts.initialStreamWindowSize);
    this.guard.streamOpened();
    this.stats.streamsActive.inc();
    this.unopened.push(stream);
    return stream;
  }

  dispatch(chunk: Buffer): void {
    if (this.dead) return;
    this.checkOutbound();
    this.read(chunk, 0);
    this.checkOutbound();
  }

  override onConnectionClosed(reason: ResetReason, detail: string): void {
    super.onConnectionClosed(reason, detail);
    while (this.unopened.length > 0) this.abandon(this.unopened[0], reason, detail);
  }

  /** HEADERS are about to be written: the stream gets its id. False: it cannot be opened any more. */
  openLocal(stream: Http2Stream, headers: Headers): boolean {
    this.takeUnopened(stream);
    if (this.dead || this.goAwayReceived || this.nextId > MAX_STREAM_ID) {
      // Not from within encodeHeaders: the caller is not ready for it.
      queueMicrotask(() => this.abandon(stream, 'remote refused stream reset', 'http2.remote_refuse'));
      this.unopened.push(stream);
      return false;
    }
    stream.id = this.nextId;
    this.nextId += 2;
    stream.method = headers.method;
    // The peer's SETTINGS may have come after `newStream`.
    stream.sendWindow = this.peerInitialWindow;
    this.streams.add(stream);
    return true;
  }

  private takeUnopened(stream: Http2Stream): void {
    const list = this.unopened;
    if (list[list.length - 1] === stream) {
      list.pop();
      return;
    }
    const at = list.indexOf(stream);
    if (at >= 0) list.splice(at, 1);
  }

  protected isIdle(id: number): boolean {
    // The server has no streams of its own: all even ones are idle for ever.
    return (id & 1) === 0 || id >= this.nextId;
  }

  protected beginHeaders(id: number): number {
    const stream = this.streams.get(id);
    this.target = stream ?? null;
    if (stream === undefined) {
      this.strayFrame(id, 'HEADERS');
      this.mode = BLOCK_IGNORED;
    } else {
      if (stream.remoteEnded) throw this.fail(STREAM_CLOSED, 'HEADERS on a half-closed stream');
      this.mode = stream.headSeen ? BLOCK_TRAILERS : BLOCK_RESPONSE;
    }
    return this.mode;
  }

  protected endHeaders(_id: number, endStream: boolean): void {
    const stream = this.target;
    if (stream === null) return;
    this.target = null;
    if (stream.meter !== null) stream.meter.receivedBlock(this.blockBytes, this.block.bytes);
    if (this.block.fault !== FIELDS_OK) this.faulty(stream);
    else if (this.mode === BLOCK_RESPONSE) this.response(stream, endStream);
    else this.trailers(stream, endStream);
  }

  private response(stream: Http2Stream, endStream: boolean): void {
    const headers = this.block.headers;
    const status = headers.status;
    if (status < 200) {
      if (endStream) this.messagingError(stream, '1xx with END_STREAM');
      else if (!stream.silent) stream.decoder.on1xx(headers);
      return;
    }
    stream.headSeen = true;
    if (stream.protocol !== '') responseAsUpgrade(headers, stream.protocol);
    if (stream.method === 'HEAD' || status === 204 || status === 304) stream.bodyLeft = 0;
    // RFC 9110 section 9.3.6: a tunnel follows, whatever the field says.
    else if ((stream.method === 'CONNECT' || stream.protocol !== '') && status < 300) stream.bodyLeft = -1;
    else stream.bodyLeft = this.block.contentLength;
    if (endStream) {
      if (stream.bodyLeft > 0) {
        this.messagingError(stream, 'content-length without a body');
        return;
      }
      stream.remoteEnded = true;
    }
    if (!stream.silent) {
      if (endStream) stream.endDelivered = true;
      stream.decoder.onHeaders(headers, endStream);
    }
    if (endStream) {
      stream.endDelivered = true;
      this.maybeClose(stream);
    }
  }

  private trailers(stream: Http2Stream, endStream: boolean): void {
    if (!endStream) {
      this.messagingError(stream, 'trailers without END_STREAM');
      return;
    }
    if (stream.bodyLeft > 0) {
      this.messagingError(stream, 'content-length and DATA disagree');
      return;
    }
    stream.remoteEnded = true;
    stream.receiveTrailers(this.block.headers);
    this.maybeClose(stream);
  }

  private faulty(stream: Http2Stream): void {
    const fault = this.block.fault;
    if (fault === FIELDS_INVALID) {
      this.messagingError(stream, 'invalid header field', INVALID_HEADER);
      return;
    }
    if (fault === FIELDS_INCOMPLETE) {
      this.messagingError(stream, 'pseudo-header missing');
      return;
    }
    const large = fault === FIELDS_TOO_LARGE;
    if (large) this.stats.headerListSizeTooLarge.inc();
    else this.stats.headerOverflow.inc();
    this.peerFault(
      stream,
      INTERNAL_ERROR,
      'remote reset',
      large ? 'http2.header_list_size_too_large' : 'http2.too_many_headers',
    );
  }

  protected onPeerGoAway(lastId: number, code: number): void {
    const first = !this.goAwayReceived;
    this.goAwayReceived = true;
    // Before its streams go: the last of them may take the connection with it (nghttp2 keeps the same order).
    if (first) this.callbacks.onGoAway(code === 0);
    // The peer promises not to have touched these: they may be tried elsewhere.
    for (const stream of this.streams.list()) {
      if (stream.id <= lastId) continue;
      this.streams.delete(stream.id);
      this.memory.addReset(stream.id);
      this.abandon(stream, 'remote refused stream reset', 'http2.remote_refuse');
    }
  }

  protected onStreamGone(stream: Http2Stream): void {
    if (stream.id === 0) this.takeUnopened(stream);
    this.callbacks.onStreamComplete();
  }

  protected onPeerMaxStreams(max: number): void {
    const before = this.maxStreams;
    this.peerMaxStreams = max;
    if (this.maxStreams !== before) this.callbacks.onMaxStreamsChanged(this.maxStreams);
  }
}
