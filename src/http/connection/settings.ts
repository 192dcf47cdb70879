/** HttpConnectionManager, read once into what the data path needs. Defaults: http_connection_manager.proto, protocol.proto. */

import type { Http1ProtocolOptions, Http2ProtocolOptions } from '../../config/schema/types.ts';
import type { TracingSettings } from '../../tracing/tracing-settings.ts';
import type { StreamSettings } from '../stream/stream-settings.ts';

/** Compiled settings of one connection manager; all times in ms, 0 = off. */
export interface ConnectionManagerSettings extends StreamSettings {
  readonly codecType: 'AUTO' | 'HTTP1' | 'HTTP2';
  /** Default 1 h. */
  readonly idleTimeoutMs: number;
  readonly maxConnectionDurationMs: number;
  /** Up to which share of it each connection gets more, 0 to 1. */
  readonly maxConnectionDurationJitter: number;
  /** HTTP/1: past its duration a connection ends with its next answer. */
  readonly http1SafeMaxConnectionDuration: boolean;
  /** 0 = unlimited. */
  readonly maxRequestsPerConnection: number;
  /** Default 5 s. */
  readonly drainTimeoutMs: number;
  readonly drainTimeoutJitter: number;
  /** How long a finished answer may wait for its client to take it; stream_idle_timeout unless told. */
  readonly streamFlushTimeoutMs: number;
  /** Default 1 s. */
  readonly delayedCloseTimeoutMs: number;
  readonly http1: Http1ProtocolOptions;
  /** http_protocol_options.ignore_http_11_upgrade; null for none. */
  readonly ignoreUpgrade: ((token: string) => boolean) | null;
  readonly http2: Http2ProtocolOptions;
  readonly maxRequestHeadersKb: number;
  readonly maxHeadersCount: number;
  readonly headersWithUnderscores: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER';
  /** Null for none. */
  readonly tracing: TracingSettings | null;
  /** Whether the answer that is given now is its connection's last one. */
  isDraining(): boolean;
}

export const DEFAULT_IDLE_TIMEOUT_MS = 3_600_000;
export const DEFAULT_STREAM_IDLE_TIMEOUT_MS = 300_000;
export const DEFAULT_DRAIN_TIMEOUT_MS = 5_000;
export const DEFAULT_DELAYED_CLOSE_TIMEOUT_MS = 1_000;
export const DEFAULT_MAX_REQUEST_HEADERS_KB = 60;
export const DEFAULT_MAX_HEADERS_COUNT = 100;
