/**
 * A session: who sends to a UDP listener, and where its datagrams go. It ends when nothing has come for idle_timeout, or when what it sends to, its
 * cluster or its listener goes. Mirrors ActiveSession of source/extensions/filters/udp/udp_proxy/udp_proxy_filter.cc.
 */
import { logger } from '../log/logger.ts';
import { Timer } from '../transport/timers.ts';
import type { Cluster } from '../upstream/cluster.ts';
import type { Host } from '../upstream/host.ts';
import type { LoadBalancerContext } from '../upstream/load-balancers/load-balancer.ts';
import type { SessionFilters } from './filters-of-session.ts';
import { NO_SESSION_LOGS, UdpSessionLog } from './udp-log.ts';
import type { UdpProxy } from './udp-proxy.ts';
import type { Peer, UdpTarget } from './udp-routes.ts';
import type { UdpClusterStats } from './udp-stats.ts';

const log = logger('filter');

export abstract class UdpSession implements Peer {
  readonly key: string;
  readonly ip: string;
  readonly port: number;
  readonly target: UdpTarget;
  readonly cluster: Cluster;
  /** Null before one is chosen, and of a tunnel. */
  host: Host | null;
  protected readonly proxy: UdpProxy;
  protected readonly clusterStats: UdpClusterStats;
  protected ended: boolean;
  private readonly idle: Timer;
  /** Null where nothing is logged and nobody else asks. */
  readonly log: UdpSessionLog | null;
  private readonly filters: SessionFilters | null;

  constructor(proxy: UdpProxy, key: string, peer: Peer, target: UdpTarget, cluster: Cluster, host: Host | null) {
    this.proxy = proxy;
    this.key = key;
    this.ip = peer.ip;
    this.port = peer.port;
    this.target = target;
    this.cluster = cluster;
    this.host = host;
    this.clusterStats = target.stats as UdpClusterStats;
    this.ended = false;
    const { factory } = proxy;
    factory.stats.sessTotal.inc();
    factory.stats.sessActive.inc();
    cluster.info.resources[0].connections.inc();
    this.idle = new Timer(() => this.timedOut());
    const logs = factory.logs ?? (factory.defers ? NO_SESSION_LOGS : null);
    this.log = logs === null ? null : new UdpSessionLog(logs, proxy.local, this, '');
    this.filters = factory.filtersOf(this);
  }

  /** False: it cannot be, and is to end at once. */
  begin(): boolean {
    return this.filters === null ? this.open() : this.filters.begin();
  }

  /** When no filter holds it up. False: there is nowhere to send to. */
  open(): boolean {
    if (this.log !== null) this.log.clusterName = this.cluster.info.name;
    return this.openUpstream();
  }

  protected abstract openUpstream(): boolean;
  protected abstract writeUpstream(data: Buffer): void;
  protected abstract closeUpstream(): void;

  get isOver(): boolean {
    return this.ended;
  }

  /** From the client. */
  onData(data: Buffer): void {
    const { stats } = this.proxy.factory;
    const n = data.length;
    stats.sessRxBytes.add(n);
    stats.sessRxDatagrams.inc();
    if (this.log !== null) {
      this.log.bytesReceived += n;
      this.log.datagramsReceived++;
    }
    this.touch();
    if (this.filters === null) this.writeUpstream(data);
    else this.filters.fromClient(data);
  }

  /** Past all filters. */
  passUpstream(data: Buffer): void {
    if (!this.ended) this.writeUpstream(data);
  }

  /** What came from where it sends to. */
  protected fromUpstream(data: Buffer): void {
    if (this.filters === null) this.passDownstream(data);
    else this.filters.fromUpstream(data);
  }

  /** To the client. */
  passDownstream(data: Buffer): void {
    if (this.ended) return;
    const { proxy, log: record } = this;
    const { stats } = proxy.factory;
    const n = data.length;
    proxy.sends(n);
    if (record !== null) record.bytesSent += n;
    if (proxy.socket.sendTo(data, this.ip, this.port)) {
      stats.sessTxBytes.add(n);
      stats.sessTxDatagrams.inc();
      if (record !== null) {
        record.bytesTaken += n;
        record.datagramsSent++;
      }
    } else {
      stats.sessTxErrors.inc();
      if (record !== null) record.errorsSent++;
    }
  }

  protected touch(): void {
    this.idle.arm(this.proxy.factory.idleTimeoutMs);
  }

  /** Whoever balances by what filters have said sees it. */
  protected balancing(): LoadBalancerContext | null {
    const { cluster } = this;
    const hash = this.proxy.factory.hash(cluster, this.ip);
    const facts = this.log;
    if (facts === null || !cluster.usesRequest) return hash;
    const filterState = (name: string): unknown => facts.filterState(name);
    return { hasHash: false, hashHi: 0, hashLo: 0, ...hash, filterState };
  }

  private timedOut(): void {
    if (log.debugOn)
      log.debug(`session idle timeout: downstream=${this.ip}:${this.port} local=${this.proxy.local.text}`);
    this.proxy.factory.stats.idleTimeout.inc();
    this.onIdle();
    this.end();
  }

  protected onIdle(): void {}

  end(): void {
    if (this.ended) return;
    this.ended = true;
    if (log.debugOn) {
      const to = this.host === null ? 'unknown' : this.host.address.text;
      log.debug(`deleting the session: downstream=${this.ip}:${this.port} upstream=${to}`);
    }
    this.idle.cancel();
    this.closeUpstream();
    this.proxy.forget(this);
    this.proxy.factory.stats.sessActive.dec();
    this.cluster.info.resources[0].connections.dec();
    this.filters?.over();
    this.log?.end();
  }
}
