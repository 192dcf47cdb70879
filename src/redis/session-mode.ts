/**
 * Session mode, beyond Envoy: clients of one Redis use it as if they were connected to it. Asked for by `filter_metadata` of the cluster, which Envoy
 * does not read: `envoylet.redis: { session_mode: true }` (docs/guides/redis-sessions.md). Requests share the pipelined connection; who subscribes,
 * blocks, watches or changes its connection has one of its own for as long as it needs it.
 */
import { refuse } from '../config/refusal.ts';
import type { RedisProxy } from '../config/schema/types.ts';
import { logger } from '../log/logger.ts';
import type { Counter, Gauge, Scope } from '../stats/store.ts';
import type { Connection } from '../transport/connection.ts';
import type { ClusterInfo } from '../upstream/cluster-info.ts';
import { FORWARD, HOSTS, SPLIT } from './command-table.ts';
import { mayWait, needsOwn } from './pinned-state.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { hello } from './resp3.ts';
import { Session } from './session.ts';
import type { SessionRouter } from './session-router.ts';
import { KEYED_NAMES } from './shard-keys.ts';
import { ShardRouter } from './shard-router.ts';

const log = logger('redis');
/** Key of `filter_metadata`. */
const METADATA = 'envoylet.redis';
const KNOWN = new Set(['session_mode', 'idle_timeout', 'top']);
/** `idle_timeout` of the metadata, ms: how long a client keeps a connection of its own that it does not need any more. */
const DEFAULT_IDLE_MS = 10_000;
const SECOND_MS = 1000;
const LONGEST_IDLE_S = 86_400;

/** Commands beyond Envoy's that change nothing for a connection and do not wait: they may share one. */
const SHARED_NAMES: readonly string[] = [
  ...'acl bgrewriteaof bgsave command dbsize function lastsave latency memory module pubsub replicaof save swapdb'.split(
    ' ',
  ),
  ...KEYED_NAMES,
];

/** Bytes read behind a request that waits for one that blocks; above, nothing more is read, and nobody knows when the client goes. */
const MOST_UNREAD = 64 * 1024;

export interface ModeSettings {
  readonly idleMs: number;
}

/** Commands beyond Envoy's that go with these clusters. */
export function namesFor(clusters: readonly ClusterInfo[], config: RedisProxy): readonly string[] {
  return clusters.some((c) => settingsOf(c, config) !== null) ? SHARED_NAMES : [];
}

/** What gathers hot keys and the like, where one of these asks for it. */
export async function topFor(
  clusters: readonly (ClusterInfo | undefined)[],
): Promise<typeof import('./top.ts') | null> {
  if (!clusters.some((c) => c !== undefined && asksForTop(c))) return null;
  const [top, exchange] = await Promise.all([import('./top.ts'), import('./top-exchange.ts')]);
  exchange.answerOthers();
  return top;
}

/** Its hot keys and the like are wanted. */
export function asksForTop(cluster: ClusterInfo): boolean {
  return cluster.config.metadata?.filterMetadata?.get(METADATA)?.['top'] === true;
}

/** What is refused beside it; null: nothing. */
function conflict(config: RedisProxy): string | null {
  const { settings = {}, prefixRoutes = {}, faults = [], protocolVersion } = config;
  const { routes = [], catchAllRoute: all = {} } = prefixRoutes;
  if (routes.length > 0) return 'prefix_routes.routes';
  if ((all.requestMirrorPolicy ?? []).length > 0) return 'request_mirror_policy';
  if (all.readCommandPolicy !== undefined) return 'read_command_policy';
  if ((all.keyFormatter ?? '') !== '') return 'key_formatter';
  if (faults.length > 0) return 'faults';
  if (protocolVersion === 'RESP3') return 'protocol_version (clients choose)';
  return (settings.readPolicy ?? 'MASTER') === 'MASTER' ? null : 'read_policy';
}

/** Null: not in session mode. Throws what is wrong with the metadata, or with a redis_proxy that uses the cluster. */
export function settingsOf(cluster: ClusterInfo, config: RedisProxy): ModeSettings | null {
  const asked = cluster.config.metadata?.filterMetadata?.get(METADATA);
  if (asked === undefined) return null;
  const wrong = (text: string): never => refuse(config, '', `cluster '${cluster.name}': metadata ${METADATA}: ${text}`);
  for (const key of Object.keys(asked)) if (!KNOWN.has(key)) wrong(`'${key}' is not known`);
  const {
    session_mode: on = false,
    top = false,
    idle_timeout: idle = DEFAULT_IDLE_MS / SECOND_MS,
  } = asked as Record<string, unknown>;
  if (typeof on !== 'boolean') wrong('session_mode must be true or false');
  if (typeof top !== 'boolean') wrong('top must be true or false');
  if (typeof idle !== 'number' || !(idle > 0 && idle <= LONGEST_IDLE_S))
    wrong(`idle_timeout must be a number of seconds up to ${LONGEST_IDLE_S}`);
  if (on !== true) return null;
  const beside = conflict(config);
  if (beside !== null) wrong(`session_mode does not go with ${beside}`);
  return { idleMs: (idle as number) * SECOND_MS };
}

