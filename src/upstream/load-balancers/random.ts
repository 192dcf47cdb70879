/** RANDOM: any host, weights ignored. Mirrors RandomLoadBalancer (source/common/upstream/load_balancer_impl.cc). */
import type { UpstreamHost } from '../host.ts';
import type { HostPicker, Policy, Random } from './load-balancer.ts';

export function randomPolicy(random: Random): Policy {
  return { usesHash: false, make: () => new RandomPicker(random) };
}

class RandomPicker implements HostPicker {
  private readonly random: Random;
  private hosts: readonly UpstreamHost[] = [];

  constructor(random: Random) {
    this.random = random;
  }
  setHosts(hosts: readonly UpstreamHost[]): void {
    this.hosts = hosts;
  }
  pick(): UpstreamHost | null {
    const n = this.hosts.length;
    return n === 0 ? null : this.hosts[this.random() % n];
  }
}
