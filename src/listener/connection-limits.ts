/**
 * How many connections a listener and all listeners together may have, by the keys of the runtime that Envoy reads by itself:
 * `envoy.resource_limits.listener.<name>.connection_limit` and `overload.global_downstream_max_connections`, or by the overload manager
 * (source/common/listener_manager, source/extensions/resource_monitors/downstream_connections). Counted in each event loop (row L40 of docs/behaviour.md).
 */
import { type RuntimeValue, uintByKey } from '../runtime/runtime.ts';
import type { Counter } from '../stats/store.ts';

/** Of all listeners of this event loop but the admin's. */
let all = 0;
export const GLOBAL_LIMIT_KEY = 'overload.global_downstream_max_connections';
const allowed = uintByKey(GLOBAL_LIMIT_KEY, Number.POSITIVE_INFINITY);
/** The overload manager's, which counts more than the key. */
let limit: { readonly max: number; readonly failed: Counter } | null = null;

export function limitAllListeners(max: number, failed: Counter): void {
  limit = { max, failed };
}
/** No overload manager says one. */
export function noLimitOfAll(): void {
  limit = null;
}

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
    if (!this.ignoresGlobal && all >= (limit?.max ?? allowed.value)) {
      limit?.failed.inc();
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
