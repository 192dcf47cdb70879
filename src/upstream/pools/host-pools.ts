/** All HTTP pools of one host: per protocol and route priority. Hangs on the host, so that choosing a host finds its pools. */
import type { Host } from '../host.ts';
import { ProtocolPool } from './protocol-pool.ts';

export class HostPools {
  private readonly host: Host;
  /** Index: priority × 2 + (HTTP/2 ? 1 : 0). */
  private readonly pools: (ProtocolPool | null)[] = [null, null, null, null];

  constructor(host: Host) {
    this.host = host;
  }

  get(http2: boolean, priority: 0 | 1): ProtocolPool {
    const i = priority * 2 + (http2 ? 1 : 0);
    let pool = this.pools[i];
    if (pool === null) {
      pool = new ProtocolPool(this.host, http2, priority);
      this.pools[i] = pool;
    }
    return pool;
  }

  drain(): void {
    for (const p of this.pools) p?.drain();
  }
}

/** The pools of a host, made with its first request. */
export function poolsOf(host: Host): HostPools {
  host.pools ??= new HostPools(host);
  return host.pools;
}
