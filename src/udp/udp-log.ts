/**
 * What the access logs of udp_proxy are told: of a session (access_log), and of the filter when its socket goes (proxy_access_log). Made only
 * where there is a log. Mirrors fillSessionStreamInfo and fillProxyStreamInfo of
 * source/extensions/filters/udp/udp_proxy/udp_proxy_filter.cc.
 */
import type { AccessLogger } from '../access-log/access-logger.ts';
import { Headers } from '../codec/headers.ts';
import type { FormatContext, FormatInfo, LogType, Occasion, Try } from '../format/format-context.ts';
import { newRequestId } from '../http/request-id.ts';
import { flagNames, longFlagNames, UPSTREAM_OVERFLOW } from '../http/stream/response-flags.ts';
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
const NO_HEADERS = new Headers();

type Values = Readonly<Record<string, unknown>>;

/** What there is to say of a thing without requests. */
abstract class UdpFacts implements FormatContext, FormatInfo {
  readonly info: FormatInfo = this;
  readonly kind = 'session';
  readonly request = NO_HEADERS;
  readonly response = null;
  readonly responseTrailers = null;
  readonly protocol = null;
  readonly startMs = turnMs();
  readonly requestEndMs = -1;
  readonly responseCode = 0;
  readonly route = null;
  readonly timings = null;
  readonly meters = null;
  flags = 0;
  readonly details = '';
  /** Envoy does not tell it either. */
  readonly cluster = null;
  readonly attempts = 0;
  readonly virtualClusterName = '';
  readonly transportFailure = '';
  bytesReceived = 0;
  bytesSent = 0;
  get flagNames(): string {
    return flagNames(this.flags);
  }
  get longFlagNames(): string {
    return longFlagNames(this.flags);
  }
  abstract readonly streamId: string;
  abstract readonly connection: Connection | null;
  abstract readonly upstream: Try | null;
  abstract readonly tries: readonly Try[] | null;
  abstract readonly upstreamHost: Host | null;
  abstract dynamicMetadata(namespace: string): Values | undefined;
  filterState(): undefined {
    return undefined;
  }
}

/** What a log reads of the two ends of a session, which are no connections. */
function facts(id: number, local: Address, remote: Address): Connection {
  const known = {
    id,
    socketInfo: null,
    record: null,
    localAddress: local,
    remoteAddress: remote,
    directLocalAddress: local,
    directRemoteAddress: remote,
    security: null,
    transportFailure: '',
    closeType: 'Normal',
    closeReason: '',
  } as const;
  return known as unknown as Connection;
}

let sessions = 0;

export class UdpSessionLog extends UdpFacts {
  readonly connection: Connection;
  readonly upstreamHost: Host | null;
  upstream: Try | null;
  readonly tries: readonly Try[] | null;
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
    super();
    this.logs = logs;
    this.connection = facts(sessions++, local, new Address(peer.ip, peer.port));
    this.upstreamHost = host;
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
    this.upstream = { host, connection: facts(0, local, host.address), protocol: null };
  }

  private id = '';
  get streamId(): string {
    if (this.id === '') this.id = newRequestId();
    return this.id;
  }

  dynamicMetadata(namespace: string): Values | undefined {
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
  readonly streamId = '';
  readonly connection = null;
  readonly upstream = null;
  readonly tries = null;
  readonly upstreamHost = null;
  private readonly loggers: readonly AccessLogger[];
  private readonly stats: UdpProxyStats;

  constructor(loggers: readonly AccessLogger[], stats: UdpProxyStats) {
    super();
    this.loggers = loggers;
    this.stats = stats;
  }

  dynamicMetadata(namespace: string): Values | undefined {
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
