/** The HTTP filters of a request: those of the connection manager, or those that an upgrade brings of its own. */
import type { HttpFilterFactory } from './filter.ts';

export interface HttpFilterChain {
  readonly factories: readonly HttpFilterFactory[];
  /** Its first filter's place among the filters of all chains: where a route keeps what it says to them. */
  readonly firstPlace: number;
}