/** `redis.<stat_prefix>.session.*`: ours. */
export class ModeStats {
  readonly pinnedTotal: Counter;
  readonly pinnedActive: Gauge;
  /** A connection of its own was refused: the cluster's max_connections are in use. */
  readonly pinnedOverflow: Counter;
  /** A client was closed because its own connection was, with what Redis had remembered for it. */
  readonly pinnedLost: Counter;

  constructor(root: Scope, statPrefix: string) {
    const scope = root.scope(`redis.${statPrefix}.session.`);
    this.pinnedTotal = scope.counter('pinned_total');
    this.pinnedActive = scope.gauge('pinned_active');
    this.pinnedOverflow = scope.counter('pinned_overflow');
    this.pinnedLost = scope.counter('pinned_lost');
  }
}

export class SessionMode {
  readonly stats: ModeStats;
  readonly proxy: ProxySettings;
  /** The same with hosts that are spoken to in RESP3. */
  readonly proxy3: ProxySettings;
  /** By the command's number: 1: it may share a connection. */
  readonly shares: Uint8Array;
  /** The same where a cluster has several Redis: it is served as without session mode. */
  readonly ofShards: Uint8Array;
  /** Commands beyond Envoy's that go whole to the Redis that has their keys. */
  readonly keyed: ReadonlySet<string>;
  /** Numbers of these commands. */
  readonly auth: number;
  readonly hello: number;
  private readonly config: RedisProxy;

  constructor(proxy: ProxySettings, config: RedisProxy, root: Scope) {
    this.proxy = proxy;
    const spoken: Pick<ProxySettings, 'resp3' | 'greetings'> = {
      resp3: true,
      // AUTH, or nothing: read_policy does not go with session mode.
      greetings: (host) => [hello(proxy.greetings(host)[0] ?? null)],
    };
    this.proxy3 = Object.assign(Object.create(proxy) as ProxySettings, spoken);
    this.config = config;
    this.stats = new ModeStats(root, config.statPrefix ?? '');
    const { commands } = proxy;
    this.auth = commands.numberOf('auth');
    this.hello = commands.numberOf('hello');
    this.shares = Uint8Array.from(commands.handlers, (h) => (h === FORWARD || h === SPLIT || h === HOSTS ? 1 : 0));
    this.keyed = new Set(KEYED_NAMES);
    const beyond = new Set(SHARED_NAMES);
    this.ofShards = new Uint8Array(this.shares.length);
    for (const [i, name] of commands.countedNames.entries()) {
      if (needsOwn(name)) this.shares[i] = 0;
      this.ofShards[i] = this.shares[i] !== 0 && !beyond.has(name) ? 1 : 0;
    }
  }

  blocks(name: string): boolean {
    return mayWait(name);
  }

  /** To a cluster whose metadata speak of session mode, in whatever words. */
  onConnection(conn: Connection): void {
    try {
      const cluster = this.proxy.routes.only?.cluster.current?.info;
      const settings = cluster === undefined ? null : settingsOf(cluster, this.config);
      if (settings !== null) {
        new ModeSession(conn, this, settings);
        return;
      }
    } catch (error) {
      // Of a cluster that came later; those that were there were asked when the filter was made.
      log.error((error as Error).message);
    }
    new Session(conn, this.proxy);
  }
}

/** A client in session mode. */
export class ModeSession extends Session {
  /** What comes is kept, and not looked at yet. */
  private watching = false;
  /** And then it has ended. */
  private ended = false;

  constructor(conn: Connection, mode: SessionMode, settings: ModeSettings) {
    super(conn, mode.proxy, (session) => new ShardRouter(session as ModeSession, mode, settings));
  }

  protected override allAnswered(): void {
    // Nobody is told to go in the middle of a transaction.
    const requests = this.requests as SessionRouter;
    if (requests.amidTransaction && !requests.waits && !this.finishing) return;
    super.allAnswered();
  }

  /** A request waits for one that may wait for ever: what comes is read meanwhile, for as much as it is worth. */
  watch(): void {
    this.watching = true;
    this.conn.readDisable(false);
  }

  override resume(unread: Buffer): void {
    this.seesAll();
    super.resume(unread);
    if (this.ended) this.onEnd();
  }

  private seesAll(): void {
    if (!this.watching) return;
    this.watching = false;
    this.conn.readDisable(true);
  }

  override onData(chunk: Buffer): void {
    if (!this.watching) super.onData(chunk);
    else if ((this.requests as SessionRouter).keepUnread(chunk) > MOST_UNREAD) this.seesAll();
  }

  /** What may never be answered keeps no connection once its client has ended: Redis lets such a client go at once. */
  override onEnd(): void {
    if ((this.requests as SessionRouter).blocks) this.lost();
    else if (this.watching) this.ended = true;
    else super.onEnd();
  }

  /** What Redis remembered for it is lost: as if Redis had closed the connection. */
  lost(): void {
    if (this.closed) return;
    this.finishing = true;
    this.conn.close('flush');
  }
}
