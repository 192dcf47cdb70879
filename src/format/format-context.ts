/** What a format's operators are given: about the stream when a line is made, about the process when the format is compiled. */
import type { BytesMeter } from '../codec/bytes-meter.ts';
import type { Headers } from '../codec/headers.ts';
import type { Protocol } from '../codec/http.ts';
import type { CelExpressionConfig, Metadata } from '../config/schema/types.ts';
import type { LocalInfo } from '../extension/context.ts';
import type { Connection } from '../transport/connection.ts';
import type { CallTracer } from '../upstream/async.ts';
import type { ClusterInfo } from '../upstream/cluster-info.ts';
import type { Host } from '../upstream/host.ts';

/** A stream is one: nothing is made per request to format it. */
export interface FormatContext {
  readonly info: FormatInfo;
  /** Without fields when no head has come. */
  readonly request: Headers;
  readonly response: Headers | null;
  readonly responseTrailers: Headers | null;
}

/** What a format may ask of a stream's StreamInfo. Times are `turnMs()`, -1 while they have not come. */
export interface FormatInfo {
  readonly protocol: Protocol | null;
  /** Undefined: a request. 'session': one of tcp_proxy. */
  readonly kind?: 'connection' | 'session';
  /** Undefined: what the request's x-request-id says; '' for none. */
  readonly streamId?: string;
  readonly startMs: number;
  readonly requestEndMs: number;
  readonly connection: Connection | null;
  /** Who an extension says the client is; '' where none did, or none was asked. */
  readonly clientIp?: string;
  readonly flags: number;
  /** A filter has taken it for a health check. */
  readonly healthCheck?: boolean;
  /** As RESPONSE_FLAGS and RESPONSE_FLAGS_LONG print them; '' for none. */
  readonly flagNames: string;
  readonly longFlagNames: string;
  readonly details: string;
  readonly responseCode: number;
  readonly route: FormatRoute | null;
  readonly cluster: ClusterInfo | null;
  readonly upstream: Try | null;
  readonly upstreamHost: Host | null;
  /** Every try so far; kept where somebody asks for it (ATTEMPTS). */
  readonly tries: readonly Try[] | null;
  readonly attempts: number;
  readonly virtualClusterName: string;
  readonly transportFailure: string;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Kept where somebody asks for it (TIMINGS). */
  readonly timings: Timings | null;
  /** Kept where somebody asks for it (METERS). */
  readonly meters: Meters | null;
  /** Of a stream that is traced; null where it has no span. */
  readonly span?: TraceSpan | null;
  /** Why a collector is told of it. */
  readonly traced?: string;
  /** Null or undefined: none. */
  readonly allMetadata?: ReadonlyMap<string, Readonly<Record<string, unknown>>> | null;
  dynamicMetadata(namespace: string): Readonly<Record<string, unknown>> | undefined;
  filterState(name: string): unknown;
}

/** Hex digits; '' for none. */
export interface TraceSpan extends CallTracer {
  readonly traceId: string;
  readonly spanId: string;
}

export interface FormatRoute {
  readonly name: string;
  readonly metadata: Metadata | null;
  readonly virtualHost: { readonly name: string; readonly metadata: Metadata | null };
  /** Where it leads; absent or null for one that answers itself. */
  readonly forward?: { cluster(request: Headers): { readonly info: ClusterInfo } | null } | null;
}

/** A try at a host. */
export interface Try {
  readonly host: Host;
  /** Null until there is one. Stays after its end: its addresses can still be asked for. */
  readonly connection: Connection | null;
  readonly protocol: Protocol | null;
}

export interface Timings {
  /** There was a connection to send the request on. */
  readonly poolReady: number;
  readonly upstreamTxFirst: number;
  readonly upstreamTxLast: number;
  readonly upstreamRxFirst: number;
  readonly upstreamRxLast: number;
  readonly downstreamTxFirst: number;
  readonly downstreamTxLast: number;
}

export interface Meters {
  readonly down: Readonly<BytesMeter>;
  readonly up: Readonly<BytesMeter>;
}

/** What the text is made for. One object for all streams, but for local replies. */
export interface Occasion {
  /** ACCESS_LOG_TYPE. */
  readonly logType: LogType;
  readonly localReplyBody: string;
}

/** envoy.data.accesslog.v3.AccessLogType, as Envoy prints it. */
export type LogType =
  | 'NotSet'
  | 'DownstreamStart'
  | 'DownstreamPeriodic'
  | 'DownstreamEnd'
  | 'DownstreamTunnelSuccessfullyEstablished'
  | 'UpstreamPoolReady'
  | 'UpstreamPeriodic'
  | 'UpstreamEnd'
  | 'TcpConnectionStart'
  | 'TcpConnectionEnd'
  | 'TcpPeriodic'
  | 'TcpUpstreamConnected'
  | 'UdpTunnelUpstreamConnected'
  | 'UdpPeriodic'
  | 'UdpSessionEnd';

export const NO_LOG: Occasion = { logType: 'NotSet', localReplyBody: '' };
export const DOWNSTREAM_START: Occasion = { logType: 'DownstreamStart', localReplyBody: '' };
export const DOWNSTREAM_PERIODIC: Occasion = { logType: 'DownstreamPeriodic', localReplyBody: '' };
export const TUNNEL_ESTABLISHED: Occasion = { logType: 'DownstreamTunnelSuccessfullyEstablished', localReplyBody: '' };
export const DOWNSTREAM_END: Occasion = { logType: 'DownstreamEnd', localReplyBody: '' };

/** Wire text or a number, which JSON writes without quotes, or a value that JSON writes as such; undefined is `-` in text and null in JSON. */
export type Operator = (c: FormatContext, o: Occasion) => string | number | Json | undefined;

/** JSON as wire text. `shown`: in a text, which may be cut. */
export class Json {
  readonly text: string;
  readonly shown: string;
  constructor(text: string, shown = text) {
    this.text = text;
    this.shown = shown;
  }
}

/** Who the connection manager takes for the client, where that is not the peer: an address in x-forwarded-for. */
export type ClientAddress = (c: {
  readonly request: Headers;
  /** '' where no extension found an address. */
  readonly info: { readonly clientIp?: string };
}) => string | undefined;

/** What somebody asks of every stream, because a format prints it: nobody else pays for it. Only ever grows. */
export class StreamNeeds {
  bits = 0;
}
/** StreamInfo.timings. */
export const TIMINGS = 1;
/** StreamInfo.tries. */
export const ATTEMPTS = 2;
/** The addresses of a connection to a host, also when it is gone. */
export const UPSTREAM_ADDRESSES = 4;
/** StreamInfo.meters. */
export const METERS = 8;

export interface FormatBuild {
  readonly localInfo: LocalInfo;
  readonly clientAddress: ClientAddress;
  readonly needs: StreamNeeds;
  /** Of the connection manager that formats. */
  readonly listenerName: string;
  /** Null: the connection's record says it. */
  readonly filterChainName: string | null;
  readonly listenerMetadata?: Metadata | undefined;
  readonly filterChainMetadata?: Metadata | undefined;
  /** The listener's traffic_direction; undefined where it has none. */
  readonly outbound?: boolean | undefined;
  /** What expressions may do beyond the usual: of a format's own `formatters`. */
  readonly celOptions?: CelExpressionConfig | undefined;
}

/** A compiled format. */
export type Formatter = (c: FormatContext, o: Occasion) => string;
