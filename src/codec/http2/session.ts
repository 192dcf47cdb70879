/**
 * The state of an HTTP/2 connection that both ends share, apart from frames: its streams and how they end, flow control in both
 * directions, connection errors. RFC 9113; where it leaves a choice, as nghttp2 under Envoy
 * (source/common/http/http2/codec_impl.cc), with connection errors preferred to stream errors: a stream error a peer can provoke
 * at will is a reset it makes us send.
 */
import { logger } from '../../log/logger.ts';
import { heldMemory } from '../../platform/held-memory.ts';
import type { Headers } from '../headers.ts';
import type { CodecOutput, ResetReason } from '../http.ts';
import { CodecError } from '../http.ts';
import {
  CONNECT_ERROR,
  DEFAULT_WINDOW,
  ENHANCE_YOUR_CALM,
  FLOW_CONTROL_ERROR,
  INTERNAL_ERROR,
  MAX_WINDOW,
  NO_ERROR,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  SETTINGS_ENABLE_CONNECT_PROTOCOL,
  SETTINGS_HEADER_TABLE_SIZE,
  SETTINGS_INITIAL_WINDOW_SIZE,
  SETTINGS_MAX_CONCURRENT_STREAMS,
  STREAM_CLOSED,
} from './constants.ts';
import { FloodGuard } from './flood-guard.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { HpackEncoder } from './hpack-encoder.ts';
import type { Http2Options } from './options.ts';
import type { Http2CodecStats } from './stats.ts';
import type { Http2Stream } from './stream.ts';
import { StreamMemory } from './stream-memory.ts';
import { StreamTable } from './stream-table.ts';

const log = logger('http2');

// Response code details, as Envoy logs them.
export const INVALID_HEADER = 'http2.invalid.header.field';
export const VIOLATION = 'http2.violation.of.messaging.rule';
export const EMPTY_FLOOD = 'http2.inbound_empty_frames_flood';
export const FLOW_CONTROL = 'http2.unknown.nghttp2.error';
/** Whatever nghttp2 itself found: Envoy turns the text of its error into a word. */
const CODEC_ERROR = 'codec_error:The_user_callback_function_failed';

export abstract class Http2Session extends FrameReader {
  readonly protocol = 'HTTP/2' as const;
  readonly isServer: boolean;
  readonly opts: Http2Options;
  readonly stats: Http2CodecStats;
  readonly writer: FrameWriter;
  /** Called for the acknowledgement of `sendPing`. */
  onPingAck: (() => void) | null;

  protected readonly streams: StreamTable;
  protected readonly guard: FloodGuard;
  protected readonly hpackIn: HpackDecoder;
  protected readonly hpackOut: HpackEncoder;
  protected started: boolean;
  /** After a connection error or the end of the connection: nothing is read or written. */
  protected dead: boolean;
  protected goAwayReceived: boolean;
  /** Highest stream id the peer has opened. */
  protected lastRemoteId: number;

  /** Bytes we may still send on the connection. */
  sendWindow: number;
  /** The output holds more than its high watermark. */
  above: boolean;
  /** Bytes that wait in the streams' queues for window, and whether they are more than a connection may have queued: see `crowds`. */
  private queuedBytes: number;
  crowded: boolean;
  protected peerInitialWindow: number;
  protected recvWindow: number;
  private consumed: number;
  /** Streams with something to send that wait for connection window, in turn. */
  private blocked: Http2Stream[];
  private resuming: Http2Stream[];
  private readonly runResume: () => void;
  protected readonly memory: StreamMemory;

  constructor(out: CodecOutput, opts: Http2Options, stats: Http2CodecStats, isServer: boolean) {
    super();
    this.isServer = isServer;
    this.opts = opts;
    this.stats = stats;
    this.onPingAck = null;
    this.hpackIn = new HpackDecoder();
    this.hpackOut = new HpackEncoder(opts.hpackTableSize);
    this.writer = new FrameWriter(out, this.hpackOut, opts.maxOutboundFrames, opts.maxOutboundControlFrames);
    this.streams = new StreamTable();
    this.guard = new FloodGuard(opts, stats);
    this.started = false;
    this.dead = false;
    this.goAwayReceived = false;
    this.lastRemoteId = 0;
    this.sendWindow = DEFAULT_WINDOW;
    this.above = false;
    this.queuedBytes = 0;
    this.crowded = false;
    this.peerInitialWindow = DEFAULT_WINDOW;
    this.recvWindow = opts.initialConnectionWindowSize;
    this.consumed = 0;
    this.blocked = [];
    this.resuming = [];
    this.runResume = () => this.resumeHeld();
    this.memory = new StreamMemory();
  }

