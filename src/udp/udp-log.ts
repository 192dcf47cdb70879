/**
 * What the access logs of udp_proxy are told: of a session (access_log), and of the filter when its socket goes (proxy_access_log). Made only
 * where there is a log. Mirrors fillSessionStreamInfo and fillProxyStreamInfo of
 * source/extensions/filters/udp/udp_proxy/udp_proxy_filter.cc.
 */
import type { AccessLogger } from '../access-log/access-logger.ts';
import type { FormatContext, FormatInfo, LogType, Occasion, Try } from '../format/format-context.ts';
import { newRequestId } from '../http/request-id.ts';
import { ConnectionFacts, standIn } from '../http/stream/connection-facts.ts';
import { UPSTREAM_OVERFLOW } from '../http/stream/response-flags.ts';
import { turnMs } from '../platform/clock.ts';
import { Address } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import { Timer } from '../transport/timers.ts';
import type { Host } from '../upstream/host.ts';
import type { Peer } from './udp-routes.ts';
import type { UdpProxyStats } from './udp-stats.ts';

export interface SessionLogs {
  readonly loggers: readonly AccessLogger[];
  /** 0 = none. */
  readonly intervalMs: number;
}

const occasion = (logType: LogType): Occasion => ({ logType, localReplyBody: '' });
const PERIODIC = occasion('UdpPeriodic');
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
  override upstream: Try | null;
  override readonly tries: readonly Try[] | null;
  datagramsReceived = 0;
  datagramsSent = 0;
  /** Of those sent, what the socket took. */
  bytesTaken = 0;
  errorsSent = 0;
  private readonly logs: SessionLogs;
  private readonly timer: Timer | null;

  private readonly clusterName: string;

  /** `host` null: there is no more room for a session. */
  constructor(logs: SessionLogs, local: Address, peer: Peer, clusterName: string, host: Host | null) {
    super(standIn(sessions++, null, local, new Address(peer.ip, peer.port)));
    this.logs = logs;
    this.clusterName = clusterName;
    this.upstream = host === null ? null : { host, connection: null, protocol: null };
    this.tries = this.upstream === null ? null : [this.upstream];
    if (host === null) this.flags = UPSTREAM_OVERFLOW;
    this.timer = logs.intervalMs > 0 && host !== null ? new Timer(() => this.periodic()) : null;
    this.timer?.arm(logs.intervalMs);
  }

  connected(local: Address | null): void {
    const host = this.upstreamHost;
    if (local === null || host === null) return;
    this.upstream = { host, connection: standIn(0, null, local, host.address), protocol: null };
  }

  private id = '';
  override get streamId(): string {
    if (this.id === '') this.id = newRequestId();
    return this.id;
  }

  override dynamicMetadata(namespace: string): Values | undefined {
    if (namespace !== 'udp.proxy.session') return undefined;
    return {
      bytes_received: this.bytesReceived,
      bytes_sent: this.bytesTaken,
      cluster_name: this.clusterName,
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
