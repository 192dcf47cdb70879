/** Counts lookups as `dns.cares.`, the names under which Envoy's resolver does (extensions/network/dns_resolver/cares/dns_impl.h). */
import type { Counter, Gauge, Scope } from '../../stats/store.ts';
import type { DnsResolver, LookupDone, LookupFamily } from './dns-resolver.ts';

export class DnsStats {
  readonly resolveTotal: Counter;
  readonly pendingResolutions: Gauge;
  readonly notFound: Counter;
  readonly getAddrFailure: Counter;

  /** `root`: the root of the stats store. Made when the first cluster needs DNS, as in Envoy. */
  constructor(root: Scope) {
    const s = root.scope('dns.cares.');
    this.resolveTotal = s.counter('resolve_total');
    this.pendingResolutions = s.gauge('pending_resolutions');
    this.notFound = s.counter('not_found');
    this.getAddrFailure = s.counter('get_addr_failure');
    for (const name of ['timeouts', 'reinits']) s.counter(name);
  }
}

export class CountedResolver implements DnsResolver {
  private readonly inner: DnsResolver;
  private readonly stats: DnsStats;

  constructor(inner: DnsResolver, stats: DnsStats) {
    this.inner = inner;
    this.stats = stats;
  }

  resolve(name: string, family: LookupFamily, done: LookupDone): void {
    const s = this.stats;
    s.pendingResolutions.inc();
    this.inner.resolve(name, family, (addresses, ttlMs) => {
      s.pendingResolutions.dec();
      s.resolveTotal.inc();
      if (addresses === null) s.getAddrFailure.inc();
      else if (addresses.length === 0) s.notFound.inc();
      done(addresses, ttlMs);
    });
  }

  close(): void {
    this.inner.close();
  }
}
