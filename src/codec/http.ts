/**
 * The one interface between HTTP codecs and everything above them. HTTP/1.1 and HTTP/2 implement the same one, in both
 * directions, so any downstream protocol goes to any upstream protocol. Mirrors the roles of envoy/http/codec.h.
 *
 * Codecs are state machines over bytes: no sockets, no timers, no config objects. They write through `CodecOutput` and
 * are fed with `dispatch(chunk)`. A chunk handed to `dispatch` is never written again by anybody: slices of it may be
 * kept and forwarded. HTTP/1 takes lent chunks too (platform/lent.ts).
 */
import type { BytesMeter } from './bytes-meter.ts';
import type { Headers } from './headers.ts';

export type Protocol = 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2';

/** Why a stream ended early; the names are Envoy's StreamResetReason. */
export type ResetReason =
  | 'local reset'
  | 'local refused stream reset'
  | 'remote reset'
  | 'remote refused stream reset'
  | 'connection failure'
  | 'local connection failure'
  | 'remote connection failure'
  | 'connection timeout'
  | 'connection termination'
  | 'overflow'
  | 'protocol error'
  | 'connect error'
  | 'overload manager reset';

/** Where a codec puts its bytes. The transport coalesces: one write per connection and event-loop turn. */
export interface CodecOutput {
  /** Takes ownership of the buffer: nobody changes it afterwards. */
  write(data: Buffer): void;
  /** `buf[from, to)` of a chunk that may be lent; absent where such chunks do not come. */
  writeBytes?(buf: Buffer, from: number, to: number): void;
  /** Header blocks and other text of HTTP/1: one char per byte (latin1). */
  writeLatin1(data: string): void;
  /** Bytes accepted and not yet handed to the kernel. */
  readonly bufferedBytes: number;
  /**
   * Optional. Calls `source.flush()` (which writes) before the output next writes to the kernel, half-closes, or closes
   * with a flush; so a codec can gather the frames of a turn in one buffer. Asking again before that is harmless.
   */
  beforeFlush?(source: { flush(): void }): void;
}

/** Receives one message: a request at the server codec, a response at the client codec. */
export interface StreamDecoder {
  /** 1xx other than 101. Only at the client side. */
  on1xx(headers: Headers): void;
  onHeaders(headers: Headers, endStream: boolean): void;
  /** Long data may be lent in bulk: `lasting()` is what can be kept of it. */
  onData(data: Buffer, endStream: boolean): void;
  onTrailers(trailers: Headers): void;
  /** The stream is dead: no other call follows, the encoder must not be used any more. Never called after a local `reset()`. */
  onReset(reason: ResetReason, detail: string): void;
  /** The *send* side of this stream has more than its high watermark queued (HTTP/2: also an exhausted window with data queued). */
  onAboveWriteBuffer(): void;
  onBelowWriteBuffer(): void;
}

/** Sends one message: a response at the server codec, a request at the client codec. */
export interface StreamEncoder {
  /** Counts this stream's bytes, both ways. Null, as it is at first, costs nothing; to be set before anything is sent. */
  meter: BytesMeter | null;
  /** Bytes that wait in the codec for this peer, both ways; absent: none can. */
  readonly waitingBytes?: number;
  encode1xx(headers: Headers): void;
  encodeHeaders(headers: Headers, endStream: boolean): void;
  /** The same holds for `data` here. */
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: Headers): void;
  /** Ends the stream now. HTTP/2: RST_STREAM; HTTP/1: the connection cannot be used further (`ServerCodec.mustClose`). */
  reset(reason: ResetReason): void;
  /**
   * Counted: true stops delivery of body bytes of the *received* message (HTTP/2: window is withheld, what still
   * arrives is held; HTTP/1: the connection's reading pauses), false undoes one.
   */
  readDisable(disable: boolean): void;
}

/**
 * A peer broke the protocol. `dispatch` throws it; the codec has already written what has to be written at the codec
 * level (HTTP/2: GOAWAY). For an HTTP/1 server codec `status` > 0 asks the connection manager for a local reply.
 */
export class CodecError extends Error {
  /** Envoy's response-code-details style word, e.g. `http1.codec_error`, `http2.flood`. */
  readonly code: string;
  /** HTTP status of the local reply, 0 for none. */
  readonly status: number;
  /** Body of the local reply, e.g. `Bad Request`. */
  readonly body: string;
  /** The request that was read before this was wrong with it, for its log. */
  request: Headers | null;
  constructor(code: string, message: string, status = 0, body = '') {
    super(message);
    this.name = 'CodecError';
    this.code = code;
    this.status = status;
    this.body = body;
    this.request = null;
  }
}

export interface ServerCallbacks {
  /** A request's head has begun; its decoder gets the rest. */
  newStream(encoder: StreamEncoder): StreamDecoder;
  /** HTTP/2: the peer sent GOAWAY. */
  onGoAway(): void;
}

export interface ServerCodec {
  readonly protocol: Protocol;
  /** Throws CodecError. */
  dispatch(chunk: Buffer): void;
  /** The peer half-closed. HTTP/1: a request cut short is an error or nothing at all. */
  onEndOfInput(): void;
  /** HTTP/2: first GOAWAY (max id). HTTP/1: nothing; the manager adds `connection: close`. */
  shutdownNotice(): void;
  /** HTTP/2: final GOAWAY. */
  goAway(): void;
  /** HTTP/2: bytes may be written again (buffered output fell below the low watermark). HTTP/1: same meaning. */
  onUnderlyingBelowWriteBuffer(): void;
  onUnderlyingAboveWriteBuffer(): void;
  /** Every open stream gets `onReset(reason)`. The connection is gone. */
  onConnectionClosed(reason: ResetReason, detail: string): void;
  /** HTTP/2: reset complete answers that have waited for window since the call before this one. */
  expirePendingFlush?(): void;
  /** The output has an obligation to close the connection after what is written (HTTP/1 `connection: close`, broken framing). */
  readonly mustClose: boolean;
  readonly activeStreams: number;
}

export interface ClientCallbacks {
  /** HTTP/2 GOAWAY, or HTTP/1 `connection: close`: no new streams on this connection. `graceful`: without an error. */
  onGoAway(graceful: boolean): void;
  /** HTTP/2: the peer's SETTINGS changed how many streams may be open at once. */
  onMaxStreamsChanged(max: number): void;
  /** A stream of this codec is completely over (both directions ended, or reset): its slot is free. */
  onStreamComplete(): void;
}

export interface ClientCodec {
  readonly protocol: Protocol;
  newStream(decoder: StreamDecoder): StreamEncoder;
  /** Throws CodecError; any byte while no stream is open is an error (response queue poisoning). */
  dispatch(chunk: Buffer): void;
  /** Peer closed its side: HTTP/1 bodies delimited by close end here. */
  onEndOfInput(): void;
  onUnderlyingBelowWriteBuffer(): void;
  onUnderlyingAboveWriteBuffer(): void;
  onConnectionClosed(reason: ResetReason, detail: string): void;
  /** False once the connection must not carry another request (close asked, unread body, unsent request, broken framing). */
  readonly reusable: boolean;
  /** HTTP/1: there were bytes behind the last response that belong to none. */
  readonly extraneous?: boolean;
  readonly activeStreams: number;
  /** HTTP/2: the peer's SETTINGS_MAX_CONCURRENT_STREAMS; HTTP/1: 1. */
  readonly maxStreams: number;
}
