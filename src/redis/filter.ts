/** redis_proxy: built from its config once, it makes a session of every connection it is given (Envoy's redis_proxy/config.cc). */

import { readDataSource } from '../config/data-source.ts';
import { each } from '../config/refusal.ts';
import type { RedisProxy } from '../config/schema/types.ts';
import type { FactoryContext, NetworkFilterFactory } from '../extension/context.ts';
import { logger } from '../log/logger.ts';
import { TokenBucket } from '../platform/token-bucket.ts';
import type { StatsRoot } from '../stats/store.ts';
import type { Connection } from '../transport/connection.ts';
import { DEFAULT_BUFFER_LIMIT } from '../transport/connection.ts';
import type { ClusterInfo } from '../upstream/cluster-info.ts';
import type { DnsCache } from '../upstream/dynamic/dns-cache.ts';
import type { Host } from '../upstream/host.ts';
import { READ_POLICIES } from '../upstream/load-balancers/redis-slot-numbers.ts';
import { redisAuth } from '../upstream/redis-auth.ts';
import type { Credentials } from './auth.ts';
import type { Happening } from './cluster-refresh.ts';
import type { CommandTable } from './command-table.ts';
import { commandTable } from './commands.ts';
import type { ExternalAuth } from './external-auth.ts';
import type { Faults } from './faults.ts';
import { FragmentWriter } from './fragment-writer.ts';
import { clientOf } from './host-clients.ts';
import type { KeyFormats } from './key-format.ts';
import type { ProxySettings } from './proxy-settings.ts';
import type { RedirectListener, Redirects } from './redirects.ts';
import { type Requester, RequestRouter } from './request-router.ts';
import type { Resp3 } from './resp3.ts';
import { Routes } from './routes.ts';
import { Session } from './session.ts';
import type { SessionMode } from './session-mode.ts';
import { RedisClusterStats, RedisStats } from './stats.ts';
import type { Follower } from './top.ts';
import type { UpstreamClient } from './upstream-client.ts';

const log = logger('redis');
const SECOND_MS = 1000;
const NO_GREETINGS: readonly Buffer[] = [];
/** The connection may be asked for what a replica has. */
const READONLY = Buffer.from('*1\r\n$8\r\nreadonly\r\n');

/** What is loaded only where it is configured. */
export interface Extras {
  readonly faults: ((commands: CommandTable) => Faults) | null;
  readonly keyFormats: KeyFormats | null;
  readonly externalAuth: Pick<ExternalAuth, 'ask'> | null;
  readonly dnsCache: DnsCache | null;
  /** `enable_redirection`. */
  readonly Redirects: typeof Redirects | null;
  /** `protocol_version: RESP3`. */
  readonly resp3: Resp3 | null;
  /** Commands beyond Envoy's, of session mode. */
  readonly sharedNames: readonly string[];
}
export const NO_EXTRAS: Extras = {
  faults: null,
  keyFormats: null,
  externalAuth: null,
  dnsCache: null,
  Redirects: null,
  resp3: null,
  sharedNames: [],
};

export class RedisFilter implements NetworkFilterFactory, ProxySettings, RedirectListener {
  readonly commands: CommandTable;
  readonly stats: RedisStats;
  readonly routes: Routes;
  readonly credentials: Credentials;
  readonly redirects: Redirects | null;
  readonly opTimeoutMs: number;
  readonly hashtags: boolean;
  readonly unreadLimit: number;
  readonly envoy16: boolean;
  readonly fragments: FragmentWriter;
  sessions: number;
  readonly isDraining: () => boolean;
  readonly readPolicy: number;
  readonly faults: Faults | null;
  readonly externalAuth: Pick<ExternalAuth, 'ask'> | null;
  readonly resp3: boolean;
  private readonly resp3Parts: Resp3 | null;
  private readonly config: RedisProxy;
  private readonly root: StatsRoot;
  private readonly lookup: FactoryContext['clusters'];
  private mode: SessionMode | null;
  private top: TopModule | null;
  /** 0: any number. */
  private readonly connectsPerSecond: number;
  private readonly connects = new WeakMap<ClusterInfo, TokenBucket>();
  private readonly clusters: Map<string, RedisClusterStats>;
  /** Loaded when something happens that may have a Redis Cluster asked again. */
  private refreshes: Refreshes | null;
  private readonly refreshCluster: (name: string) => void;

