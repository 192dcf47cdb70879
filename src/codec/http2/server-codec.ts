/**
 * The server side of an HTTP/2 connection: requests in, responses out. Prior knowledge or ALPN; the client's preface is the first
 * thing `dispatch` gets. Role of ServerConnectionImpl in Envoy's source/common/http/http2/codec_impl.cc.
 */
import type { CodecOutput, ResetReason, ServerCallbacks, ServerCodec, StreamDecoder } from '../http.ts';
import { Http2Connection } from './connection.ts';
import {
  INTERNAL_ERROR,
  MAX_STREAM_ID,
  NO_ERROR,
  PREFACE,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  STREAM_CLOSED,
} from './constants.ts';
import {
  BLOCK_IGNORED,
  BLOCK_REQUEST,
  BLOCK_TRAILERS,
  FIELDS_INCOMPLETE,
  FIELDS_INVALID,
  FIELDS_OK,
  FIELDS_TOO_LARGE,
  FIELDS_UNDERSCORE,
} from './header-block.ts';
import type { Http2Options } from './options.ts';
import { INVALID_HEADER } from './session.ts';
import type { Http2CodecStats } from './stats.ts';
import { Http2Stream } from './stream.ts';

export class Http2ServerCodec extends Http2Connection implements ServerCodec {
  private readonly callbacks: ServerCallbacks;
  private prefaceSeen: number;
  private target: Http2Stream | null;
  private mode: number;
  /** The final GOAWAY is sent: streams above `goAwayLastId` are ignored. */
  private goAwaySent: boolean;

  constructor(out: CodecOutput, callbacks: ServerCallbacks, opts: Http2Options, stats: Http2CodecStats) {
    super(out, opts, stats, true);
    this.callbacks = callbacks;
    this.prefaceSeen = 0;
    this.target = null;
    this.mode = BLOCK_IGNORED;
    this.goAwaySent = false;
  }

  /** After a connection error there is nothing to do but to close. */
  get mustClose(): boolean {
    return this.dead;
  }

  dispatch(chunk: Buffer): void {
    if (this.dead) return;
    if (!this.started) this.start([]);
    this.checkOutbound();
    let pos = 0;
    if (this.prefaceSeen < PREFACE.length) {
      const n = Math.min(PREFACE.length - this.prefaceSeen, chunk.length);
      for (; pos < n; pos++) {
        if (chunk[pos] !== PREFACE[this.prefaceSeen + pos]) {
          throw this.fail(PROTOCOL_ERROR, 'Received bad client magic byte string');
        }
      }
      this.prefaceSeen += n;
    }
    this.read(chunk, pos);
    this.checkOutbound();
  }

  shutdownNotice(): void {
    if (this.dead || this.goAwaySent) return;
    if (!this.started) this.start([]);
    this.writer.goAway(MAX_STREAM_ID, NO_ERROR);
  }

  goAway(): void {
    if (this.dead || this.goAwaySent) return;
    if (!this.started) this.start([]);
    this.goAwaySent = true;
    this.writer.goAway(this.lastRemoteId, NO_ERROR);
    this.stats.goawaySent.inc();
  }

  openLocal(): boolean {
    return false;
  }

  protected isIdle(id: number): boolean {
    return (id & 1) === 0 || id > this.lastRemoteId;
  }

  protected beginHeaders(id: number): number {
    this.target = null;
    if ((id & 1) === 0) throw this.fail(PROTOCOL_ERROR, 'stream opened with an even identifier');
    const known = this.streams.get(id);
    if (known !== undefined) {
      if (known.remoteEnded) throw this.fail(STREAM_CLOSED, 'HEADERS on a half-closed stream');
      this.target = known;
      this.mode = BLOCK_TRAILERS;
    } else if (id <= this.lastRemoteId) {
      this.strayFrame(id, 'HEADERS');
      this.stats.headersCbNoStream.inc();
      this.mode = BLOCK_IGNORED;
    } else {
      this.lastRemoteId = id;
      if (this.goAwaySent) {
        // The client may not have read our GOAWAY yet; it will try elsewhere.
        this.memory.addReset(id);
        this.mode = BLOCK_IGNORED;
      } else if (this.streams.size >= this.opts.maxConcurrentStreams) {
        this.stats.streamRefusedErrors.inc();
        this.refuse(id);
        this.mode = BLOCK_IGNORED;
      } else {
        this.mode = BLOCK_REQUEST;
      }
    }
    return this.mode;
  }

