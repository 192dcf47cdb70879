/**
 * envoy.filters.network.connection_limit: no more than so many connections at a time go on; others are closed, at once or after a delay.
 * Mirrors source/extensions/filters/network/connection_limit/connection_limit.cc. Each event loop has a count of its own (docs/behaviour.md, N1).
 */
import type { ConnectionLimit as Config } from '../../config/schema/types.ts';
import type { FactoryContext } from '../../extension/context.ts';
import { runtimeFlag } from '../../runtime/runtime.ts';
import type { Counter, Gauge } from '../../stats/store.ts';
import type { Connection } from '../../transport/connection.ts';
import { Timer } from '../../transport/timers.ts';
import type { ReadFilter, ReadFilterFactory } from '../network-filter.ts';

const REASON = 'over_connection_limit';

/** `connection_limit.<stat_prefix>.`, and how many there are. */
class Limit {
  readonly max: number;
  /** 0 = closed at once. */
  readonly delayMs: number;
  readonly limited: Counter;
  readonly active: Gauge;
  count = 0;

  constructor(config: Config, ctx: FactoryContext) {
    this.max = config.maxConnections ?? 0;
    this.delayMs = config.delay ?? 0;
    const scope = ctx.store.scope(`connection_limit.${config.statPrefix ?? ''}.`);
    this.limited = scope.counter('limited_connections');
    this.active = scope.gauge('active_connections');
  }
}

class ConnectionLimitFilter implements ReadFilter {
  private readonly connection: Connection;
  private readonly limit: Limit;
  private delay: Timer | null = null;

  constructor(connection: Connection, limit: Limit) {
    this.connection = connection;
    this.limit = limit;
  }

  onNewConnection(): 'continue' | 'stop' {
    const { limit } = this;
    limit.active.inc();
    // Those that wait to be closed are counted too.
    if (limit.count++ < limit.max) return 'continue';
    limit.limited.inc();
    const close = (): void => this.connection.close('noFlush', REASON);
    if (limit.delayMs > 0) {
      this.delay = new Timer(close);
      this.delay.arm(limit.delayMs);
    } else {
      close();
    }
    return 'stop';
  }

  onClose(): void {
    this.delay?.cancel();
    this.limit.count--;
    this.limit.active.dec();
  }
}

const PASS: ReadFilter = {};

export function create(config: Config, ctx: FactoryContext): ReadFilterFactory {
  const limit = new Limit(config, ctx);
  const enabled = runtimeFlag(config.runtimeEnabled, true);
  return {
    terminal: false,
    create: ({ connection }) => (enabled.value ? new ConnectionLimitFilter(connection, limit) : PASS),
  };
}
