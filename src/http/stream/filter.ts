/**
 * The HTTP filter interface. A filter sees one request on its way up (decode*) and its response on its way down (encode*); every method is
 * optional, and one that is missing costs nothing: what it would have seen passes, or stays held where this filter has stopped it.
 * Roles and rules are those of Envoy's StreamFilter and FilterManager (envoy/http/filter.h, source/common/http/filter_manager.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import type { ResetReason } from '../../codec/http.ts';
import type { Connection } from '../../transport/connection.ts';
import type { LocalReply } from '../reply.ts';
import type { RouteConfigurable } from '../route/filter-configs.ts';
import type { Route } from '../route/route.ts';
import type { StreamInfo } from './stream-info.ts';

/** Go on with the next filter. After a stop: let go what is held, and go on. */
export const CONTINUE = 0;
/** Stop here. Data and trailers still come to this filter; `continue…(this)` or a later CONTINUE goes on. */
export const STOP = 1;
/** Headers: go on, but as if a body followed: this filter is going to inject one. */
export const CONTINUE_DONT_END = 2;
/** Headers: nothing more comes to this filter until it goes on; a body above the buffer limit is answered with 413 (500). */
export const STOP_ALL_BUFFER = 3;
/** Headers: the same, but above the limit the sender is paused. */
export const STOP_ALL_WATERMARK = 4;
/** Data: stop and hold it; above the buffer limit 413 (500). */
export const STOP_BUFFER = 5;
/** Data: stop and hold it; above the limit the sender is paused. */
export const STOP_WATERMARK = 6;
/** Data: stop; this filter has taken it. */
export const STOP_NO_BUFFER = 7;
/** onLocalReply: reset the stream instead of answering. */
export const RESET_INSTEAD = 8;

export type HeadersStatus =
  | typeof CONTINUE
  | typeof STOP
  | typeof CONTINUE_DONT_END
  | typeof STOP_ALL_BUFFER
  | typeof STOP_ALL_WATERMARK;
export type DataStatus = typeof CONTINUE | typeof STOP_BUFFER | typeof STOP_WATERMARK | typeof STOP_NO_BUFFER;
export type TrailersStatus = typeof CONTINUE | typeof STOP;

/** `S`: what the filter asks of its stream; a terminal filter needs only a TerminalStream and so also serves requests of our own. */
export abstract class StreamFilter<S extends TerminalStream = FilterStream> {
  /** Set before the first call. */
  stream!: S;
  /** Place in the connection manager's list of filters. */
  place = 0;
  /** How far the request and the response are with this filter: filter-pass.ts, nobody else. */
  decoding = 0;
  encoding = 0;

  decodeHeaders?(headers: Headers, endStream: boolean): HeadersStatus;
  /** The bytes are not to be changed in place: `putInstead`, or take them (STOP_NO_BUFFER) and inject others. */
  decodeData?(data: Buffer, endStream: boolean): DataStatus;
  decodeTrailers?(trailers: Headers): TrailersStatus;
  encode1xx?(headers: Headers): TrailersStatus;
  encodeHeaders?(headers: Headers, endStream: boolean): HeadersStatus;
  encodeData?(data: Buffer, endStream: boolean): DataStatus;
  encodeTrailers?(trailers: Headers): TrailersStatus;
  /** Somebody answers from here. RESET_INSTEAD: no answer, the stream is reset. */
  onLocalReply?(reply: LocalReply): typeof CONTINUE | typeof RESET_INSTEAD;
  /** What is queued towards the client passed its limit / fell to half of it. Calls come in pairs, nested ones too. */
  onAboveWriteBuffer?(): void;
  onBelowWriteBuffer?(): void;
  /** The stream has ended, and is about to be logged. */
  onStreamComplete?(): void;
  /** The last call, whatever the reason. Timers and upstream work end here. */
  onDestroy?(): void;
}

/** A filter of either kind. */
export type AnyFilter = StreamFilter<TerminalStream>;

