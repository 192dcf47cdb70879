/**
 * The HTTP pools of a host whose cluster has `max_connection_pools`: each counts for the circuit breaker as long as it has connections or
 * somebody waits; one in which nothing runs gives way to another one. Role of Envoy's ConnPoolMap (source/common/upstream/conn_pool_map_impl.h).
 */
import type { TransportOptions } from '../../transport/transport-factory.ts';
import { HostPools, poolKey } from './host-pools.ts';
import type { PoolProtocol } from './pool-protocol.ts';
import type { ProtocolPool } from './protocol-pool.ts';

export class LimitedPools extends HostPools {
  private readonly byKey: readonly [Map<string, ProtocolPool>, Map<string, ProtocolPool>] = [new Map(), new Map()];

  override get(
    protocol: PoolProtocol,
    priority: 0 | 1,
    transport: TransportOptions | null = null,
  ): ProtocolPool | null {
    const pools = this.byKey[priority];
    const key = poolKey(protocol, priority, transport);
    const known = pools.get(key);
    if (known !== undefined) return known;
    const { cluster } = this.host;
    const { pools: breaker } = cluster.resources[priority];
    if (!breaker.canCreate() && !this.freeOne(priority)) {
      cluster.stats.scope.counter('upstream_cx_pool_overflow').inc();
      return null;
    }
    const pool = this.make(protocol, priority, transport);
    breaker.inc();
    pools.set(key, pool);
    pool.onEmpty = () => this.forget(priority, key, pool);
    return pool;
  }

  private forget(priority: 0 | 1, key: string, pool: ProtocolPool): void {
    if (this.byKey[priority].get(key) !== pool) return;
    this.byKey[priority].delete(key);
    this.host.cluster.resources[priority].pools.dec();
  }

  /** False: something runs in all of them. */
  private freeOne(priority: 0 | 1): boolean {
    for (const [key, pool] of this.byKey[priority]) {
      if (!pool.idle) continue;
      this.forget(priority, key, pool);
      pool.drain();
      return true;
    }
    return false;
  }

  private all(): ProtocolPool[] {
    return this.byKey.flatMap((pools) => [...pools.values()]);
  }

  override drainExisting(): void {
    for (const p of this.all()) p.drainExisting();
  }

  override drain(): void {
    for (const p of this.all()) p.drain();
  }
}
