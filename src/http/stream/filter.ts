/**
 * The HTTP filter interface. A filter sees one request on its way up (decode*) and one response on its way down (encode*);
 * every method is optional, so a filter that only looks at response trailers costs nothing elsewhere.
 * Roles of Envoy's StreamDecoderFilter and StreamEncoderFilter (envoy/http/filter.h).
 */
import type { Headers } from '../../codec/headers.ts';
import type { ResetReason } from '../../codec/http.ts';
import type { Connection } from '../../transport/connection.ts';
import type { RouteEntry } from '../route/route-entry.ts';
import type { StreamInfo } from './stream-info.ts';

/** Go on with the next filter. */
export const CONTINUE = 0;
/** Headers stop here; data still comes to this filter. `continueDecoding/continueEncoding`, or CONTINUE from a later data call, goes on. */
export const STOP_ITERATION = 1;
/** Headers: nothing more is delivered, the manager holds it (watermarked). Data: held by the manager until iteration goes on. */
export const STOP_AND_BUFFER = 2;
/** Data was consumed by the filter; nothing is held. */
export const STOP_NO_BUFFER = 3;

export type FilterStatus = 0 | 1 | 2 | 3;

export interface HttpFilter {
  decodeHeaders?(headers: Headers, endStream: boolean): FilterStatus;
  decodeData?(data: Buffer, endStream: boolean): FilterStatus;
  decodeTrailers?(trailers: Headers): FilterStatus;
  encodeHeaders?(headers: Headers, endStream: boolean): FilterStatus;
  encodeData?(data: Buffer, endStream: boolean): FilterStatus;
  encodeTrailers?(trailers: Headers): FilterStatus;
  /** The stream is over, whatever the reason. Timers and upstream work end here. */
  onDestroy?(): void;
  /** The peer's write side towards the client is full / has drained (only the terminal filter needs it). */
  onDownstreamAboveWriteBuffer?(): void;
  onDownstreamBelowWriteBuffer?(): void;
}

/** Made once per filter chain from config; `create` runs per request. */
export interface HttpFilterFactory {
  create(callbacks: FilterCallbacks): HttpFilter;
  /** A terminal filter answers the request and must be the last one. */
  readonly terminal: boolean;
}

/** What a filter may ask of its stream. */
export interface FilterCallbacks {
  readonly info: StreamInfo;
  readonly connection: Connection;
  readonly requestHeaders: Headers;
  readonly route: RouteEntry | null;
  /** True for requests whose content-type is gRPC. */
  readonly grpcRequest: boolean;
  /** Bytes a filter may make the manager hold; 0 = unlimited. */
  readonly bufferLimit: number;
  /** From within or after a STOP_* answer: go on with what was held. */
  continueDecoding(): void;
  continueEncoding(): void;
  /** Body bytes the manager holds for this direction, joined; null when none. */
  decodingBuffer(): Buffer | null;
  encodingBuffer(): Buffer | null;
  /** Insert body bytes in the encode direction while handling trailers. */
  addEncodedData(data: Buffer): void;
  /** Answer from here. `extra` are headers added to it. Ends the request for all filters. */
  sendLocalReply(status: number, body: string, details: string, extra?: readonly string[], grpcStatus?: number): void;
  /** Terminal filters: the response. */
  encode1xx(headers: Headers): void;
  encodeHeaders(headers: Headers, endStream: boolean): void;
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: Headers): void;
  /** Reset the downstream stream. */
  resetStream(reason: ResetReason): void;
  /** Counted: stop the client's body. */
  readDisable(disable: boolean): void;
}
