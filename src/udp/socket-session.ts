/**
 * A session that sends to a host of its cluster, through a socket of its own that the host answers to. Mirrors UdpActiveSession of
 * source/extensions/filters/udp/udp_proxy/udp_proxy_filter.cc.
 */
import { logger } from '../log/logger.ts';
import { type DatagramOwner, type DatagramSocket, makeDatagramSocket } from '../transport/datagram-socket.ts';
import { type Host, type HostSlot, hostSlot } from '../upstream/host.ts';
import { UdpSession } from './udp-session.ts';

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

export class SocketSession extends UdpSession implements DatagramOwner {
  private socket: DatagramSocket | null = null;
  private connected = false;

  protected override openUpstream(): boolean {
    if (this.socket !== null) return true;
    this.host ??= this.cluster.chooseHost(this.balancing());
    const { host, proxy } = this;
    if (host === null) return false;
    this.log?.chose(host);
    sessionsOf(host).add(this);
    this.socket = makeDatagramSocket(host.address.ip.includes(':'));
    if (log.debugOn) {
      log.debug(
        `creating new session: downstream=${this.ip}:${this.port} local=${proxy.local.text} upstream=${host.address.text}`,
      );
    }
    return true;
  }

  protected override writeUpstream(data: Buffer): void {
    const { socket, clusterStats } = this;
    if (socket === null) {
      if (log.debugOn) log.debug('cannot write upstream because the socket was not created.');
      return;
    }
    if ((this.connected || this.connect(socket)) && socket.send(data)) {
      clusterStats.txDatagrams.inc();
      this.cluster.info.stats.upstreamCxTxBytesTotal.add(data.length);
    } else clusterStats.txErrors.inc();
  }

  /** Only the host is heard then. Tried again with each datagram until it works. */
  private connect(socket: DatagramSocket): boolean {
    const code = socket.connect((this.host as Host).address);
    if (code !== '') {
      if (log.debugOn) log.debug(`cannot connect: (${code})`);
      return false;
    }
    this.connected = true;
    socket.start(this);
    this.log?.connected(socket.localAddress());
    return true;
  }

  /** From the host. */
  datagram(data: Buffer): void {
    if (this.ended) return;
    const { clusterStats } = this;
    const n = data.length;
    this.touch();
    if (n > this.proxy.factory.maxUpstreamDatagram) {
      clusterStats.rxDatagramsDropped.inc();
      return;
    }
    clusterStats.rxDatagrams.inc();
    this.cluster.info.stats.upstreamCxRxBytesTotal.add(n);
    this.fromUpstream(data);
  }

  datagramFailed(): void {
    if (this.ended) return;
    this.touch();
    this.clusterStats.rxErrors.inc();
  }

  protected override closeUpstream(): void {
    this.socket?.close();
    if (this.host !== null) sessionsOf(this.host).delete(this);
  }
}
