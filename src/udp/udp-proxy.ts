/**
 * envoy.filters.udp_listener.udp_proxy: datagrams go to a host of a cluster, and what the host answers goes back. Mirrors
 * source/extensions/filters/udp/udp_proxy/{config,udp_proxy_filter}.cc. Sessions are bounded by the cluster's max_connections; no datagram waits
 * anywhere.
 */
import { makeAccessLogs } from '../access-log/access-log.ts';
import type { AccessLogger } from '../access-log/access-logger.ts';
import type { UdpProxyConfig } from '../config/schema/types.ts';
import { formatBuild } from '../format/format-build.ts';
import { TextHash } from '../tcp/text-hash.ts';
import type { Address } from '../transport/address.ts';
import type { DatagramSocket } from '../transport/datagram-socket.ts';
import type { Cluster } from '../upstream/cluster.ts';
import { UNHEALTHY } from '../upstream/health/health-flags.ts';
import type { Host } from '../upstream/host.ts';
import type { UdpFilter, UdpFilterContext, UdpFilterFactory } from './udp-filter.ts';
import { type SessionLogs, UdpProxyLog, UdpSessionLog } from './udp-log.ts';
import { type UdpRoutes, type UdpTarget, udpRoutes } from './udp-routes.ts';
import { UdpSession } from './udp-session.ts';
import { UdpProxyStats } from './udp-stats.ts';

/** UdpProxyConfig.idle_timeout, ms. */
export const DEFAULT_IDLE_TIMEOUT_MS = 60_000;
/** UdpSocketConfig.max_rx_datagram_size, bytes. */
export const DEFAULT_MAX_DATAGRAM = 1500;

/** With GRO Envoy reads 64 KiB at once: as much as a datagram can have. */
export function maxDatagram(
  config: { readonly maxRxDatagramSize?: number; readonly preferGro?: boolean } | undefined,
  preferGro: boolean,
): number {
  if (config?.preferGro ?? preferGro) return Number.POSITIVE_INFINITY;
  return config?.maxRxDatagramSize ?? DEFAULT_MAX_DATAGRAM;
}

export class UdpProxyFactory implements UdpFilterFactory {
  readonly stats: UdpProxyStats;
  readonly routes: UdpRoutes;
  readonly idleTimeoutMs: number;
  /** Bytes; larger ones of a host are dropped. */
  readonly maxUpstreamDatagram: number;
  readonly perPacket: boolean;
  /** hash_policies: of a fixed text, or of each peer's IP. */
  private readonly keyHash: TextHash | null;
  private readonly hashesSourceIp: boolean;
  /** Null where nothing is logged. */
  readonly logs: SessionLogs | null;
  readonly proxyLoggers: readonly AccessLogger[];

  constructor(
    config: UdpProxyConfig,
    stats: UdpProxyStats,
    routes: UdpRoutes,
    loggers: readonly AccessLogger[],
    proxyLoggers: readonly AccessLogger[],
  ) {
    this.stats = stats;
    this.routes = routes;
    this.idleTimeoutMs = config.idleTimeout ?? DEFAULT_IDLE_TIMEOUT_MS;
    this.maxUpstreamDatagram = maxDatagram(config.upstreamSocketConfig, true);
    this.perPacket = config.usePerPacketLoadBalancing ?? false;
    const [policy] = config.hashPolicies ?? [];
    this.keyHash = policy?.key === undefined ? null : new TextHash(policy.key);
    this.hashesSourceIp = policy?.sourceIp === true;
    const intervalMs = config.accessLogOptions?.accessLogFlushInterval ?? 0;
    this.logs = loggers.length === 0 ? null : { loggers, intervalMs };
    this.proxyLoggers = proxyLoggers;
  }

  create(socket: DatagramSocket, local: Address): UdpFilter {
    return new UdpProxy(this, socket, local);
  }

  hash(cluster: Cluster, ip: string): TextHash | null {
    if (!cluster.needsHash) return null;
    return this.hashesSourceIp ? new TextHash(ip) : this.keyHash;
  }
}

/** Of one socket. */
export class UdpProxy implements UdpFilter {
  readonly factory: UdpProxyFactory;
  readonly socket: DatagramSocket;
  readonly local: Address;
  private readonly sessions = new Map<string, UdpSession>();
  /** Who sent last: seldom alone. */
  private last: UdpSession | null = null;
  private readonly log: UdpProxyLog | null;

