/**
 * envoy.filters.http.dynamic_forward_proxy: a request to a cluster of that type waits until the name it goes to has an address. Mirrors
 * source/extensions/filters/http/dynamic_forward_proxy/proxy_filter.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type { DynamicForwardProxyFilterConfig, DynamicForwardProxyPerRouteConfig } from '../../config/schema/types.ts';
import { asciiLower, toWire } from '../../platform/wire-text.ts';
import type { Cluster } from '../../upstream/cluster.ts';
import { type CachedHost, type DnsCache, dnsCache, keyOf, type Waiting } from '../../upstream/dynamic/dns-cache.ts';
import { DYNAMIC_HOST, DYNAMIC_PORT, defaultPort } from '../../upstream/dynamic/dynamic-cluster.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import {
  CONTINUE,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  STOP_ALL_WATERMARK,
  StreamFilter,
} from '../stream/filter.ts';
import { DNS_RESOLUTION_FAILED } from '../stream/response-flags.ts';

const CLUSTER_TYPE = 'envoy.clusters.dynamic_forward_proxy';

interface RouteSettings {
  /** '' for none. */
  readonly host: string;
  readonly header: string;
}

interface Settings {
  readonly cache: DnsCache;
  readonly hostFromState: boolean;
}

class DynamicForwardProxyFilter extends StreamFilter {
  private readonly s: Settings;
  private waiting: Waiting | null = null;

  constructor(settings: Settings) {
    super();
    this.s = settings;
  }

  override decodeHeaders(h: Headers): HeadersStatus {
    const { stream, s } = this;
    const cluster = stream.route()?.forward?.cluster(h) ?? null;
    if (cluster === null || cluster.info.config.clusterType?.name !== CLUSTER_TYPE) return CONTINUE;
    this.rewrite(h);
    if (!s.cache.mayWait()) {
      return this.overflow(
        'Dynamic forward proxy pending request overflow',
        'dynamic_forward_proxy_pending_request_overflow',
      );
    }
    const authority = this.wanted(h);
    if (authority === '') {
      stream.sendLocalReply({ status: 400, body: 'Empty host header', details: 'empty_host_header' });
      return STOP;
    }
    const port = this.port(cluster);
    const host = s.cache.load(keyOf(authority, port), port);
    if (host === null) return this.overflow('DNS cache overflow', 'dns_cache_overflow');
    if (host.resolved) return this.resolved(host) ? CONTINUE : STOP;
    this.waiting = s.cache.wait(host, () => {
      this.waiting = null;
      if (this.resolved(host)) stream.continueDecoding(this);
    });
    return STOP_ALL_WATERMARK;
  }

  private rewrite(h: Headers): void {
    const route = this.stream.routeConfig<RouteSettings>(this);
    if (route === null) return;
    if (route.host !== '') h.authority = route.host;
    // Of several values the first: whoever sends them is not trusted.
    const value = route.header === '' ? undefined : h.get(route.header);
    if (value !== undefined) h.authority = value;
  }

  private wanted(h: Headers): string {
    const said = this.s.hostFromState ? this.stream.info.filterState(DYNAMIC_HOST) : undefined;
    return typeof said === 'string' && said !== '' ? said : h.authority;
  }
  private port(cluster: Cluster): number {
    const said = this.s.hostFromState ? Number(this.stream.info.filterState(DYNAMIC_PORT) ?? 0) : 0;
    return said || defaultPort(cluster);
  }

  private resolved(host: CachedHost): boolean {
    const { stream } = this;
    if (host.address !== null) return true;
    stream.info.flags |= DNS_RESOLUTION_FAILED;
    const details = `dns_resolution_failure{${host.details}}`;
    stream.sendLocalReply({ status: 503, body: 'DNS resolution failure', details });
    return false;
  }

  private overflow(body: string, details: string): HeadersStatus {
    this.stream.sendLocalReply({ status: 503, body, details });
    return STOP;
  }

  override onDestroy(): void {
    this.waiting?.cancel();
    this.waiting = null;
  }
}

export function create(config: DynamicForwardProxyFilterConfig, ctx: HttpFactoryContext): HttpFilterFactory {
  const { dnsCacheConfig } = config;
  if (dnsCacheConfig === undefined) {
    refuse(config, '', 'dynamic_forward_proxy: dns_cache_config is needed');
  }
  const settings: Settings = {
    cache: dnsCache(dnsCacheConfig, ctx.clusters, ctx.store),
    hostFromState: config.allowDynamicHostFromFilterState ?? false,
  };
  return {
    terminal: false,
    create: () => new DynamicForwardProxyFilter(settings),
    createRoute: (m): RouteSettings => {
      const { hostRewriteLiteral = '', hostRewriteHeader = '' } = m as DynamicForwardProxyPerRouteConfig;
      return { host: toWire(hostRewriteLiteral), header: asciiLower(toWire(hostRewriteHeader)) };
    },
  };
}