/** Made once per filter chain from config; `create` runs per request. */
export interface HttpFilterFactory extends RouteConfigurable {
  create(): AnyFilter;
  /** A terminal filter answers the request and must be the last one. */
  readonly terminal: boolean;
}

/** What a filter that answers needs of its stream. */
export interface TerminalStream {
  readonly info: StreamInfo;
  /** Of the client; null for requests of our own. */
  readonly connection: Connection | null;
  readonly request: Headers;
  /** The content-type is gRPC's. */
  readonly grpcRequest: boolean;
  /** Bytes that may be held for this stream; 0 = unlimited. */
  readonly bufferLimit: number;
  /** Times that the way to the client is congested. */
  readonly above: number;
  /** Null when none matches. Looked for once; see clearRoute. */
  route(): Route | null;
  /** Answer from here. From within a decode call the answer goes out once that has returned. No filter gets the request any more. */
  sendLocalReply(reply: LocalReply): void;
  /** Reset the stream towards the client. */
  reset(reason: ResetReason): void;
  /** What threw where nobody of the stream's looks, as in a timer or on the way from a host: ends this stream, and only it, as if one of its filters had thrown. */
  failed(error: unknown): void;
  /** The route that the request would have as it is now. Absent for requests of our own. */
  findRoute?(): Route | null;
  /** The request begins anew, as it is now, with this body: filters are new ones, and what was is logged with `response`. It is complete, and nothing has been answered. */
  recreate?(response: Headers, body: readonly Buffer[]): void;
  /** Counted: stop the client's body. */
  readDisable(disable: boolean): void;
  /** The response, first the filter before the terminal one. */
  encode1xx(headers: Headers): void;
  encodeHeaders(headers: Headers, endStream: boolean): void;
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: Headers): void;
}

/** What a filter may ask of its stream. `f` is the filter that asks. */
export interface FilterStream extends TerminalStream {
  bufferLimit: number;
  /** Null until there is one. */
  readonly response: Headers | null;
  readonly responseTrailers: Headers | null;
  /** The request has changed: the next `route()` looks again, in the table that the stream began with. */
  clearRoute(): void;
  /** The connection ends with this stream's answer. */
  drainConnection(): void;
  /** What the route says to this filter (HttpFilterFactory.createRoute, mergeRoute); null for nothing. */
  routeConfig<T>(f: AnyFilter): T | null;
  /** After a stop, and never from within the call that stops. */
  continueDecoding(f: AnyFilter): void;
  continueEncoding(f: AnyFilter): void;
  /** Counted, by who holds bytes of its own: pause the sender of the request (`decode`) or of the response, or let it go on. */
  pauseSender(decode: boolean, pause: boolean): void;
  /** Body bytes held in this direction, joined; null when none. To look at, and to replace from within a data call or while stopped. */
  decodingBuffer(): Buffer | null;
  encodingBuffer(): Buffer | null;
  replaceDecodingBuffer(data: Buffer): void;
  replaceEncodingBuffer(data: Buffer): void;
  /** Bytes for those that the data call which is running shows; throws anywhere else. */
  putDecodedInstead(data: Buffer): void;
  putEncodedInstead(data: Buffer): void;
  /** Bytes behind what is held; from within a trailers call, before the trailers. `streaming`: pause the sender above the limit. */
  addDecoded(f: AnyFilter, data: Buffer, streaming?: boolean): void;
  addEncoded(f: AnyFilter, data: Buffer, streaming?: boolean): void;
  /** Bytes to the filters behind `f`, now, past what is held. Lets the headers go that `f` has stopped. */
  injectDecoded(f: AnyFilter, data: Buffer, endStream: boolean): void;
  injectEncoded(f: AnyFilter, data: Buffer, endStream: boolean): void;
  /** Trailers of a message that had none, from within the call that brings its end. Throws anywhere else. */
  addDecodedTrailers(): Headers;
  addEncodedTrailers(): Headers;
}
