/**
 * What the access logs of udp_proxy are told: of a session (access_log), and of the filter when its socket goes (proxy_access_log). Made only
 * where there is a log. Mirrors fillSessionStreamInfo and fillProxyStreamInfo of
 * source/extensions/filters/udp/udp_proxy/udp_proxy_filter.cc.
 */
import type { AccessLogger } from '../access-log/access-logger.ts';
import type { FormatContext, FormatInfo, LogType, Occasion, Try } from '../format/format-context.ts';
import { newRequestId } from '../http/request-id.ts';
import { ConnectionFacts, standIn } from '../http/stream/connection-facts.ts';
import { flagNames, longFlagNames, UPSTREAM_CONNECTION_FAILURE } from '../http/stream/response-flags.ts';
import { turnMs } from '../platform/clock.ts';
import { systemSentence } from '../platform/errno.ts';
import { Address } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import { SocketInfo } from '../transport/socket-info.ts';
import { Timer } from '../transport/timers.ts';
import type { Host } from '../upstream/host.ts';
import type { Peer } from './udp-routes.ts';
import type { UdpProxyStats } from './udp-stats.ts';

export interface SessionLogs {
  readonly loggers: readonly AccessLogger[];
  /** 0 = none. */
  readonly intervalMs: number;
  /** A line when a tunnel stands. */
  readonly onConnected: boolean;
}

/** Of sessions with filters or a tunnel, which want to know what a log does. */
export const NO_SESSION_LOGS: SessionLogs = { loggers: [], intervalMs: 0, onConnected: false };

const occasion = (logType: LogType): Occasion => ({ logType, localReplyBody: '' });
const PERIODIC = occasion('UdpPeriodic');
const CONNECTED = occasion('UdpTunnelUpstreamConnected');
const END = occasion('UdpSessionEnd');
const PROXY = occasion('NotSet');

type Values = Readonly<Record<string, unknown>>;

/** What there is to say of a thing without requests and connections. Of its cluster Envoy does not tell either. */
abstract class UdpFacts extends ConnectionFacts<Connection | null> implements FormatContext, FormatInfo {
  readonly info: FormatInfo = this;
  override readonly kind = 'session';
  readonly protocol = null;
  readonly startMs = turnMs();
  flags = 0;
  bytesReceived = 0;
  bytesSent = 0;
}

let sessions = 0;

export class UdpSessionLog extends UdpFacts {
  override upstream: Try | null = null;
  override readonly tries: Try[] = [];
  override attempts = 0;
  override transportFailure = '';
  datagramsReceived = 0;
  datagramsSent = 0;
  /** Of those sent, what the socket took. */
  bytesTaken = 0;
  errorsSent = 0;
  private readonly logs: SessionLogs;
  private readonly timer: Timer | null;
  /** '' before there is one: while filters hold the session up. */
  clusterName: string;
  /** Numbers are in the metadata from the first line on. */
  private told = false;

  /** `flags` not 0: it ends at once. */
  constructor(logs: SessionLogs, local: Address, peer: Peer, clusterName: string, flags = 0) {
    super(standIn(sessions++, new SocketInfo(), local, new Address(peer.ip, peer.port)));
    this.logs = logs;
    this.clusterName = clusterName;
    this.flags = flags;
    this.timer = logs.intervalMs > 0 && flags === 0 ? new Timer(() => this.periodic()) : null;
    this.timer?.arm(logs.intervalMs);
  }

  /** Where its datagrams go. */
  chose(host: Host): void {
    this.upstream = { host, connection: null, protocol: null };
    this.tries.push(this.upstream);
  }

  connected(local: Address | null): void {
    const host = this.upstreamHost;
    if (local === null || host === null) return;
    this.upstream = { host, connection: standIn(0, null, local, host.address), protocol: null };
  }

  /** `detail`: of the connection that could not be made. */
  failed(host: Host, detail: string): void {
    this.upstream = { host, connection: null, protocol: null };
    this.flags |= UPSTREAM_CONNECTION_FAILURE;
    this.transportFailure = detail === '' ? '' : `delayed connect error: ${systemSentence(detail)}`;
  }

  /** A stream of the host's that is to be a tunnel. Of its connection Envoy tells the number alone. */
  attached(host: Host, { id }: Connection): void {
    this.upstream = { host, connection: { id, socketInfo: null } as Connection, protocol: null };
  }

  tunnelStands(): void {
    if (this.logs.onConnected) this.write(CONNECTED);
  }

  share(name: string, value: unknown): void {
    this.connection?.socketInfo?.share(name, value);
  }

  addMetadata(namespace: string, values: Values): void {
    this.connection?.socketInfo?.addMetadata(namespace, values);
  }

  override get flagNames(): string {
    return flagNames(this.flags, true);
  }
  override get longFlagNames(): string {
    return longFlagNames(this.flags, true);
  }

  private id = '';
  override get streamId(): string {
    if (this.id === '') this.id = newRequestId();
    return this.id;
  }

  override dynamicMetadata(namespace: string): Values | undefined {
    if (!this.told || namespace !== 'udp.proxy.session') return super.dynamicMetadata(namespace);
    return {
      bytes_received: this.bytesReceived,
      bytes_sent: this.bytesTaken,
      ...(this.clusterName === '' ? {} : { cluster_name: this.clusterName }),
      datagrams_received: this.datagramsReceived,
      datagrams_sent: this.datagramsSent,
      errors_sent: this.errorsSent,
    };
  }

  end(): void {
    this.timer?.cancel();
    this.write(END);
  }

  private periodic(): void {
    this.write(PERIODIC);
    this.timer?.arm(this.logs.intervalMs);
  }

  private write(o: Occasion): void {
    this.told = true;
    for (const logger of this.logs.loggers) logger.log(this, o);
  }
}

export class UdpProxyLog extends UdpFacts {
  private readonly loggers: readonly AccessLogger[];
  private readonly stats: UdpProxyStats;

  constructor(loggers: readonly AccessLogger[], stats: UdpProxyStats) {
    super(null);
    this.loggers = loggers;
    this.stats = stats;
  }

  override dynamicMetadata(namespace: string): Values | undefined {
    if (namespace !== 'udp.proxy.proxy') return undefined;
    const s = this.stats;
    return {
      bytes_received: s.sessRxBytes.value,
      bytes_sent: s.sessTxBytes.value,
      datagrams_received: s.sessRxDatagrams.value,
      datagrams_sent: s.sessTxDatagrams.value,
      errors_received: s.sessRxErrors.value,
      errors_sent: s.sessTxErrors.value,
      idle_timeout: s.idleTimeout.value,
      no_route: s.sessNoRoute.value,
      session_total: s.sessTotal.value,
    };
  }

  end(): void {
    for (const logger of this.loggers) logger.log(this, PROXY);
  }
}