  // --- what the two sides do differently ---------------------------------------------------------------------------

  /** Client: assign an id. */
  abstract openLocal(stream: Http2Stream, headers: Headers): boolean;
  protected abstract onStreamGone(stream: Http2Stream): void;
  /** True when the peer could have a stream of this id that was never opened. */
  protected abstract isIdle(id: number): boolean;

  get activeStreams(): number {
    return this.streams.size;
  }

  // --- life of the connection --------------------------------------------------------------------------------------

  /** Our SETTINGS and connection window; once. */
  protected start(settings: number[]): void {
    this.started = true;
    const opts = this.opts;
    settings.push(SETTINGS_HEADER_TABLE_SIZE, opts.hpackTableSize);
    settings.push(SETTINGS_ENABLE_CONNECT_PROTOCOL, opts.allowConnect ? 1 : 0);
    settings.push(SETTINGS_MAX_CONCURRENT_STREAMS, opts.maxConcurrentStreams);
    settings.push(SETTINGS_INITIAL_WINDOW_SIZE, opts.initialStreamWindowSize);
    this.writer.settings(settings);
    if (opts.initialConnectionWindowSize > DEFAULT_WINDOW) {
      this.writer.windowUpdate(0, opts.initialConnectionWindowSize - DEFAULT_WINDOW);
    }
    this.hpackIn.setLimit(opts.hpackTableSize, false);
  }

  /** A connection error: GOAWAY, and the error for `dispatch` to throw. */
  protected override fail(code: number, detail: string, word = CODEC_ERROR): CodecError {
    if (!this.dead) {
      this.writer.goAway(this.lastRemoteId, code);
      this.writer.flush();
      this.dead = true;
    }
    return new CodecError(word, detail);
  }

  /** A connection error for a peer that asks too much. `detail` is Envoy's text where it has one. */
  protected flooded(detail: string, word = `codec_error:${detail.replaceAll(' ', '_')}`): CodecError {
    return this.fail(ENHANCE_YOUR_CALM, detail, word);
  }

  onConnectionClosed(reason: ResetReason, detail: string): void {
    this.dead = true;
    const open = this.streams.list();
    this.streams.clear();
    for (const s of open) this.abandon(s, reason, detail);
  }

  /** End a stream whose peer cannot be told any more. */
  protected abandon(s: Http2Stream, reason: ResetReason, detail: string): void {
    if (s.closed) return;
    const silent = s.silent;
    this.forget(s);
    if (!silent) s.decoder.onReset(reason, detail);
    this.onStreamGone(s);
  }

  onEndOfInput(): void {
    // HTTP/2 has no half-closed connections: the owner closes, and onConnectionClosed resets what is open.
  }

  onUnderlyingAboveWriteBuffer(): void {
    this.above = true;
    for (const s of this.streams.list()) s.tellWatermark();
  }

  onUnderlyingBelowWriteBuffer(): void {
    this.above = false;
    for (const s of this.streams.list()) s.tellWatermark();
  }

  /**
   * `n` bytes more wait in a stream's queue. All streams together may have queued what one connection may: beyond that, a stream that
   * cannot send at once is above its watermark. One that can is not held up by its neighbours.
   */
  queued(n: number): void {
    this.stats.pendingSendBytes.add(n);
    heldMemory.add(n);
    this.queuedBytes += n;
    const limit = heldMemory.of(this.opts.streamBufferLimit);
    if (this.crowded ? this.queuedBytes > limit >>> 1 : this.queuedBytes <= limit) return;
    this.crowded = !this.crowded;
    // Not from within a stream's sending: it may be told of itself.
    if (!this.telling) {
      this.telling = true;
      queueMicrotask(this.tellAll);
    }
  }
  private telling = false;
  private readonly tellAll = (): void => {
    this.telling = false;
    if (!this.dead) for (const s of this.streams.list()) s.tellWatermark();
  };

  /** A PING with eight opaque bytes; `onPingAck` is called when it is answered. The owner has the timers. */
  sendPing(opaque: Uint8Array): void {
    if (!this.dead) this.writer.ping(false, opaque, 0);
  }

  /** Every message is handed over but END_STREAM is not written, as it was when this was called last: reset (tx_flush_timeout). */
  expirePendingFlush(): void {
    for (const s of this.streams.list()) {
      if (!s.endQueued || !s.hasQueue || s.closed) continue;
      if (!s.stalled) {
        s.stalled = true;
        continue;
      }
      this.stats.txFlushTimeout.inc();
      const silent = s.silent;
      // Its end is not sent yet.
      this.resetStream(s, INTERNAL_ERROR);
      if (!silent) s.decoder.onReset('local reset', '');
    }
  }

