/**
 * A session: who sends to a UDP listener, and the host that its datagrams go to, through a socket of its own that the host answers to. It ends when
 * nothing has come for idle_timeout, or when its host, cluster or listener goes. Mirrors UdpActiveSession of
 * source/extensions/filters/udp/udp_proxy/udp_proxy_filter.cc.
 */
import { logger } from '../log/logger.ts';
import { type DatagramOwner, type DatagramSocket, makeDatagramSocket } from '../transport/datagram-socket.ts';
import { Timer } from '../transport/timers.ts';
import { type Host, type HostSlot, hostSlot } from '../upstream/host.ts';
import { UdpSessionLog } from './udp-log.ts';
import type { UdpProxy } from './udp-proxy.ts';
import type { Peer, UdpTarget } from './udp-routes.ts';
import type { UdpClusterStats } from './udp-stats.ts';

const log = logger('filter');
const SLOT = hostSlot();

/** The sessions of a host: they go with it. */
class HostSessions implements HostSlot {
  readonly open = new Set<UdpSession>();

  drain(): void {
    for (const session of [...this.open]) session.end();
  }
}

function sessionsOf(host: Host): Set<UdpSession> {
  host.slots[SLOT] ??= new HostSessions();
  return (host.slots[SLOT] as HostSessions).open;
}

export class UdpSession implements DatagramOwner, Peer {
  readonly key: string;
  readonly ip: string;
  readonly port: number;
  readonly host: Host;
  readonly target: UdpTarget;
  private readonly proxy: UdpProxy;
  private readonly clusterStats: UdpClusterStats;
  private readonly socket: DatagramSocket;
  private connected: boolean;
  private ended: boolean;
  private readonly idle: Timer;
  private readonly log: UdpSessionLog | null;

  constructor(proxy: UdpProxy, key: string, ip: string, port: number, target: UdpTarget, host: Host) {
    this.proxy = proxy;
    this.key = key;
    this.ip = ip;
    this.port = port;
    this.target = target;
    this.host = host;
    this.clusterStats = target.stats as UdpClusterStats;
    this.connected = false;
    this.ended = false;
    const { factory } = proxy;
    factory.stats.sessTotal.inc();
    factory.stats.sessActive.inc();
    host.cluster.resources[0].connections.inc();
    sessionsOf(host).add(this);
    this.idle = new Timer(() => this.timedOut());
    this.log =
      factory.logs === null ? null : new UdpSessionLog(factory.logs, proxy.local, this, host.cluster.name, host);
    this.socket = makeDatagramSocket(host.address.ip.includes(':'));
    if (log.debugOn) {
      log.debug(
        `creating new session: downstream=${ip}:${port} local=${proxy.local.text} upstream=${host.address.text}`,
      );
    }
  }

  /** From the client. */
  onData(data: Buffer): void {
    const { factory } = this.proxy;
    const { stats } = factory;
    const n = data.length;
    stats.sessRxBytes.add(n);
    stats.sessRxDatagrams.inc();
    if (this.log !== null) {
      this.log.bytesReceived += n;
      this.log.datagramsReceived++;
    }
    this.idle.arm(factory.idleTimeoutMs);
    const { clusterStats } = this;
    if ((this.connected || this.connect()) && this.socket.send(data)) {
      clusterStats.txDatagrams.inc();
      this.host.cluster.stats.upstreamCxTxBytesTotal.add(n);
    } else clusterStats.txErrors.inc();
  }

  /** Only the host is heard then. Tried again with each datagram until it works. */
  private connect(): boolean {
    const code = this.socket.connect(this.host.address);
    if (code !== '') {
      if (log.debugOn) log.debug(`cannot connect: (${code})`);
      return false;
    }
    this.connected = true;
    this.socket.start(this);
    this.log?.connected(this.socket.localAddress());
    return true;
  }

  /** From the host. */
  datagram(data: Buffer): void {
    if (this.ended) return;
    const { proxy, clusterStats, log: record } = this;
    const { factory } = proxy;
    const n = data.length;
    this.idle.arm(factory.idleTimeoutMs);
    if (n > factory.maxUpstreamDatagram) {
      clusterStats.rxDatagramsDropped.inc();
      return;
    }
    clusterStats.rxDatagrams.inc();
    this.host.cluster.stats.upstreamCxRxBytesTotal.add(n);
    const { stats } = factory;
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

  datagramFailed(): void {
    if (this.ended) return;
    this.idle.arm(this.proxy.factory.idleTimeoutMs);
    this.clusterStats.rxErrors.inc();
  }

  private timedOut(): void {
    if (log.debugOn)
      log.debug(`session idle timeout: downstream=${this.ip}:${this.port} local=${this.proxy.local.text}`);
    this.proxy.factory.stats.idleTimeout.inc();
    this.end();
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    if (log.debugOn)
      log.debug(`deleting the session: downstream=${this.ip}:${this.port} upstream=${this.host.address.text}`);
    this.idle.cancel();
    this.socket.close();
    sessionsOf(this.host).delete(this);
    this.proxy.forget(this);
    this.proxy.factory.stats.sessActive.dec();
    this.host.cluster.resources[0].connections.dec();
    this.log?.end();
  }
}
