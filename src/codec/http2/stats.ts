/** The `http2.` counters and gauges of a scope, named as Envoy's CodecStats (source/common/http/http2/codec_stats.h). */
import type { Counter, Gauge, Scope } from '../../stats/store.ts';

/** Of the library that Envoy may have in place of nghttp2. */
const OTHER_LIBRARY = ['oghttp2_downstream_connections', 'oghttp2_upstream_connections'];
/** Without a value in Envoy too: its runtime feature `http2_record_histograms` is off. */
const HEADER_SIZES = ['cookie_count', 'cookie_size', 'header_count', 'header_list_size'];

export class Http2CodecStats {
  /** Stays 0: the limit behind it is a runtime key of Envoy's that is off. */
  readonly cookiesTotalBytesTooLarge: Counter;
  readonly droppedHeadersWithUnderscores: Counter;
  readonly goawaySent: Counter;
  readonly headerOverflow: Counter;
  readonly headerListSizeTooLarge: Counter;
  readonly headersCbNoStream: Counter;
  readonly inboundEmptyFramesFlood: Counter;
  readonly inboundPriorityFramesFlood: Counter;
  readonly inboundWindowUpdateFramesFlood: Counter;
  /** Incremented by the owner of the keep-alive timer. */
  readonly keepaliveTimeout: Counter;
  readonly metadataEmptyFrames: Counter;
  readonly outboundControlFlood: Counter;
  readonly outboundFlood: Counter;
  readonly requestsRejectedWithUnderscoresInHeaders: Counter;
  readonly rxMessagingError: Counter;
  readonly rxReset: Counter;
  readonly streamRefusedErrors: Counter;
  /** Requests with trailers; Envoy does not count those of responses. */
  readonly trailers: Counter;
  readonly txFlushTimeout: Counter;
  readonly txReset: Counter;
  readonly streamsActive: Gauge;
  readonly pendingSendBytes: Gauge;
  readonly deferredStreamClose: Gauge;
  readonly outboundFramesActive: Gauge;
  readonly outboundControlFramesActive: Gauge;
  /** Connections ever made, of either side; named after Envoy's library. */
  readonly downstreamConnections: Counter;
  readonly upstreamConnections: Counter;

  /** `scope` is the connection manager's or cluster's own, without `http2.`. */
  constructor(scope: Scope) {
    const s = scope.scope('http2.');
    this.cookiesTotalBytesTooLarge = s.counter('cookies_total_bytes_too_large');
    this.droppedHeadersWithUnderscores = s.counter('dropped_headers_with_underscores');
    this.goawaySent = s.counter('goaway_sent');
    this.headerOverflow = s.counter('header_overflow');
    this.headerListSizeTooLarge = s.counter('header_list_size_too_large');
    this.headersCbNoStream = s.counter('headers_cb_no_stream');
    this.inboundEmptyFramesFlood = s.counter('inbound_empty_frames_flood');
    this.inboundPriorityFramesFlood = s.counter('inbound_priority_frames_flood');
    this.inboundWindowUpdateFramesFlood = s.counter('inbound_window_update_frames_flood');
    this.keepaliveTimeout = s.counter('keepalive_timeout');
    this.metadataEmptyFrames = s.counter('metadata_empty_frames');
    this.outboundControlFlood = s.counter('outbound_control_flood');
    this.outboundFlood = s.counter('outbound_flood');
    this.requestsRejectedWithUnderscoresInHeaders = s.counter('requests_rejected_with_underscores_in_headers');
    this.rxMessagingError = s.counter('rx_messaging_error');
    this.rxReset = s.counter('rx_reset');
    this.streamRefusedErrors = s.counter('stream_refused_errors');
    this.trailers = s.counter('trailers');
    this.txFlushTimeout = s.counter('tx_flush_timeout');
    this.txReset = s.counter('tx_reset');
    this.streamsActive = s.gauge('streams_active');
    this.pendingSendBytes = s.gauge('pending_send_bytes');
    this.deferredStreamClose = s.gauge('deferred_stream_close');
    this.outboundFramesActive = s.gauge('outbound_frames_active');
    this.outboundControlFramesActive = s.gauge('outbound_control_frames_active');
    this.downstreamConnections = s.counter('nghttp2_downstream_connections');
    this.upstreamConnections = s.counter('nghttp2_upstream_connections');
    for (const name of OTHER_LIBRARY) s.counter(name);
    for (const name of HEADER_SIZES) s.histogram(name, 'none');
  }
}
