/**
 * envoy.filters.udp_listener.udp_proxy: datagrams go to a host of a cluster, and what the host answers goes back. Mirrors
 * source/extensions/filters/udp/udp_proxy/{config,udp_proxy_filter}.cc. Sessions are bounded by the cluster's max_connections; datagrams wait nowhere
 * but where buffer_options say so.
 */
import { makeAccessLogs } from '../access-log/access-log.ts';
import type { AccessLogger } from '../access-log/access-logger.ts';
import { eachAsync, refuse, refuseUnregistered, withinAsync } from '../config/refusal.ts';
import type { UdpProxyConfig, UdpProxyConfigSessionFilter } from '../config/schema/types.ts';
import { formatBuild } from '../format/format-build.ts';
import { UPSTREAM_OVERFLOW } from '../http/stream/response-flags.ts';
import { TextHash } from '../tcp/text-hash.ts';
import type { Address } from '../transport/address.ts';
import type { DatagramSocket } from '../transport/datagram-socket.ts';
import type { Cluster } from '../upstream/cluster.ts';
import { UNHEALTHY } from '../upstream/health/health-flags.ts';
import type { Host } from '../upstream/host.ts';
import type { SessionFilters } from './filters-of-session.ts';
import type { UdpSessionFilterFactory } from './session-filter.ts';
import { SocketSession } from './socket-session.ts';
import type { UdpFilter, UdpFilterContext, UdpFilterFactory } from './udp-filter.ts';
import { type SessionLogs, UdpProxyLog, UdpSessionLog } from './udp-log.ts';
import { type Peer, type UdpRoutes, type UdpTarget, udpRoutes } from './udp-routes.ts';
import type { UdpSession } from './udp-session.ts';
import { UdpProxyStats } from './udp-stats.ts';
import type { UdpTunnelSettings } from './udp-tunnel.ts';

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

/** What few proxies have: filters of a session, a tunnel. */
export interface UdpExtras {
  readonly filters: ((session: UdpSession) => SessionFilters) | null;
  readonly tunnel: UdpTunnelSettings | null;
  readonly makeSession: typeof makeSocketSession;
}

const makeSocketSession = (
  proxy: UdpProxy,
  key: string,
  peer: Peer,
  target: UdpTarget,
  cluster: Cluster,
  host: Host | null,
): UdpSession => new SocketSession(proxy, key, peer, target, cluster, host);

