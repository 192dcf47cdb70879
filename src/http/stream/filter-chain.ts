/**
 * The HTTP filters of a request: those of the connection manager, or those that an upgrade brings of its own, without those that are off.
 * HttpFilter.disabled and a route's FilterConfig say which; mirrors FilterChainOptions::filterDisabled (envoy/http/filter_factory.h).
 */
import type { FilterSwitches } from '../route/filter-configs.ts';
import type { HttpFilterFactory } from './filter.ts';

export class HttpFilterChain {
  /** Those that run. */
  readonly factories: readonly HttpFilterFactory[];
  /** Its first filter's place among the filters of all chains: where a route keeps what it says to them. */
  readonly firstPlace: number;
  /** The chain with every filter. */
  readonly whole: HttpFilterChain;
  /** What runs where a route says nothing. */
  readonly usual: HttpFilterChain;
  /** Where each of `factories` stands in the whole chain; null where nothing is left out. */
  private readonly kept: readonly number[] | null;
  /** HttpFilter.disabled, by place in the whole chain. */
  private readonly off: readonly boolean[];
  private readonly variants: WeakMap<FilterSwitches, HttpFilterChain>;
  private lastSwitches: FilterSwitches | null;
  private lastVariant: HttpFilterChain;

  /** `part`: of which chain this is what is left. */
  constructor(
    factories: readonly HttpFilterFactory[],
    firstPlace: number,
    off: readonly boolean[] = [],
    part: { readonly whole: HttpFilterChain; readonly kept: readonly number[] } | null = null,
  ) {
    this.factories = factories;
    this.firstPlace = firstPlace;
    this.off = off;
    this.kept = part === null ? null : part.kept;
    this.whole = part === null ? this : part.whole;
    this.variants = new WeakMap();
    this.lastSwitches = null;
    this.lastVariant = this;
    this.usual = part === null && off.includes(true) ? this.without(off) : this;
  }

  /** What runs for a route that says something of it. */
  forRoute(switches: FilterSwitches): HttpFilterChain {
    if (switches === this.lastSwitches) return this.lastVariant;
    let variant = this.variants.get(switches);
    if (variant === undefined) {
      variant = this.without(this.factories.map((_, i) => switches[this.firstPlace + i] ?? this.off[i] ?? false));
      this.variants.set(switches, variant);
    }
    this.lastSwitches = switches;
    this.lastVariant = variant;
    return variant;
  }

  /** Place among the filters of all chains of the one that runs as number `i`. */
  placeOf(i: number): number {
    return this.firstPlace + (this.kept === null ? i : this.kept[i]);
  }

  private without(off: readonly boolean[]): HttpFilterChain {
    const kept = Array.from(this.factories.keys()).filter((i) => !off[i]);
    if (kept.length === this.factories.length) return this;
    const factories = kept.map((i) => this.factories[i]);
    return new HttpFilterChain(factories, this.firstPlace, [], { whole: this, kept });
  }
}