  constructor(factory: UdpProxyFactory, socket: DatagramSocket, local: Address) {
    this.factory = factory;
    this.socket = socket;
    this.local = local;
    this.log = factory.proxyLoggers.length === 0 ? null : new UdpProxyLog(factory.proxyLoggers, factory.stats);
  }

  onDatagram(data: Buffer, ip: string, port: number): boolean {
    if (this.log !== null) this.log.bytesReceived += data.length;
    const session = this.factory.perPacket ? this.perPacket(ip, port) : this.sticky(ip, port);
    session?.onData(data);
    return true;
  }

  /** Bytes that go to a peer. */
  sends(bytes: number): void {
    if (this.log !== null) this.log.bytesSent += bytes;
  }

  private sticky(ip: string, port: number): UdpSession | null {
    const { last } = this;
    let session: UdpSession | undefined;
    let key = '';
    if (last !== null && last.port === port && last.ip === ip) session = last;
    else {
      key = `${ip} ${port}`;
      session = this.sessions.get(key);
    }
    if (session === undefined) {
      const target = this.target(ip, port);
      const cluster = target?.current ?? null;
      if (target === null || cluster === null) {
        this.factory.stats.sessNoRoute.inc();
        return null;
      }
      return this.open(key, ip, port, target, cluster, null);
    }
    this.last = session;
    return session.host.level === UNHEALTHY ? this.elsewhere(session) : session;
  }

  /** Its host is not healthy: a better one, where there is one. */
  private elsewhere(session: UdpSession): UdpSession | null {
    const { key, ip, port, target } = session;
    const cluster = target.current;
    const host = cluster?.balance(this.factory.hash(cluster, ip)) ?? null;
    if (cluster === null || host === null || host.level === UNHEALTHY || host === session.host) return session;
    session.end();
    return this.open(key, ip, port, target, cluster, host);
  }

  private perPacket(ip: string, port: number): UdpSession | null {
    const target = this.target(ip, port);
    const cluster = target?.current ?? null;
    if (target === null || cluster === null) {
      this.factory.stats.sessNoRoute.inc();
      return null;
    }
    const host = cluster.chooseHost(this.factory.hash(cluster, ip));
    if (host === null) return null;
    const key = `${ip} ${port} ${host.id} ${cluster.info.name}`;
    return this.sessions.get(key) ?? this.open(key, ip, port, target, cluster, host);
  }

  private target(ip: string, port: number): UdpTarget | null {
    return this.factory.routes(this.local, { ip, port });
  }

  /** `chosen` null: whoever the balancer says. */
  private open(
    key: string,
    ip: string,
    port: number,
    target: UdpTarget,
    cluster: Cluster,
    chosen: Host | null,
  ): UdpSession | null {
    const { factory } = this;
    const host = chosen ?? cluster.chooseHost(factory.hash(cluster, ip));
    if (host === null) return null;
    const { name, resources, stats } = cluster.info;
    if (!resources[0].connections.canCreate()) {
      stats.upstreamCxOverflow.inc();
      // Envoy counts and logs it as a session that ends with its beginning.
      factory.stats.sessTotal.inc();
      if (factory.logs !== null) new UdpSessionLog(factory.logs, this.local, { ip, port }, name, null).end();
      return null;
    }
    const session = new UdpSession(this, key, ip, port, target, host);
    this.sessions.set(key, session);
    return session;
  }

  forget(session: UdpSession): void {
    this.sessions.delete(session.key);
    if (this.last === session) this.last = null;
  }

  onReceiveError(): void {
    this.factory.stats.sessRxErrors.inc();
  }

  close(): void {
    for (const session of [...this.sessions.values()]) session.end();
    this.log?.end();
  }
}

export async function create(config: UdpProxyConfig, ctx: UdpFilterContext): Promise<UdpFilterFactory> {
  const stats = new UdpProxyStats(ctx.store.scope(`udp.${config.statPrefix ?? ''}.`));
  const routes = await udpRoutes(config, ctx);
  // Of its listener Envoy tells these logs nothing.
  const format = formatBuild({ ...ctx, listenerName: '' }, () => undefined);
  const loggers = await makeAccessLogs(config.accessLog, ctx, format);
  const proxyLoggers = await makeAccessLogs(config.proxyAccessLog, ctx, format);
  return new UdpProxyFactory(config, stats, routes, loggers, proxyLoggers);
}