  // --- receiving ---------------------------------------------------------------------------------------------------

  /** Bytes the layer above has taken (or that need no taking): give them back to the peer when half a window is due. */
  consume(stream: Http2Stream | null, n: number): void {
    if (this.dead) return;
    this.consumed += n;
    if (this.consumed >= this.opts.initialConnectionWindowSize >>> 1) {
      this.writer.windowUpdate(0, this.consumed);
      this.recvWindow += this.consumed;
      this.consumed = 0;
    }
    if (stream === null || stream.remoteEnded || stream.closed) return;
    stream.consumed += n;
    if (stream.consumed >= this.opts.initialStreamWindowSize >>> 1) {
      if (stream.meter !== null) stream.meter.sentFrame(4);
      this.writer.windowUpdate(stream.id, stream.consumed);
      stream.recvWindow += stream.consumed;
      stream.consumed = 0;
    }
  }

  resumeSoon(stream: Http2Stream): void {
    if (stream.resuming) return;
    stream.resuming = true;
    this.resuming.push(stream);
    // Not from within readDisable(): the receiver may be in the middle of something.
    if (this.resuming.length === 1) queueMicrotask(this.runResume);
  }

  private resumeHeld(): void {
    const list = this.resuming;
    this.resuming = [];
    for (const s of list) {
      try {
        s.resume();
      } catch (e) {
        // Nobody above could catch it: a fault of ours costs the stream, not the process.
        log.error(`stream ${s.id}: internal error: ${e instanceof Error ? e.stack : String(e)}`);
        this.resetStream(s, INTERNAL_ERROR);
      }
    }
  }

  protected changeInitialWindow(window: number): void {
    const delta = window - this.peerInitialWindow;
    this.peerInitialWindow = window;
    for (const s of this.streams.list()) {
      s.sendWindow += delta;
      if (s.sendWindow > MAX_WINDOW) throw this.fail(FLOW_CONTROL_ERROR, 'stream window above 2^31-1');
    }
    if (delta > 0) for (const s of this.streams.list()) s.windowGrew();
  }

  /** RFC 9113 section 8.1: a server may end a request early with NO_ERROR after a complete response, which counts. */
  protected remoteReset(stream: Http2Stream, code: number): void {
    if (code === NO_ERROR && stream.remoteEnded && !stream.endDelivered) {
      // The end is still held for a slow reader: deliver it, and drop what we would have sent.
      stream.dropQueue();
      stream.endQueued = true;
      stream.localEnded = true;
      return;
    }
    const silent = stream.silent || (code === NO_ERROR && stream.endDelivered);
    this.memory.addEnded(stream.id);
    this.streams.delete(stream.id);
    this.forget(stream);
    if (!silent) {
      stream.decoder.onReset(resetReason(code), code === REFUSED_STREAM ? 'http2.remote_refuse' : 'http2.remote_reset');
    }
    this.onStreamGone(stream);
  }

  // --- streams -----------------------------------------------------------------------------------------------------

  /** A frame for a stream we do not have. Throws, or the frame is to be ignored. */
  protected strayFrame(id: number, what: string): void {
    if (this.isIdle(id)) throw this.fail(PROTOCOL_ERROR, `${what} on an idle stream`);
    if (this.memory.wasReset(id)) return;
    throw this.fail(this.memory.wasEnded(id) ? STREAM_CLOSED : PROTOCOL_ERROR, `${what} on a closed stream`);
  }

  sendData(id: number, data: Buffer, endStream: boolean): void {
    this.guard.dataFramesSent++;
    this.writer.data(id, data, endStream);
  }

  /** END_STREAM of this stream is written. */
  localEnd(stream: Http2Stream): void {
    stream.localEnded = true;
    const code = stream.takeResetAfterFlush();
    if (code >= 0) this.resetStream(stream, NO_ERROR);
    else this.maybeClose(stream);
  }

  /** Both ends have said their last: the stream is over. */
  maybeClose(stream: Http2Stream): void {
    if (stream.closed || !stream.localEnded || !stream.remoteEnded || !stream.endDelivered) return;
    this.memory.addEnded(stream.id);
    this.streams.delete(stream.id);
    this.forget(stream);
    this.onStreamGone(stream);
  }

  /** RST_STREAM, and the stream is gone. The layer above is not told here. */
  resetStream(stream: Http2Stream, code: number): void {
    if (stream.closed) return;
    if (stream.id !== 0) {
      this.streams.delete(stream.id);
      if (!this.dead) {
        this.memory.addReset(stream.id);
        this.stats.txReset.inc();
        if (stream.meter !== null) stream.meter.sentFrame(4);
        this.writer.rstStream(stream.id, code);
      }
    }
    this.forget(stream);
    this.onStreamGone(stream);
  }

