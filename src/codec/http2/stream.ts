/**
 * One HTTP/2 stream, of either side: the StreamEncoder given to the layer above, with its send queue, its windows, and the body
 * bytes held while the receiver does not want them. What concerns other streams too lives in session.ts.
 * Role of ConnectionImpl::StreamImpl in Envoy's source/common/http/http2/codec_impl.cc.
 */
import { heldMemory, TIGHT_LIMIT } from '../../platform/held-memory.ts';
import { lasting } from '../../platform/lent.ts';
import type { BytesMeter } from '../bytes-meter.ts';
import type { Headers } from '../headers.ts';
import type { ResetReason, StreamDecoder, StreamEncoder } from '../http.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { upgradeAsConnect, upgradeAsResponse } from './extended-connect.ts';
import type { Http2Session } from './session.ts';

export const EMPTY: Buffer = Buffer.alloc(0);

export class Http2Stream implements StreamEncoder {
  /** 0 until the client has sent its HEADERS. */
  id: number;
  decoder: StreamDecoder;
  meter: BytesMeter | null;
  private readonly conn: Http2Session;

  // --- sending ---
  sendWindow: number;
  private queue: ChunkQueue | null;
  private trailers: Headers | null;
  /** The layer above has given its last part. */
  endQueued: boolean;
  /** END_STREAM is written. */
  localEnded: boolean;
  /** This stream's own queue is above its limit. */
  private queueAbove: boolean;
  /** What the layer above was told last. */
  private toldAbove: boolean;
  /** Waits for connection window. */
  blocked: boolean;
  /** Seen by expirePendingFlush without progress since. */
  stalled: boolean;
  /** Error code to reset with once all is written; -1 when there is none. */
  private resetAfterFlush: number;

  // --- receiving ---
  recvWindow: number;
  /** Bytes consumed and not yet given back with WINDOW_UPDATE. */
  consumed: number;
  remoteEnded: boolean;
  /** The layer above has been told the end of the message. */
  endDelivered: boolean;
  /** The message's head has been received (client: a final status). */
  headSeen: boolean;
  /** Body bytes still to come by content-length; -1 when not declared. */
  bodyLeft: number;
  /** Client: the method, where it changes what an answer's content-length means (HEAD, CONNECT). */
  method: string;
  /** Client: the protocol that an upgrade asks for; '' for none. */
  protocol: string;
  private readDisabled: number;
  private held: ChunkQueue | null;
  private heldTrailers: Headers | null;
  private heldEnd: boolean;
  resuming: boolean;

  closed: boolean;
  /** The layer above has reset it or is done with it: nothing is delivered any more. */
  private detached: boolean;

  constructor(conn: Http2Session, id: number, decoder: StreamDecoder, sendWindow: number, recvWindow: number) {
    this.id = id;
    this.decoder = decoder;
    this.meter = null;
    this.conn = conn;
    this.sendWindow = sendWindow;
    this.queue = null;
    this.trailers = null;
    this.endQueued = false;
    this.localEnded = false;
    this.queueAbove = false;
    this.toldAbove = false;
    this.blocked = false;
    this.stalled = false;
    this.resetAfterFlush = -1;
    this.recvWindow = recvWindow;
    this.consumed = 0;
    this.remoteEnded = false;
    this.endDelivered = false;
    this.headSeen = false;
    this.bodyLeft = -1;
    this.method = '';
    this.protocol = '';
    this.readDisabled = 0;
    this.held = null;
    this.heldTrailers = null;
    this.heldEnd = false;
    this.resuming = false;
    this.closed = false;
    this.detached = false;
  }

  // --- StreamEncoder -----------------------------------------------------------------------------------------------

  encode1xx(headers: Headers): void {
    if (this.closed || this.endQueued) return;
    this.sendBlock(headers, false, false);
  }

  encodeHeaders(headers: Headers, endStream: boolean): void {
    if (this.closed || this.endQueued) return;
    if (headers.status === 0) headers.checkPseudo();
    if (this.id === 0 && !this.conn.openLocal(this, headers)) return;
    if (endStream) this.endQueued = true;
    this.sendBlock(this.asSent(headers), false, endStream);
    if (endStream) this.conn.localEnd(this);
    else if (this.conn.above || this.conn.crowded) this.tellWatermark();
  }

