/**
 * Lookups as `dns.cares.`, counted as Envoy's resolver does (extensions/network/dns_resolver/cares/dns_impl.h; measured on 1.40): once for
 * each family that is asked for, so a name of AUTO without AAAA counts twice, but ALL once.
 */
import type { Counter, Gauge, Scope } from '../../stats/store.ts';

export class DnsStats {
  private readonly resolveTotal: Counter;
  private readonly pendingResolutions: Gauge;
  private readonly notFound: Counter;
  private readonly getAddrFailure: Counter;
  private readonly timeouts: Counter;

  /** `root`: the root of the stats store. Made when the first cluster needs DNS, as in Envoy. */
  constructor(root: Scope) {
    const s = root.scope('dns.cares.');
    this.resolveTotal = s.counter('resolve_total');
    this.pendingResolutions = s.gauge('pending_resolutions');
    this.notFound = s.counter('not_found');
    this.getAddrFailure = s.counter('get_addr_failure');
    this.timeouts = s.counter('timeouts');
    // The channel is never made anew because of a failure.
    s.counter('reinits');
  }

  started(): void {
    this.pendingResolutions.inc();
  }

  /** `timeouts`: queries that nobody answered; then it is no other failure. */
  ended(addresses: readonly string[] | null, timeouts: number): void {
    this.pendingResolutions.dec();
    this.resolveTotal.inc();
    if (addresses !== null) {
      if (addresses.length === 0) this.notFound.inc();
    } else if (timeouts > 0) {
      this.timeouts.add(timeouts);
    } else {
      this.getAddrFailure.inc();
    }
  }
}
