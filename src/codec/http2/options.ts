/**
 * What a codec is told by its owner: the fields of Envoy's Http2ProtocolOptions (api/envoy/config/core/v3/protocol.proto) that
 * concern bytes, and the header limits of the connection manager or cluster. Defaults are Envoy 1.40's.
 */
import { clockMs } from '../../platform/clock.ts';

export type UnderscoresAction = 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER';

export interface Http2Options {
  /** Bytes of the HPACK dynamic table, of both directions. */
  readonly hpackTableSize: number;
  /** Server: streams a peer may have open. Client: our own bound, the peer's SETTINGS may lower it. */
  readonly maxConcurrentStreams: number;
  /** Bytes, 65535 to 2^31-1. */
  readonly initialStreamWindowSize: number;
  /** Bytes, 65535 to 2^31-1. */
  readonly initialConnectionWindowSize: number;
  /** RFC 8441 extended CONNECT. */
  readonly allowConnect: boolean;
  /** Frames of any kind, written and not yet with the kernel. */
  readonly maxOutboundFrames: number;
  /** The same for PING and SETTINGS acknowledgements and RST_STREAM. */
  readonly maxOutboundControlFrames: number;
  readonly maxConsecutiveInboundFramesWithEmptyPayload: number;
  readonly maxInboundPriorityFramesPerStream: number;
  readonly maxInboundWindowUpdateFramesPerDataFrameSent: number;
  /** True: an invalid message resets its stream only. False (Envoy's default): the connection ends. */
  readonly streamErrorOnInvalidHttpMessage: boolean;
  /** Resets a peer may cause at once, and how many per second the allowance regains (nghttp2's defaults). */
  readonly streamResetBurst: number;
  readonly streamResetRate: number;
  /** Bytes of names and values of one header block; max_request_headers_kb * 1024. */
  readonly maxHeadersBytes: number;
  /** Fields of one header block; common_http_protocol_options.max_headers_count. */
  readonly maxHeadersCount: number;
  readonly headersWithUnderscoresAction: UnderscoresAction;
  /**
   * Bytes a stream may have queued for sending before its source is asked to pause; half of it lets it go on.
   * Envoy uses the stream window (16 MiB); the smaller of that and per_connection_buffer_limit_bytes bounds memory better.
   */
  readonly streamBufferLimit: number;
  /** ms, monotonic; tests replace it. */
  readonly now: () => number;
}

/** Envoy 1.40's defaults (measured on its SETTINGS, and protocol.proto's). */
export const DEFAULT_HTTP2_OPTIONS: Http2Options = {
  hpackTableSize: 4096,
  maxConcurrentStreams: 1024,
  initialStreamWindowSize: 16 * 1024 * 1024,
  initialConnectionWindowSize: 24 * 1024 * 1024,
  allowConnect: false,
  maxOutboundFrames: 10000,
  maxOutboundControlFrames: 1000,
  maxConsecutiveInboundFramesWithEmptyPayload: 1,
  maxInboundPriorityFramesPerStream: 100,
  maxInboundWindowUpdateFramesPerDataFrameSent: 10,
  streamErrorOnInvalidHttpMessage: false,
  streamResetBurst: 1000,
  streamResetRate: 33,
  maxHeadersBytes: 60 * 1024,
  maxHeadersCount: 100,
  headersWithUnderscoresAction: 'ALLOW',
  streamBufferLimit: 1024 * 1024,
  now: clockMs,
};

/** Options with every field present. Made once per listener or cluster, then shared by its codecs. */
export function http2Options(given: Partial<Http2Options>): Http2Options {
  return { ...DEFAULT_HTTP2_OPTIONS, ...given };
}
