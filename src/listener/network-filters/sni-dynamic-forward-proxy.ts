/**
 * envoy.filters.network.sni_dynamic_forward_proxy: a connection waits until the name that its client asked for in the handshake has an address; a
 * cluster of type dynamic_forward_proxy then connects to it. Mirrors
 * source/extensions/filters/network/sni_dynamic_forward_proxy/proxy_filter.cc.
 */
import type { SniDynamicForwardProxyFilterConfig } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { type DnsCache, dnsCache, keyOf } from '../../upstream/dynamic/dns-cache.ts';
import { DYNAMIC_HOST, DYNAMIC_PORT } from '../../upstream/dynamic/dynamic-cluster.ts';
import type { ReadFilter, ReadFilterCallbacks, ReadFilterFactory } from '../network-filter.ts';

const MAX_PORT = 65535;

class SniDynamicForwardProxy implements ReadFilter {
  private readonly callbacks: ReadFilterCallbacks;
  private readonly cache: DnsCache;
  private readonly port: number;
  /** While it waits. */
  onClose?: (() => void) | undefined;

  constructor(callbacks: ReadFilterCallbacks, cache: DnsCache, port: number) {
    this.callbacks = callbacks;
    this.cache = cache;
    this.port = port;
    this.onClose = undefined;
  }

  onNewConnection(): 'continue' | 'stop' {
    const { connection, info } = this.callbacks;
    const { cache } = this;
    const said = info.filterState(DYNAMIC_HOST);
    const name = typeof said === 'string' ? said : (connection.socketInfo?.serverName ?? '');
    if (name === '') return 'continue';
    if (!cache.mayWait()) return this.overflow();
    let port = Number(info.filterState(DYNAMIC_PORT) ?? 0);
    if (!(port > 0 && port <= MAX_PORT)) {
      port = this.port;
      // The cluster is to look for the same.
      info.shareState(DYNAMIC_PORT, port);
    }
    const host = cache.load(keyOf(name, port), port);
    if (host === null) return this.overflow();
    if (host.resolved) return 'continue';
    const waiting = cache.wait(host, () => {
      this.onClose = undefined;
      this.callbacks.continueReading(this);
    });
    this.onClose = () => waiting.cancel();
    return 'stop';
  }

  private overflow(): 'stop' {
    this.callbacks.connection.close('noFlush');
    return 'stop';
  }
}

export function create(config: SniDynamicForwardProxyFilterConfig, ctx: FactoryContext): ReadFilterFactory {
  const { dnsCacheConfig = {}, portValue = 0 } = config;
  const cache = dnsCache(dnsCacheConfig, ctx.clusters, ctx.store);
  return { terminal: false, create: (callbacks) => new SniDynamicForwardProxy(callbacks, cache, portValue) };
}