  private sendBlock(headers: Headers, trailers: boolean, endStream: boolean): void {
    const bytes = this.conn.writer.headers(this.id, headers, trailers, endStream);
    if (this.meter !== null) this.meter.sentBlock(bytes, headers);
  }

  /** An upgrade and its acceptance are put in HTTP/2's words (RFC 8441). */
  private asSent(headers: Headers): Headers {
    if (headers.status === 101) return upgradeAsResponse(headers);
    if (headers.protocol === '' || this.conn.isServer) return headers;
    this.protocol = headers.protocol;
    return upgradeAsConnect(headers);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (this.closed || this.endQueued) return;
    const n = data.length;
    if (endStream) this.endQueued = true;
    const conn = this.conn;
    if (n === 0 && !endStream) return;
    // An empty frame needs no window, which may even be negative.
    if (
      this.queue === null &&
      (n === 0 || (n <= this.sendWindow && n <= conn.sendWindow && n <= conn.writer.maxFrameSize))
    ) {
      this.sendWindow -= n;
      conn.sendWindow -= n;
      if (this.meter !== null) this.meter.sentFrame(n);
      conn.sendData(this.id, data, endStream);
      if (endStream) conn.localEnd(this);
      return;
    }
    if (n > 0) {
      this.queue ??= new ChunkQueue();
      this.queue.push(lasting(data));
      conn.queued(n);
    }
    this.pump();
  }

  encodeTrailers(trailers: Headers): void {
    if (this.closed || this.endQueued) return;
    // Envoy sends an empty DATA frame in place of empty trailers.
    if (trailers.list.length === 0) {
      this.encodeData(EMPTY, true);
      return;
    }
    this.endQueued = true;
    if (this.queue !== null) {
      this.trailers = trailers;
      return;
    }
    this.sendBlock(trailers, true, true);
    this.conn.localEnd(this);
  }

  reset(reason: ResetReason): void {
    if (this.closed || this.detached) return;
    this.detached = true;
    const code = this.conn.resetCode(reason, this);
    // A complete answer that waits for window is still delivered; Envoy tries the same and gives up earlier (deferred reset).
    if (reason === 'local reset' && this.conn.isServer && this.endQueued && !this.localEnded) {
      this.dropHeld();
      this.resetAfterFlush = code;
      return;
    }
    this.conn.resetStream(this, code);
  }

  readDisable(disable: boolean): void {
    if (disable) {
      this.readDisabled++;
      return;
    }
    if (this.readDisabled === 0) return;
    if (--this.readDisabled === 0 && this.hasHeld && !this.closed) this.conn.resumeSoon(this);
  }

  // --- sending, told by the connection -----------------------------------------------------------------------------

  get waitingBytes(): number {
    return (this.queue === null ? 0 : this.queue.bytes) + (this.held === null ? 0 : this.held.bytes);
  }
  get hasQueue(): boolean {
    return this.queue !== null;
  }

  /** The peer has given window: send what waits, or say that it need not wait. */
  windowGrew(): void {
    if (this.queue !== null) this.pump();
    else if (this.toldAbove) this.tellWatermark();
  }

  /** Send what the windows allow. */
  pump(): void {
    const conn = this.conn;
    while (this.queue !== null && !this.closed) {
      const sent = this.sendSome();
      if (sent === 0) {
        if (this.sendWindow > 0 && !this.blocked) conn.waitForWindow(this);
        break;
      }
    }
    this.tellWatermark();
  }

  /** Send one frame of the queue; returns its bytes, 0 when a window is exhausted. */
  sendSome(): number {
    const queue = this.queue as ChunkQueue;
    const conn = this.conn;
    const max = Math.min(this.sendWindow, conn.sendWindow, conn.writer.maxFrameSize);
    if (max <= 0) return 0;
    const part = queue.take(max);
    const n = part.length;
    if (queue.bytes === 0) this.queue = null;
    this.sendWindow -= n;
    conn.sendWindow -= n;
    this.stalled = false;
    conn.queued(-n);
    const last = this.queue === null && this.endQueued;
    if (this.meter !== null) this.meter.sentFrame(n);
    conn.sendData(this.id, part, last && this.trailers === null);
    if (last) {
      const trailers = this.trailers;
      if (trailers !== null) {
        this.trailers = null;
        this.sendBlock(trailers, true, true);
      }
      conn.localEnd(this);
    }
    return n;
  }

