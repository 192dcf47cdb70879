/** Which cluster a key belongs to: prefix_routes of redis_proxy (Envoy's PrefixRoutes, redis_proxy/router_impl.cc). */
import { each, refuse } from '../config/refusal.ts';
import type {
  RedisProxy,
  RedisProxyPrefixRoutesRoute,
  RedisProxyPrefixRoutesRouteRequestMirrorPolicy,
} from '../config/schema/types.ts';
import { asciiLower } from '../platform/wire-text.ts';
import { type RuntimeShare, runtimeShare } from '../runtime/runtime.ts';
import type { ClusterLookup, ClusterRef } from '../upstream/cluster-ref.ts';
import { KeyForm } from './key-form.ts';
import type { KeyFormats } from './key-format.ts';

/** Copies of a route's requests to another cluster; nobody waits for what it answers. */
export class Mirror {
  readonly cluster: ClusterRef;
  private readonly share: RuntimeShare;
  private readonly excludesReads: boolean;

  constructor(config: RedisProxyPrefixRoutesRouteRequestMirrorPolicy, clusters: ClusterLookup) {
    this.cluster = clusters.ref(config.cluster ?? '');
    this.share = runtimeShare(config.runtimeFraction, 1);
    this.excludesReads = config.excludeReadCommands === true;
  }

  /** Whether a request is copied; `writes`: its command changes something. */
  takes(writes: boolean): boolean {
    return (writes || !this.excludesReads) && this.share.happens();
  }
}

const NO_MIRRORS: readonly Mirror[] = [];

export class Route {
  /** Bytes cut off the key before it is sent; 0 when remove_prefix is off. */
  readonly strip: number;
  /** Lower-cased when the routes are case-insensitive. */
  readonly prefix: Buffer;
  /** Read anew for each request: clusters may come and go. */
  readonly cluster: ClusterRef;
  /** Where commands that change nothing go instead; null: where all go. */
  readonly reads: ClusterRef | null;
  readonly mirrors: readonly Mirror[];
  /** key_formatter; null: the key as it is. */
  readonly form: KeyForm | null;

  constructor(
    config: RedisProxyPrefixRoutesRoute,
    caseInsensitive: boolean,
    clusters: ClusterLookup,
    formats: KeyFormats | null,
    catchAll = false,
  ) {
    // Envoy never removes a prefix on the catch-all route, whatever it says.
    const prefix = catchAll ? '' : (config.prefix ?? '');
    this.prefix = Buffer.from(caseInsensitive ? asciiLower(prefix) : prefix);
    this.strip = config.removePrefix === true ? this.prefix.length : 0;
    this.cluster = clusters.ref(config.cluster ?? '');
    const reads = config.readCommandPolicy?.cluster ?? '';
    this.reads = reads === '' ? null : clusters.ref(reads);
    const mirrors = config.requestMirrorPolicy ?? [];
    this.mirrors = mirrors.length === 0 ? NO_MIRRORS : mirrors.map((m) => new Mirror(m, clusters));
    const { keyFormatter: format = '' } = config;
    const plain = format === '' ? null : KeyForm.plain(format);
    this.form = format === '' ? null : (plain ?? new KeyForm(formats!(config)));
  }

  /** Every cluster named. */
  static clustersOf(config: RedisProxyPrefixRoutesRoute): string[] {
    const { cluster = '', readCommandPolicy: reads, requestMirrorPolicy: mirrors = [] } = config;
    return [cluster, ...(reads?.cluster ? [reads.cluster] : []), ...mirrors.map((m) => m.cluster ?? '')];
  }
}

export class Routes {
  /** Every cluster named. */
  readonly clusterNames: ReadonlySet<string>;
  /** Set when no key has to be looked at. */
  readonly only: Route | null;
  /** Some route sends other keys. */
  readonly changesKeys: boolean;
  private readonly catchAll: Route | null;
  /** Longest prefix first. */
  private readonly byPrefix: readonly Route[];
  private readonly caseInsensitive: boolean;

  /** Throws Envoy's sentences for a prefix given twice and for no route at all. */
  constructor(config: RedisProxy, clusters: ClusterLookup, formats: KeyFormats | null) {
    const routes = config.prefixRoutes?.routes ?? [];
    const catchAll = config.prefixRoutes?.catchAllRoute;
    if (routes.length === 0 && catchAll === undefined) {
      refuse(config, 'prefix_routes', 'cannot configure a redis-proxy without any upstream');
    }
    this.caseInsensitive = config.prefixRoutes?.caseInsensitive === true;
    const seen = new Set<string>();
    const made: Route[] = [];
    each(routes, (r) => {
      const route = new Route(r, this.caseInsensitive, clusters, formats);
      const key = route.prefix.toString('latin1');
      if (seen.has(key)) refuse(r, 'prefix', `prefix \`${r.prefix ?? ''}\` already exists.`);
      seen.add(key);
      made.push(route);
    });
    this.byPrefix = made.sort((a, b) => b.prefix.length - a.prefix.length);
    this.catchAll = catchAll === undefined ? null : new Route(catchAll, this.caseInsensitive, clusters, formats, true);
    this.clusterNames = new Set([...routes, ...(catchAll === undefined ? [] : [catchAll])].flatMap(Route.clustersOf));
    this.only = made.length === 0 ? this.catchAll : null;
    this.changesKeys = [...made, this.catchAll].some((r) => r !== null && (r.strip > 0 || r.form !== null));
  }

  /** Whether `formats` is needed. */
  static hasCommands(config: RedisProxy): boolean {
    const { routes = [], catchAllRoute } = config.prefixRoutes ?? {};
    return [...routes, catchAllRoute].some(
      (r) => r?.keyFormatter !== undefined && KeyForm.plain(r.keyFormatter) === null,
    );
  }

  /** The route of the key at `from`; null when there is none. */
  find(b: Buffer, from: number, length: number): Route | null {
    for (const route of this.byPrefix) if (this.matches(route.prefix, b, from, length)) return route;
    return this.catchAll;
  }

  private matches(prefix: Buffer, b: Buffer, from: number, length: number): boolean {
    const n = prefix.length;
    if (n > length) return false;
    for (let i = 0; i < n; i++) {
      let c = b[from + i];
      if (this.caseInsensitive && c >= 65 && c <= 90) c |= 32;
      if (c !== prefix[i]) return false;
    }
    return true;
  }
}
