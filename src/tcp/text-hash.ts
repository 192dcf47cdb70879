/**
 * hash_policy: a text decides the host, the client's IP (without port) or what filters have shared. Mirrors
 * source/common/network/hash_policy.cc.
 */
import type { LoadBalancerContext } from '../upstream/load-balancers/load-balancer.ts';
import { xxHash64 } from '../upstream/load-balancers/xxhash64.ts';

export class TextHash implements LoadBalancerContext {
  readonly hasHash: boolean;
  readonly hashHi: number;
  readonly hashLo: number;

  /** '' has no hash: a random host. A Unix socket has no IP. */
  constructor(text: string) {
    const out = { hi: 0, lo: 0 };
    this.hasHash = text !== '';
    if (this.hasHash) xxHash64(Buffer.from(text), out);
    this.hashHi = out.hi;
    this.hashLo = out.lo;
  }
}
