/**
 * envoy.filters.udp.session.dynamic_forward_proxy: a session waits until the name that filters before have shared has an address; a cluster of type
 * dynamic_forward_proxy then sends to it. Mirrors
 * source/extensions/filters/udp/udp_proxy/session_filters/dynamic_forward_proxy/proxy_filter.cc.
 */
import type { DynamicForwardProxyFilterConfig as Config } from '../../config/schema/types.ts';
import { type DnsCache, dnsCache, keyOf } from '../../upstream/dynamic/dns-cache.ts';
import { DYNAMIC_HOST, DYNAMIC_PORT } from '../../upstream/dynamic/dynamic-cluster.ts';
import { DatagramQueue, queueLimits } from '../datagram-queue.ts';
import type { UdpSessionFilter, UdpSessionFilterCallbacks, UdpSessionFilterFactory } from '../session-filter.ts';
import type { UdpFilterContext } from '../udp-filter.ts';

const MAX_PORT = 65535;

class DynamicForwardProxy implements UdpSessionFilter {
  private readonly callbacks: UdpSessionFilterCallbacks;
  private readonly cache: DnsCache;
  private readonly queue: DatagramQueue;
  private ready = false;
  private waiting: { cancel(): void } | null = null;

  constructor(callbacks: UdpSessionFilterCallbacks, cache: DnsCache, queue: DatagramQueue) {
    this.callbacks = callbacks;
    this.cache = cache;
    this.queue = queue;
  }

  /** A session that is held up for good ends when it is idle. */
  onNewSession(): 'continue' | 'stop' {
    const { facts } = this.callbacks;
    const { cache } = this;
    const name = String(facts.filterState(DYNAMIC_HOST) ?? '');
    const port = Number(facts.filterState(DYNAMIC_PORT) ?? 0);
    if (name === '' || !(port > 0 && port <= MAX_PORT)) return this.goesOn();
    if (!cache.mayWait()) return 'stop';
    const host = cache.load(keyOf(name, port), port);
    if (host === null) return 'stop';
    if (host.resolved) return this.goesOn();
    this.waiting = cache.wait(host, () => this.resolved());
    return 'stop';
  }

  private goesOn(): 'continue' {
    this.ready = true;
    return 'continue';
  }

  onData(data: Buffer): Buffer | null {
    if (this.ready) return data;
    this.queue.keep(data);
    return null;
  }

  private resolved(): void {
    this.waiting = null;
    this.ready = true;
    if (!this.callbacks.goOn(this)) return;
    for (const data of this.queue.take()) this.callbacks.injectRead(this, data);
  }

  onSessionComplete(): void {
    this.waiting?.cancel();
    this.queue.take();
  }
}

export function create(config: Config, ctx: UdpFilterContext): UdpSessionFilterFactory {
  const scope = ctx.store.scope(`udp.session.dynamic_forward_proxy.${config.statPrefix ?? ''}.`);
  const overflow = scope.counter('buffer_overflow');
  const cache = dnsCache(config.dnsCacheConfig ?? {}, ctx.clusters, ctx.store);
  const limits = queueLimits(config.bufferOptions);
  return { create: (callbacks) => new DynamicForwardProxy(callbacks, cache, new DatagramQueue(limits, overflow)) };
}