  /** Throws Envoy's sentences for what a schema cannot check. */
  constructor(config: RedisProxy, ctx: FactoryContext, extras: Extras) {
    this.commands = commandTable(ctx.envoy16, [...(config.customCommands ?? []), ...extras.sharedNames]);
    this.config = config;
    this.root = ctx.store;
    this.lookup = ctx.clusters;
    this.mode = null;
    this.top = null;
    const names = this.commands.countedNames;
    this.routes = new Routes(config, ctx.clusters, extras.keyFormats);
    this.externalAuth = extras.externalAuth;
    this.resp3 = extras.resp3 !== null;
    this.resp3Parts = extras.resp3;
    this.faults = extras.faults === null ? null : extras.faults(this.commands);
    this.stats = new RedisStats(ctx.store, config.statPrefix ?? '', names, config.latencyInMicros === true);
    const {
      opTimeout = 0,
      enableHashtagging = false,
      enableCommandStats: perCommand = false,
      maxUpstreamUnknownConnections: maxUnknown,
      readPolicy,
      connectionRateLimit: rate,
    } = config.settings ?? {};
    this.connectsPerSecond = rate?.connectionRateLimitPerSec ?? 0;
    this.readPolicy = READ_POLICIES.indexOf((readPolicy ?? 'MASTER') as (typeof READ_POLICIES)[number]);
    this.refreshCluster = ctx.refreshCluster;
    const { Redirects, dnsCache } = extras;
    this.refreshes = null;
    this.redirects = Redirects === null ? null : new Redirects(ctx.clusters, maxUnknown, this, dnsCache);
    this.opTimeoutMs = opTimeout;
    this.hashtags = enableHashtagging;
    this.clusters = new Map();
    for (const name of this.routes.clusterNames)
      this.clusters.set(name, new RedisClusterStats(ctx.store, name, names, perCommand));
    for (const name of this.routes.clusterNames) {
      const cluster = ctx.clusters.get(name);
      if (cluster !== undefined) redisAuth(cluster.info.config);
    }
    this.unreadLimit = ctx.bufferLimitBytes > 0 ? ctx.bufferLimitBytes : DEFAULT_BUFFER_LIMIT;
    this.envoy16 = ctx.envoy16;
    this.fragments = new FragmentWriter();
    this.sessions = 0;
    this.isDraining = () => ctx.drain.closes();
    const { downstreamAuthUsername: user = {}, downstreamAuthPassword: password = {} } = config;
    const texts = each([user, password, ...(config.downstreamAuthPasswords ?? [])], readDataSource);
    const [username] = texts;
    const passwords = texts.slice(1).filter((p) => p.length > 0);
    const required = username.length > 0 || passwords.length > 0 || extras.externalAuth !== null;
    this.credentials = { username, passwords, required };
  }

  clientOf(host: Host): UpstreamClient | null {
    return clientOf(host, this);
  }

  mayConnect(cluster: ClusterInfo): boolean {
    const n = this.connectsPerSecond;
    if (n === 0) return true;
    let bucket = this.connects.get(cluster);
    if (bucket === undefined) this.connects.set(cluster, (bucket = new TokenBucket(n, n, SECOND_MS)));
    if (bucket.take()) return true;
    this.clusterStats(cluster.name).connectionRateLimited.inc();
    return false;
  }

  redirected(cluster: ClusterInfo): void {
    this.happened(cluster, 0);
  }
  upstreamFailed(cluster: ClusterInfo): void {
    this.happened(cluster, 1);
  }
  choseDegraded(cluster: ClusterInfo): void {
    this.happened(cluster, 2);
  }

  private happened(cluster: ClusterInfo, what: Happening): void {
    if (cluster.config.clusterType === undefined) return;
    if (this.refreshes !== null) {
      this.refreshes.on(cluster, what);
      return;
    }
    void import('./cluster-refresh.ts').then(({ Refreshes }) => {
      this.refreshes ??= new Refreshes(this.refreshCluster);
      this.refreshes.on(cluster, what);
    });
  }

  tooManyUnknown(cluster: ClusterInfo): void {
    this.clusters.get(cluster.name)?.maxUnknownReached.inc();
  }

  follow(cluster: ClusterInfo): Follower | null {
    return this.top === null ? null : this.top.Follower.of(cluster, this.commands);
  }

  greetings(host: Host): readonly Buffer[] {
    const auth = this.authOf(host);
    const first = this.resp3Parts === null ? auth : this.resp3Parts.hello(auth);
    if (this.readPolicy === 0) return first === null ? NO_GREETINGS : [first];
    return first === null ? [READONLY] : [first, READONLY];
  }

  helloFailed(cluster: ClusterInfo): void {
    this.clusters.get(cluster.name)?.helloFailure.inc();
  }