  /** Forget the queue: the stream is over. */
  dropQueue(): void {
    const queue = this.queue;
    this.queue = null;
    if (queue !== null) this.conn.queued(-queue.bytes);
    this.trailers = null;
  }

  /** END_STREAM has been written: the reset that waited for it, or -1. */
  takeResetAfterFlush(): number {
    const code = this.resetAfterFlush;
    this.resetAfterFlush = -1;
    return code;
  }

  /** Tell the layer above when the state of the send side has changed for it. */
  tellWatermark(): void {
    const conn = this.conn;
    const limit = heldMemory.of(conn.opts.streamBufferLimit);
    const queued = this.queue === null ? 0 : this.queue.bytes;
    if (this.queueAbove) {
      if (queued <= limit >>> 1) this.queueAbove = false;
    } else if (queued > limit) {
      this.queueAbove = true;
    }
    const above = this.queueAbove || conn.above || (conn.crowded && (queued > 0 || this.sendWindow <= 0));
    if (above === this.toldAbove || this.silent) return;
    this.toldAbove = above;
    if (above) this.decoder.onAboveWriteBuffer();
    else this.decoder.onBelowWriteBuffer();
  }

  // --- receiving ---------------------------------------------------------------------------------------------------

  /** No callback may be made: the layer above is done with this stream. */
  get silent(): boolean {
    return this.detached || this.closed || (this.endDelivered && this.endQueued);
  }

  private get hasHeld(): boolean {
    return this.held !== null || this.heldTrailers !== null || this.heldEnd;
  }

  /** Body bytes, already counted against the windows. `end`: END_STREAM, and nothing more follows. */
  receive(data: Buffer, end: boolean): void {
    if (this.detached) {
      this.conn.consume(this, data.length);
      return;
    }
    if (this.readDisabled > 0 || this.hasHeld) {
      if (data.length > 0) {
        this.held ??= new ChunkQueue();
        this.held.push(lasting(data));
        if (heldMemory.park(data.length) && this.held.bytes > TIGHT_LIMIT) {
          heldMemory.countGivenUp();
          this.conn.giveUp(this);
          return;
        }
      }
      if (end) this.heldEnd = true;
      return;
    }
    this.conn.consume(this, data.length);
    if (end) this.endDelivered = true;
    this.decoder.onData(data, end);
  }

  receiveTrailers(trailers: Headers): void {
    if (this.detached) return;
    if (this.readDisabled > 0 || this.hasHeld) {
      this.heldTrailers = trailers;
      return;
    }
    this.endDelivered = true;
    this.decoder.onTrailers(trailers);
  }

  /** Deliver what was held, as far as the receiver wants it. */
  resume(): void {
    this.resuming = false;
    while (this.hasHeld && this.readDisabled === 0 && !this.closed && !this.detached) {
      const held = this.held;
      if (held !== null) {
        const data = held.take(held.bytes);
        heldMemory.park(-data.length);
        if (held.bytes === 0) this.held = null;
        const end = this.held === null && this.heldEnd;
        if (end) {
          this.heldEnd = false;
          this.endDelivered = true;
        }
        this.conn.consume(this, data.length);
        this.decoder.onData(data, end);
      } else if (this.heldTrailers !== null) {
        const trailers = this.heldTrailers;
        this.heldTrailers = null;
        this.endDelivered = true;
        this.decoder.onTrailers(trailers);
      } else {
        this.heldEnd = false;
        this.endDelivered = true;
        this.decoder.onData(EMPTY, true);
      }
    }
    if (this.endDelivered) this.conn.maybeClose(this);
  }

  /** Give up what is held and return its bytes to the connection window. */
  dropHeld(): void {
    const held = this.held;
    this.held = null;
    this.heldTrailers = null;
    this.heldEnd = false;
    if (held === null) return;
    heldMemory.park(-held.bytes);
    this.conn.consume(this, held.bytes);
  }
}
