/**
 * All HTTP pools of one host, by protocol, route priority and what is asked of the transport. Hangs on the host, so that choosing a host
 * finds its pools.
 */
import type { TransportOptions } from '../../transport/transport-factory.ts';
import type { Host } from '../host.ts';
import { type PoolProtocol, PROTOCOLS } from './pool-protocol.ts';
import { ProtocolPool } from './protocol-pool.ts';

export class HostPools {
  protected readonly host: Host;
  /** Index: priority × PROTOCOLS + protocol. */
  private readonly pools: (ProtocolPool | null)[] = [null, null, null, null, null, null];
  /** Of requests that ask something of the transport; a pool without connections is forgotten, as clients may choose what is asked. */
  private special: Map<string, ProtocolPool> | null = null;

  constructor(host: Host) {
    this.host = host;
  }

  /** Null where max_connection_pools allows no other one. */
  get(protocol: PoolProtocol, priority: 0 | 1, transport: TransportOptions | null = null): ProtocolPool | null {
    if (transport !== null) return this.specialPool(protocol, priority, transport);
    const i = priority * PROTOCOLS + protocol;
    let pool = this.pools[i];
    if (pool === null) {
      pool = this.make(protocol, priority, null);
      this.pools[i] = pool;
    }
    return pool;
  }

  protected make(protocol: PoolProtocol, priority: 0 | 1, transport: TransportOptions | null): ProtocolPool {
    const { pooling } = this.host.cluster;
    return pooling === null
      ? new ProtocolPool(this.host, protocol, priority, transport)
      : pooling.pool(this.host, protocol, priority, transport);
  }

  private specialPool(protocol: PoolProtocol, priority: 0 | 1, transport: TransportOptions): ProtocolPool {
    const key = poolKey(protocol, priority, transport);
    this.special ??= new Map();
    const special = this.special;
    let pool = special.get(key);
    if (pool === undefined) {
      pool = this.make(protocol, priority, transport);
      pool.onEmpty = () => special.delete(key);
      special.set(key, pool);
    }
    return pool;
  }

  /** For tests: pools of requests that ask something of the transport. */
  get specialCount(): number {
    return this.special?.size ?? 0;
  }

  /** Connections that are there take no new requests; the next request gets a new one. */
  drainExisting(): void {
    for (const p of this.pools) p?.drainExisting();
    if (this.special !== null) for (const p of [...this.special.values()]) p.drainExisting();
  }

  drain(): void {
    for (const p of this.pools) p?.drain();
    if (this.special !== null) for (const p of this.special.values()) p.drain();
  }
}

/** The pools of a host, made with its first request. */
export function poolsOf(host: Host): HostPools {
  host.pools ??= host.cluster.pooling?.pools(host) ?? new HostPools(host);
  return host.pools;
}

/** The same for requests that may share connections. */
export function poolKey(protocol: PoolProtocol, priority: 0 | 1, transport: TransportOptions | null): string {
  const { serverName, verifyName, alpn, downstream, client } = transport ?? {};
  const from = downstream && [downstream.source.text, downstream.destination.text];
  return JSON.stringify([protocol, priority, serverName, verifyName, alpn, from, client]);
}

/** What few clusters ask of their pools (cluster-options.ts). */
export interface Pooling {
  pools(host: Host): HostPools;
  pool(host: Host, protocol: PoolProtocol, priority: 0 | 1, transport: TransportOptions | null): ProtocolPool;
}