  requests(session: Requester): RequestRouter {
    const { resp3Parts } = this;
    return resp3Parts === null ? new RequestRouter(session, this) : new resp3Parts.Resp3Router(session, this);
  }

  private authOf(host: Host): Buffer | null {
    try {
      return redisAuth(host.cluster.config)?.of(host.address.text) ?? null;
    } catch (error) {
      // Of a cluster that came later; those that were there were asked when the filter was made.
      log.error(`cluster '${host.cluster.name}': no AUTH is sent: ${(error as Error).message}`);
      return null;
    }
  }

  clusterStats(name: string): RedisClusterStats {
    return this.clusters.get(name)!;
  }

  onConnection(conn: Connection): void {
    if (!asksForSessions(this.routes.only?.cluster.current?.info)) new Session(conn, this);
    else if (this.mode !== null) this.mode.onConnection(conn);
    else this.waitForMode(conn);
  }

  /** The cluster came later: what session mode needs is loaded first. */
  private waitForMode(conn: Connection): void {
    conn.readDisable(true);
    void import('./session-mode.ts').then(async (module) => {
      await this.useMode(module, []);
      if (conn.closed) return;
      this.onConnection(conn);
      conn.readDisable(false);
    });
  }

  private named(): (ClusterInfo | undefined)[] {
    return [...this.routes.clusterNames].map((name) => this.lookup.get(name)?.info);
  }

  /** Throws what is wrong with what these clusters ask for. */
  async useMode(module: ModeModule, clusters: readonly ClusterInfo[]): Promise<void> {
    for (const cluster of clusters) module.settingsOf(cluster, this.config);
    this.top = await module.topFor(this.named());
    this.mode ??= new module.SessionMode(this, this.config, this.root);
  }
}

type ModeModule = typeof import('./session-mode.ts');
type Refreshes = import('./cluster-refresh.ts').Refreshes;
type TopModule = typeof import('./top.ts');

function asksForSessions(cluster: ClusterInfo | undefined): cluster is ClusterInfo {
  return cluster?.config.metadata?.filterMetadata?.has('envoylet.redis') === true;
}

/** For extensions.ts: `envoy.extensions.filters.network.redis_proxy.v3.RedisProxy`. */
export function create(config: RedisProxy, ctx: FactoryContext): RedisFilter | Promise<RedisFilter> {
  const { faults = [], externalAuthProvider: external } = config;
  const more =
    faults.length > 0 ||
    external !== undefined ||
    config.settings?.dnsCacheConfig !== undefined ||
    config.settings?.enableRedirection === true ||
    config.protocolVersion === 'RESP3';
  if (more || Routes.hasCommands(config) || inSessions(config, ctx).length > 0) return createWith(config, ctx);
  return new RedisFilter(config, ctx, NO_EXTRAS);
}

async function createWith(config: RedisProxy, ctx: FactoryContext): Promise<RedisFilter> {
  const { faults: list = [], externalAuthProvider: external } = config;
  const faults = list.length > 0 ? (await import('./faults.ts')).faultsOf(list) : null;
  const keyFormats = Routes.hasCommands(config) ? (await import('./key-format.ts')).keyFormats(ctx) : null;
  const externalAuth =
    external === undefined ? null : await (await import('./external-auth.ts')).ExternalAuth.make(external, ctx);
  const dns = config.settings?.dnsCacheConfig;
  const dnsCache =
    dns === undefined
      ? null
      : (await import('../upstream/dynamic/dns-cache.ts')).dnsCache(dns, ctx.clusters, ctx.store);
  const Redirects = config.settings?.enableRedirection === true ? (await import('./redirects.ts')).Redirects : null;
  const resp3 = config.protocolVersion === 'RESP3' ? await import('./resp3.ts') : null;
  const asking = inSessions(config, ctx);
  const mode = asking.length > 0 ? await import('./session-mode.ts') : null;
  const sharedNames = mode?.namesFor(asking, config) ?? [];
  const filter = new RedisFilter(config, ctx, {
    faults,
    keyFormats,
    externalAuth,
    dnsCache,
    Redirects,
    resp3,
    sharedNames,
  });
  if (mode !== null) await filter.useMode(mode, asking);
  return filter;
}

function inSessions({ prefixRoutes }: RedisProxy, ctx: FactoryContext): ClusterInfo[] {
  const named = [...(prefixRoutes?.routes ?? []), prefixRoutes?.catchAllRoute];
  return named.map((r) => ctx.clusters.get(r?.cluster ?? '')?.info).filter(asksForSessions);
}
