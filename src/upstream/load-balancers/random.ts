/** RANDOM: any host, weights ignored. Mirrors RandomLoadBalancer (source/common/upstream/load_balancer_impl.cc). */
import type { Host } from '../host.ts';
import type { HostPicker, Policy } from './host-picker.ts';
import type { Random } from './load-balancer.ts';

export function randomPolicy(random: Random): Policy {
  return { usesHash: false, make: () => new RandomPicker(random) };
}

class RandomPicker implements HostPicker {
  private readonly random: Random;
  private hosts: readonly Host[] = [];

  constructor(random: Random) {
    this.random = random;
  }
  setHosts(hosts: readonly Host[]): void {
    this.hosts = hosts;
  }
  pick(): Host | null {
    const n = this.hosts.length;
    return n === 0 ? null : this.hosts[this.random() % n];
  }
}
