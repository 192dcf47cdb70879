/**
 * hash_policy.source_ip: the downstream's IP (without port) decides the host. Mirrors SourceIpHashMethod
 * (source/common/network/hash_policy.cc).
 */
import type { Address } from '../transport/address.ts';
import type { LoadBalancerContext } from '../upstream/load-balancers/load-balancer.ts';
import { xxHash64 } from '../upstream/load-balancers/xxhash64.ts';

export class SourceIpHash implements LoadBalancerContext {
  readonly hasHash: boolean;
  readonly hashHi: number;
  readonly hashLo: number;

  constructor(address: Address) {
    const out = { hi: 0, lo: 0 };
    // A Unix socket has no IP: no hash, so a random host.
    this.hasHash = address.ip !== '';
    if (this.hasHash) xxHash64(Buffer.from(address.ip), out);
    this.hashHi = out.hi;
    this.hashLo = out.lo;
  }
}