  protected endHeaders(id: number, endStream: boolean): void {
    if (this.mode === BLOCK_REQUEST) this.request(id, endStream);
    else if (this.mode === BLOCK_TRAILERS && this.target !== null) this.trailers(this.target, endStream);
    this.target = null;
  }

  private request(id: number, endStream: boolean): void {
    const block = this.block;
    const stream = new Http2Stream(this, id, NO_DECODER, this.peerInitialWindow, this.opts.initialStreamWindowSize);
    stream.headSeen = true;
    this.opened(stream);
    stream.decoder = this.callbacks.newStream(stream);
    if (stream.meter !== null) stream.meter.receivedBlock(this.blockBytes, block.bytes);
    if (block.fault !== FIELDS_OK) {
      this.faulty(stream);
      return;
    }
    stream.bodyLeft = block.contentLength;
    if (endStream) {
      if (block.contentLength > 0) {
        this.messagingError(stream, 'content-length without a body');
        return;
      }
      stream.remoteEnded = true;
      stream.endDelivered = true;
    }
    stream.decoder.onHeaders(block.headers, endStream);
    // Not before: whoever would have to pause is made by the head.
    if (this.above || this.crowded) stream.tellWatermark();
    if (endStream) this.maybeClose(stream);
  }

  private trailers(stream: Http2Stream, endStream: boolean): void {
    this.stats.trailers.inc();
    if (stream.meter !== null) stream.meter.receivedBlock(this.blockBytes, this.block.bytes);
    if (this.block.fault !== FIELDS_OK) {
      this.faulty(stream);
      return;
    }
    if (!endStream) {
      this.messagingError(stream, 'trailers without END_STREAM');
      return;
    }
    if (stream.bodyLeft > 0) {
      // Here nghttp2 does tell, and Envoy ends the connection; the stream alone is at fault.
      this.stats.rxMessagingError.inc();
      this.bodyMismatch(stream);
      return;
    }
    stream.remoteEnded = true;
    stream.receiveTrailers(this.block.headers);
    this.maybeClose(stream);
  }

  /** The block could be decoded but not accepted. */
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
    let detail = 'http2.too_many_headers';
    if (fault === FIELDS_UNDERSCORE) {
      detail = 'http2.unexpected_underscore';
    } else if (fault === FIELDS_TOO_LARGE) {
      detail = 'http2.header_list_size_too_large';
      this.stats.headerListSizeTooLarge.inc();
    } else {
      this.stats.headerOverflow.inc();
    }
    this.peerFault(stream, INTERNAL_ERROR, 'remote reset', detail);
  }

  private refuse(id: number): void {
    if (this.guard.reset()) throw this.flooded('Too many refused streams');
    this.memory.addReset(id);
    this.stats.txReset.inc();
    this.writer.rstStream(id, REFUSED_STREAM);
  }

  protected onPeerGoAway(): void {
    if (this.goAwayReceived) return;
    this.goAwayReceived = true;
    this.callbacks.onGoAway();
  }

  protected onStreamGone(): void {
    // The connection manager learns of the end of a stream through its decoder and its own encoding.
  }

  protected onPeerMaxStreams(): void {
    // How many streams we may push: none.
  }
}

const NO_DECODER: StreamDecoder = {
  on1xx(): void {},
  onHeaders(): void {},
  onData(): void {},
  onTrailers(): void {},
  onReset(_reason: ResetReason): void {},
  onAboveWriteBuffer(): void {},
  onBelowWriteBuffer(): void {},
};