const NO_EXTRAS: UdpExtras = { filters: null, tunnel: null, makeSession: makeSocketSession };

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
  private readonly extras: UdpExtras;
  /** Where it goes is not known before filters, or a tunnel, say so. */
  readonly defers: boolean;

  constructor(
    config: UdpProxyConfig,
    stats: UdpProxyStats,
    routes: UdpRoutes,
    loggers: readonly AccessLogger[],
    proxyLoggers: readonly AccessLogger[],
    extras = NO_EXTRAS,
  ) {
    this.extras = extras;
    this.defers = extras !== NO_EXTRAS;
    this.stats = stats;
    this.routes = routes;
    this.idleTimeoutMs = config.idleTimeout ?? DEFAULT_IDLE_TIMEOUT_MS;
    this.maxUpstreamDatagram = maxDatagram(config.upstreamSocketConfig, true);
    this.perPacket = config.usePerPacketLoadBalancing ?? false;
    const [policy] = config.hashPolicies ?? [];
    this.keyHash = policy?.key === undefined ? null : new TextHash(policy.key);
    this.hashesSourceIp = policy?.sourceIp === true;
    const { accessLogFlushInterval: intervalMs = 0, flushAccessLogOnTunnelConnected: onConnected = false } =
      config.accessLogOptions ?? {};
    this.logs = loggers.length === 0 ? null : { loggers, intervalMs, onConnected };
    this.proxyLoggers = proxyLoggers;
  }

  create(socket: DatagramSocket, local: Address): UdpFilter {
    return new UdpProxy(this, socket, local);
  }

  get tunnel(): UdpTunnelSettings | null {
    return this.extras.tunnel;
  }

  get makeSession(): UdpExtras['makeSession'] {
    return this.extras.makeSession;
  }

  filtersOf(session: UdpSession): SessionFilters | null {
    const { filters } = this.extras;
    return filters === null ? null : filters(session);
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
    if (this.factory.defers) return this.stillThere(session);
    return (session.host as Host).level === UNHEALTHY ? this.elsewhere(session, session.host as Host) : session;
  }

  /** A session that hangs on no host ends with its cluster, which is noticed here or when it is idle. */
  private stillThere(session: UdpSession): UdpSession | null {
    const { key, ip, port, target } = session;
    const cluster = target.current;
    if (cluster === session.cluster) return session;
    session.end();
    if (cluster !== null) return this.open(key, ip, port, target, cluster, null);
    this.factory.stats.sessNoRoute.inc();
    return null;
  }

  /** Its host is not healthy: a better one, where there is one. */
  private elsewhere(session: UdpSession, before: Host): UdpSession | null {
    const { key, ip, port, target } = session;
    const cluster = target.current;
    const host = cluster?.balance(this.factory.hash(cluster, ip)) ?? null;
    if (cluster === null || host === null || host.level === UNHEALTHY || host === before) return session;
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
    const host = factory.defers ? null : (chosen ?? cluster.chooseHost(factory.hash(cluster, ip)));
    if (host === null && !factory.defers) return null;
    const { name, resources, stats } = cluster.info;
    if (!resources[0].connections.canCreate()) {
      stats.upstreamCxOverflow.inc();
      // Envoy counts and logs it as a session that ends with its beginning.
      factory.stats.sessTotal.inc();
      if (factory.logs !== null)
        new UdpSessionLog(factory.logs, this.local, { ip, port }, name, UPSTREAM_OVERFLOW).end();
      return null;
    }
    const session = factory.makeSession(this, key, { ip, port }, target, cluster, host);
    if (!session.begin()) {
      session.end();
      return null;
    }
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

async function loadFilter(m: UdpProxyConfigSessionFilter, ctx: UdpFilterContext): Promise<UdpSessionFilterFactory> {
  const { typedConfig } = m;
  if (typedConfig === undefined) return refuseUnregistered(m);
  return (await ctx.loadExtension(typedConfig.typeUrl)).create(typedConfig.value, ctx) as UdpSessionFilterFactory;
}

/** Undefined: a session is a socket and nothing more. */
async function extrasOf(config: UdpProxyConfig, ctx: UdpFilterContext): Promise<UdpExtras | undefined> {
  const { tunnelingConfig, sessionFilters, usePerPacketLoadBalancing } = config;
  if (tunnelingConfig === undefined && sessionFilters === undefined) return undefined;
  if (usePerPacketLoadBalancing === true) {
    const other = tunnelingConfig === undefined ? 'session_filters' : 'tunneling_config';
    refuse(config, other, `Only one of use_per_packet_load_balancing or ${other} can be used.`);
  }
  let { tunnel, makeSession } = NO_EXTRAS;
  if (tunnelingConfig !== undefined) {
    const { TunnelSession, UdpTunnelSettings } = await import('./udp-tunnel.ts');
    tunnel = await withinAsync(tunnelingConfig, async () => new UdpTunnelSettings(tunnelingConfig, ctx));
    makeSession = (proxy, key, peer, target, cluster) => new TunnelSession(proxy, key, peer, target, cluster, null);
  }
  let { filters } = NO_EXTRAS;
  if (sessionFilters !== undefined) {
    const factories = await eachAsync(sessionFilters, (m) => loadFilter(m, ctx));
    const { SessionFilters } = await import('./filters-of-session.ts');
    filters = (session) => new SessionFilters(session, factories);
  }
  return { filters, tunnel, makeSession };
}

export async function create(config: UdpProxyConfig, ctx: UdpFilterContext): Promise<UdpFilterFactory> {
  const stats = new UdpProxyStats(ctx.store.scope(`udp.${config.statPrefix ?? ''}.`));
  const routes = await udpRoutes(config, ctx);
  // Of its listener Envoy tells these logs nothing.
  const format = formatBuild({ ...ctx, listenerName: '' }, () => undefined);
  const loggers = await makeAccessLogs(config.accessLog, ctx, format);
  const proxyLoggers = await makeAccessLogs(config.proxyAccessLog, ctx, format);
  return new UdpProxyFactory(config, stats, routes, loggers, proxyLoggers, await extrasOf(config, ctx));
}
