/**
 * What a request's way through the proxy left behind, for statistics, access logs and filters. Role of Envoy's StreamInfo
 * (envoy/stream_info/stream_info.h). What a request seldom needs is null until somebody asks for it.
 */
import { BytesMeter } from '../../codec/bytes-meter.ts';
import type { Protocol } from '../../codec/http.ts';
import type { FormatInfo, Meters, Timings, TraceSpan, Try } from '../../format/format-context.ts';
import type { Connection } from '../../transport/connection.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { Host } from '../../upstream/host.ts';
import type { Route } from '../route/route.ts';
import { flagNames, longFlagNames } from './response-flags.ts';

/** The last try at a host: its number is `StreamInfo.attempts`. */
export type UpstreamInfo = Try;

/** Moments of a stream's life, turnMs(), -1 while they have not come. Kept only where a format asks for them (StreamNeeds). */
export class StreamTimings implements Timings {
  poolReady = -1;
  /** First and last byte of the request sent to the host. */
  upstreamTxFirst = -1;
  upstreamTxLast = -1;
  /** First and last byte of the response received from the host. */
  upstreamRxFirst = -1;
  upstreamRxLast = -1;
  /** First and last byte of the response sent to the client. */
  downstreamTxFirst = -1;
  downstreamTxLast = -1;
}

/** Bytes on the wire, of both sides. Kept only where a format asks for them. */
export class StreamMeters implements Meters {
  readonly down: BytesMeter;
  /** Of all tries together. */
  readonly up: BytesMeter;
  constructor(down: BytesMeter) {
    this.down = down;
    this.up = new BytesMeter();
  }
}

/** A host that a filter has chosen: `ip:port`. */
export interface OverrideHost {
  readonly address: string;
  /** No other one will do. */
  readonly strict: boolean;
  /** … and this is the answer then; absent: 503. */
  readonly missingStatus?: number;
}

/** Struct values by key, as protobuf's JSON form has them. */
export type Metadata = Record<string, unknown>;

export class StreamInfo implements FormatInfo {
  protocol: Protocol;
  /** turnMs() at the first byte of the head. */
  readonly startMs: number;
  /** turnMs() at the last byte of the request; -1 before. */
  requestEndMs: number;
  /** Of the client; null for requests the proxy makes itself. */
  readonly connection: Connection | null;
  /** Who an extension says the client is (original_ip_detection_extensions); '' where nobody said it. */
  clientIp: string;
  /** Bits of response-flags.ts. */
  flags: number;
  /** RESPONSE_CODE_DETAILS. */
  details: string;
  /** 0 until the response's head has been sent. */
  responseCode: number;
  route: Route | null;
  /** Where the route leads, also when no host could be had. */
  cluster: ClusterInfo | null;
  upstream: UpstreamInfo | null;
  /** Tries at hosts, so far. */
  attempts: number;
  /** All of them; null unless a format asks for them. */
  tries: UpstreamInfo[] | null;
  /** Why the transport to the host failed (UPSTREAM_TRANSPORT_FAILURE_REASON). */
  transportFailure: string;
  /** Body bytes. */
  bytesReceived: number;
  bytesSent: number;
  timings: StreamTimings | null;
  meters: StreamMeters | null;
  /** scheme_header_transformation.match_upstream: the upstream's transport decides what :scheme it is sent. */
  schemeOfUpstream: boolean;
  /** '' where it is none of the virtual clusters that have a name. */
  virtualClusterName: string;
  /** A filter has taken it for a health check: it is not counted among the requests. */
  healthCheck: boolean;
  /** What formats ask for: bits of StreamNeeds. */
  needs: number;
  /** Null: the cluster's balancing decides. */
  overrideHost: OverrideHost | null;
  /** Only a traced stream has them. */
  declare span?: TraceSpan | null;
  declare traced?: string;
  private metadata: Map<string, Metadata> | null;
  private state: Map<string, unknown> | null;

  constructor(protocol: Protocol, startMs: number, connection: Connection | null) {
    this.protocol = protocol;
    this.startMs = startMs;
    this.requestEndMs = -1;
    this.connection = connection;
    this.clientIp = '';
    this.flags = 0;
    this.details = '';
    this.responseCode = 0;
    this.route = null;
    this.cluster = null;
    this.upstream = null;
    this.attempts = 0;
    this.tries = null;
    this.transportFailure = '';
    this.bytesReceived = 0;
    this.bytesSent = 0;
    this.timings = null;
    this.meters = null;
    this.schemeOfUpstream = false;
    this.virtualClusterName = '';
    this.healthCheck = false;
    this.needs = 0;
    this.overrideHost = null;
    this.metadata = null;
    this.state = null;
  }

  /** For a further pass of the same request: what filters share goes with it. */
  again(startMs: number): StreamInfo {
    const next = new StreamInfo(this.protocol, startMs, this.connection);
    next.requestEndMs = this.requestEndMs;
    next.bytesReceived = this.bytesReceived;
    if (this.timings !== null) next.timings = new StreamTimings();
    if (this.meters !== null) next.meters = new StreamMeters(this.meters.down);
    next.clientIp = this.clientIp;
    next.schemeOfUpstream = this.schemeOfUpstream;
    next.needs = this.needs;
    next.state = this.state;
    return next;
  }

  get upstreamHost(): Host | null {
    return this.upstream === null ? null : this.upstream.host;
  }

  get flagNames(): string {
    return flagNames(this.flags);
  }
  get longFlagNames(): string {
    return longFlagNames(this.flags);
  }

  /** What filters have said under `namespace`, undefined for nothing. */
  dynamicMetadata(namespace: string): Metadata | undefined {
    return this.metadata?.get(namespace);
  }
  /** All of it; null for nothing. */
  get allMetadata(): ReadonlyMap<string, Metadata> | null {
    return this.metadata;
  }
  /** Adds to what stands under `namespace`; a key that is there is replaced. */
  addMetadata(namespace: string, values: Metadata): void {
    this.metadata ??= new Map();
    const before = this.metadata.get(namespace);
    this.metadata.set(namespace, before === undefined ? values : { ...before, ...values });
  }

  /** Objects that filters share under a name, for this stream or for its connection. */
  filterState(name: string): unknown {
    return this.state?.get(name) ?? this.connection?.socketInfo?.filterState?.get(name);
  }
  setFilterState(name: string, value: unknown): void {
    this.state ??= new Map();
    this.state.set(name, value);
  }
}
