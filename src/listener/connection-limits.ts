/**
 * How many connections a listener and all listeners together may have, by the keys of the runtime that Envoy reads by itself:
 * `envoy.resource_limits.listener.<name>.connection_limit` and `overload.global_downstream_max_connections` (source/common/listener_manager,
 * source/common/network/listen_socket). Counted in each event loop (row L40 of docs/behaviour.md).
 */
import { type RuntimeValue, uintByKey } from '../runtime/runtime.ts';
import type { Counter } from '../stats/store.ts';

/** Of all listeners of this event loop but the admin's. */
let all = 0;
const allowed = uintByKey('overload.global_downstream_max_connections', Number.POSITIVE_INFINITY);

export interface OverflowStats {
  readonly cxOverflow: Counter;
  readonly globalCxOverflow: Counter;
}

export class ConnectionLimits {
  private readonly own: RuntimeValue<number>;
  private readonly ignoresGlobal: boolean;
  private readonly stats: OverflowStats;
  private count = 0;

  /** `ignoresGlobal`: the listener's `ignore_global_conn_limit`. */
  constructor(name: string, ignoresGlobal: boolean, stats: OverflowStats) {
    this.own = uintByKey(`envoy.resource_limits.listener.${name}.connection_limit`, Number.POSITIVE_INFINITY);
    this.ignoresGlobal = ignoresGlobal;
    this.stats = stats;
  }

  /** One more socket; false, and counted, where there are enough. */
  enter(): boolean {
    if (this.count >= this.own.value) {
      this.stats.cxOverflow.inc();
      return false;
    }
    if (!this.ignoresGlobal && all >= allowed.value) {
      this.stats.globalCxOverflow.inc();
      return false;
    }
    this.count++;
    if (!this.ignoresGlobal) all++;
    return true;
  }

  /** One less. */
  leave(): void {
    this.count--;
    if (!this.ignoresGlobal) all--;
  }
}
