/**
 * upstream_log of the router: what the logs are told of one try at a host. Loaded where a router has such logs. Role of the StreamInfo of
 * Envoy's UpstreamRequest (source/common/router/upstream_request.cc).
 */
import type { AccessLogger } from '../../access-log/access-logger.ts';
import type { Headers } from '../../codec/headers.ts';
import type { Protocol, ResetReason } from '../../codec/http.ts';
import type { FormatContext, FormatInfo, LogType, Occasion, Try } from '../../format/format-context.ts';
import { turnMs } from '../../platform/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { Timer } from '../../transport/timers.ts';
import type { ClusterInfo } from '../../upstream/cluster-info.ts';
import type { Host } from '../../upstream/host.ts';
import type { Route } from '../route/route.ts';
import type { TerminalStream } from '../stream/filter.ts';
import { flagNames, longFlagNames } from '../stream/response-flags.ts';
import { type StreamInfo, type StreamMeters, StreamTimings } from '../stream/stream-info.ts';
import type { AttemptLog, AttemptLogs } from './attempt.ts';
import { resetFlag, transportFailure } from './upstream-failure.ts';

const occasion = (logType: LogType): Occasion => ({ logType, localReplyBody: '' });
const POOL_READY = occasion('UpstreamPoolReady');
const PERIODIC = occasion('UpstreamPeriodic');
const END = occasion('UpstreamEnd');

export class UpstreamLogs implements AttemptLogs {
  private readonly loggers: readonly AccessLogger[];
  readonly onPoolReady: boolean;
  /** ms; 0 = never. */
  readonly intervalMs: number;

  constructor(loggers: readonly AccessLogger[], onPoolReady: boolean, intervalMs: number) {
    this.loggers = loggers;
    this.onPoolReady = onPoolReady;
    this.intervalMs = intervalMs;
  }

  begin(stream: TerminalStream, host: Host): AttemptLog {
    return new UpstreamLog(this, stream, host);
  }

  write(c: FormatContext, o: Occasion): void {
    for (const logger of this.loggers) logger.log(c, o);
  }
}

class UpstreamLog implements AttemptLog, FormatContext, FormatInfo {
  readonly info: FormatInfo = this;
  readonly request: Headers;
  response: Headers | null = null;
  responseTrailers: Headers | null = null;
  /** Of the connection to the host. */
  protocol: Protocol | null = null;
  readonly streamId = '';
  readonly startMs = turnMs();
  readonly requestEndMs = -1;
  readonly connection: Connection | null;
  flags = 0;
  readonly details = '';
  responseCode = 0;
  readonly route: Route | null;
  readonly cluster: ClusterInfo;
  upstream: Try;
  tries: readonly Try[] | null = null;
  readonly attempts = 0;
  readonly virtualClusterName = '';
  transportFailure = '';
  bytesReceived = 0;
  bytesSent = 0;
  readonly timings = new StreamTimings();
  /** Null before there is a connection to the host. */
  meters: StreamMeters | null = null;
  private readonly logs: UpstreamLogs;
  private readonly shared: StreamInfo;
  private readonly timer: Timer | null;
  private over = false;

  constructor(logs: UpstreamLogs, stream: TerminalStream, host: Host) {
    this.logs = logs;
    this.request = stream.request;
    this.connection = stream.connection;
    this.route = stream.info.route;
    this.cluster = host.cluster;
    this.upstream = { host, connection: null, protocol: null };
    this.shared = stream.info;
    this.timer = logs.intervalMs > 0 ? new Timer(() => this.onTimer()) : null;
    this.timer?.arm(logs.intervalMs);
  }

  get flagNames(): string {
    return flagNames(this.flags);
  }
  get longFlagNames(): string {
    return longFlagNames(this.flags);
  }
  get upstreamHost(): Host {
    return this.upstream.host;
  }
  /** Of filters between the router and the host: there are none. */
  dynamicMetadata(): undefined {}
  get healthCheck(): boolean {
    return this.shared.healthCheck;
  }
  filterState(name: string): unknown {
    return this.shared.filterState(name);
  }

  onReady(upstream: Try, whole: boolean): void {
    this.upstream = upstream;
    this.tries = [upstream];
    this.protocol = upstream.protocol;
    this.meters = this.shared.meters;
    // A connection that is gone does not tell them any more.
    upstream.connection?.localAddress;
    upstream.connection?.remoteAddress;
    const now = turnMs();
    this.timings.poolReady = now;
    if (this.logs.onPoolReady) this.logs.write(this, POOL_READY);
    this.timings.upstreamTxFirst = now;
    if (whole) this.timings.upstreamTxLast = now;
  }

  onSent(bytes: number, end: boolean): void {
    this.bytesSent += bytes;
    if (end) this.timings.upstreamTxLast = turnMs();
  }

  /** As the host has sent them: what is done to them on the way to the client is not its word. */
  onHeaders(h: Headers): void {
    this.response = h.clone();
    this.responseCode = h.status;
    this.timings.upstreamRxFirst = turnMs();
  }
  onReceived(bytes: number): void {
    this.bytesReceived += bytes;
  }
  onTrailers(h: Headers): void {
    this.responseTrailers = h.clone();
  }

  onEnd(reason: ResetReason | null, detail: string): void {
    if (this.over) return;
    this.over = true;
    this.timer?.cancel();
    const now = turnMs();
    if (reason !== null) {
      this.flags |= resetFlag(reason);
      this.transportFailure = transportFailure(reason, detail);
      if (this.timings.poolReady < 0) this.timings.poolReady = now;
    }
    this.timings.upstreamRxLast = now;
    this.logs.write(this, END);
  }

  private onTimer(): void {
    this.logs.write(this, PERIODIC);
    this.timer?.arm(this.logs.intervalMs);
  }
}