  /** Envoy's reasonToReset. */
  resetCode(reason: ResetReason, stream: Http2Stream): number {
    switch (reason) {
      case 'local refused stream reset':
        return REFUSED_STREAM;
      case 'connect error':
        return CONNECT_ERROR;
      case 'protocol error':
        return PROTOCOL_ERROR;
      default:
        return this.isServer && stream.endQueued ? NO_ERROR : INTERNAL_ERROR;
    }
  }

  /** The peer broke the message rules on one stream: reset it, or by Envoy's default end the connection. */
  protected messagingError(stream: Http2Stream, detail: string, word = VIOLATION): void {
    this.stats.rxMessagingError.inc();
    if (this.opts.streamErrorOnInvalidHttpMessage) {
      this.peerFault(stream, PROTOCOL_ERROR, 'protocol error', word);
      return;
    }
    const error = this.fail(PROTOCOL_ERROR, detail, word);
    // An upstream's broken answer is that request's fault (502); its neighbours only lose their connection.
    if (!this.isServer) {
      this.streams.delete(stream.id);
      this.abandon(stream, 'protocol error', word);
    }
    throw error;
  }

  /**
   * A message whose body is not as long as it said: only its stream ends, whatever the option says. nghttp2 resets it by itself, and
   * Envoy's codec hears of no messaging error.
   */
  protected bodyMismatch(stream: Http2Stream): void {
    this.peerFault(stream, PROTOCOL_ERROR, 'protocol error', VIOLATION);
  }

  /** Too much memory is held for all peers: this stream's part of it goes, and the stream with it. */
  giveUp(stream: Http2Stream): void {
    const silent = stream.silent;
    this.resetStream(stream, ENHANCE_YOUR_CALM);
    if (!silent) stream.decoder.onReset('overload manager reset', 'held_memory');
  }

  /** Reset a stream because of what its peer did; such resets are limited. */
  protected peerFault(stream: Http2Stream, code: number, reason: ResetReason, detail: string): void {
    if (this.isServer && this.guard.reset()) throw this.flooded('Too many stream errors');
    const silent = stream.silent;
    this.resetStream(stream, code);
    if (!silent) stream.decoder.onReset(reason, detail);
  }

  /** Free what a stream holds; it must already be out of `streams`. */
  private forget(stream: Http2Stream): void {
    if (stream.closed) return;
    stream.closed = true;
    stream.dropQueue();
    stream.dropHeld();
    this.guard.streamClosed();
    this.stats.streamsActive.dec();
  }

  protected opened(stream: Http2Stream): void {
    this.streams.add(stream);
    this.guard.streamOpened();
    this.stats.streamsActive.inc();
  }

  // --- connection window -------------------------------------------------------------------------------------------

  /** `stream` has something to send and stream window, but the connection has none. */
  waitForWindow(stream: Http2Stream): void {
    stream.blocked = true;
    this.blocked.push(stream);
  }

  /** One frame of each stream in turn; who was served goes to the end, so that none starves. */
  protected pumpBlocked(): void {
    if (this.blocked.length === 0) return;
    const list = this.blocked;
    this.blocked = [];
    // Grows while it is walked: each served stream that wants more is appended.
    let at = 0;
    while (at < list.length && this.sendWindow > 0) {
      const s = list[at++];
      if (!s.closed && s.hasQueue) {
        s.sendSome();
        s.tellWatermark();
        if (s.hasQueue && s.sendWindow > 0 && !s.closed) {
          list.push(s);
          continue;
        }
      }
      s.blocked = false;
    }
    // Streams that began to wait meanwhile come last.
    this.blocked = at === 0 ? list.concat(this.blocked) : list.slice(at).concat(this.blocked);
  }

  // --- outbound floods ---------------------------------------------------------------------------------------------

  /** Throws when the peer makes us hold more frames than allowed. */
  protected checkOutbound(): void {
    const over = this.writer.overLimit();
    if (over === 0) return;
    if (over === 1) {
      this.stats.outboundFlood.inc();
      throw this.flooded('Too many frames in the outbound queue.');
    }
    this.stats.outboundControlFlood.inc();
    throw this.flooded('Too many control frames in the outbound queue.');
  }
}

function resetReason(code: number): ResetReason {
  switch (code) {
    case REFUSED_STREAM:
      return 'remote refused stream reset';
    case CONNECT_ERROR:
      return 'connect error';
    case PROTOCOL_ERROR:
      return 'protocol error';
    default:
      return 'remote reset';
  }
}
