/** HttpConnectionManager, read once into what the data path needs. Defaults: http_connection_manager.proto, protocol.proto. */

import type { Http1ProtocolOptions, Http2ProtocolOptions } from '../../config/schema/types.ts';
import type { AccessLog } from '../access-log/access-log.ts';
import type { RouteConfigurationConfig, RouteTable } from '../route/route-table.ts';
import type { HttpFilterFactory } from '../stream/filter.ts';
import type { HttpStats } from './stats.ts';

/** The typed message as src/config delivers it: camelCased, durations in ms. */
export interface HcmMessage {
  codecType?: string;
  statPrefix?: string;
  routeConfig?: RouteConfigurationConfig;
  httpFilters?: { name?: string; typedConfig?: { typeUrl: string; value: unknown } }[];
  addUserAgent?: boolean;
  commonHttpProtocolOptions?: {
    idleTimeout?: number;
    maxConnectionDuration?: number;
    maxHeadersCount?: number;
    maxStreamDuration?: number;
    headersWithUnderscoresAction?: string;
    maxRequestsPerConnection?: number;
  };
  httpProtocolOptions?: Http1ProtocolOptions;
  http2ProtocolOptions?: Http2ProtocolOptions;
  serverName?: string;
  serverHeaderTransformation?: string;
  maxRequestHeadersKb?: number;
  streamIdleTimeout?: number;
  requestTimeout?: number;
  requestHeadersTimeout?: number;
  drainTimeout?: number;
  delayedCloseTimeout?: number;
  useRemoteAddress?: boolean;
  internalAddressConfig?: { unixSockets?: boolean; cidrRanges?: { addressPrefix?: string; prefixLen?: number }[] };
  xffNumTrustedHops?: number;
  skipXffAppend?: boolean;
  via?: string;
  generateRequestId?: boolean;
  preserveExternalRequestId?: boolean;
  alwaysSetRequestIdInResponse?: boolean;
  proxy100Continue?: boolean;
}

/** Compiled settings of one connection manager; all times in ms, 0 = off. */
export interface HcmConfig {
  readonly codecType: 'AUTO' | 'HTTP1' | 'HTTP2';
  readonly stats: HttpStats;
  readonly routes: RouteTable;
  readonly filters: readonly HttpFilterFactory[];
  readonly accessLogs: readonly AccessLog[];
  /** Somebody (a log, a formatter) asks for StreamInfo.timings. */
  readonly timings: boolean;
  /** Default 1 h. */
  readonly idleTimeoutMs: number;
  readonly maxConnectionDurationMs: number;
  readonly maxStreamDurationMs: number;
  /** 0 = unlimited. */
  readonly maxRequestsPerConnection: number;
  /** Default 5 min. */
  readonly streamIdleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly requestHeadersTimeoutMs: number;
  /** Default 5 s. */
  readonly drainTimeoutMs: number;
  /** Default 1 s. */
  readonly delayedCloseTimeoutMs: number;
  readonly serverName: string;
  readonly serverHeader: 'OVERWRITE' | 'APPEND_IF_ABSENT' | 'PASS_THROUGH';
  readonly useRemoteAddress: boolean;
  /** What stands in x-forwarded-for for a peer on loopback. */
  readonly localIp: () => string;
  readonly xffNumTrustedHops: number;
  readonly skipXffAppend: boolean;
  readonly via: string;
  readonly generateRequestId: boolean;
  readonly preserveExternalRequestId: boolean;
  readonly alwaysSetRequestIdInResponse: boolean;
  readonly proxy100Continue: boolean;
  /** Null: add_user_agent is off. Otherwise node.cluster, which may be empty. */
  readonly userAgent: string | null;
  readonly nodeId: string;
  /** Whether an address counts as internal; null when none does. */
  readonly isInternalAddress: ((ip: string) => boolean) | null;
  /** Answer as 1.16 where 1.40 differs (v2 configs). */
  readonly envoy16: boolean;
  readonly http1: Http1ProtocolOptions;
  readonly http2: Http2ProtocolOptions;
  readonly maxRequestHeadersKb: number;
  readonly maxHeadersCount: number;
  readonly headersWithUnderscores: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER';
  /** Bytes; the listener's per_connection_buffer_limit_bytes. */
  readonly bufferLimit: number;
  /** Whether the answer that is given now is its connection's last one. */
  isDraining(): boolean;
}

export const DEFAULT_IDLE_TIMEOUT_MS = 3_600_000;
export const DEFAULT_STREAM_IDLE_TIMEOUT_MS = 300_000;
export const DEFAULT_DRAIN_TIMEOUT_MS = 5_000;
export const DEFAULT_DELAYED_CLOSE_TIMEOUT_MS = 1_000;
export const DEFAULT_MAX_REQUEST_HEADERS_KB = 60;
export const DEFAULT_MAX_HEADERS_COUNT = 100;
