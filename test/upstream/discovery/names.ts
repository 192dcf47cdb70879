/** A resolver whose answers a test sets, and a cluster that uses it. */

import type { ClusterDiscoveryType, Cluster as ClusterMessage } from '../../../src/config/schema/types.ts';
import { logger } from '../../../src/log/logger.ts';
import { Store } from '../../../src/stats/store.ts';
import type { Cluster } from '../../../src/upstream/cluster.ts';
import type { DnsResolver, LookupDone, LookupFamily } from '../../../src/upstream/discovery/dns-resolver.ts';
import { random32 } from '../../../src/upstream/load-balancers/load-balancer.ts';
import { TestClusters } from '../clusters.ts';

logger('upstream').level = 6;

/** Answers in a later turn, like a real one. An unknown name fails, `never` is never answered. */
export class Names implements DnsResolver {
  readonly answers = new Map<string, readonly string[] | null>();
  readonly asked: string[] = [];
  families = new Set<LookupFamily>();
  closed = false;
  private readonly waiting: (() => void)[] = [];

  resolve(name: string, family: LookupFamily, done: LookupDone): void {
    this.asked.push(name);
    this.families.add(family);
    // One turn after the next, so that a test can act while the question is open.
    setImmediate(() =>
      setImmediate(() => {
        if (!this.closed && name !== 'never') done(this.answers.get(name) ?? null);
        for (const w of this.waiting.splice(0)) w();
      }),
    );
  }
  close(): void {
    this.closed = true;
  }
  /** After `n` more answers were given. */
  async answered(n = 1): Promise<void> {
    // Timers of the wheel do not keep the process alive by themselves.
    const hold = setInterval(() => {}, 1000);
    for (let i = 0; i < n; i++) await new Promise<void>((resolve) => this.waiting.push(resolve));
    clearInterval(hold);
  }
}

export interface Fixture {
  readonly names: Names;
  readonly cluster: Cluster;
  readonly manager: TestClusters;
}

/** One cluster of type `type` that asks every few ms. `start` false: not initialised yet. */
export async function discovered(
  type: ClusterDiscoveryType,
  endpoints: readonly { name: string; priority?: number; weight?: number; hostname?: string }[],
  answers: Record<string, readonly string[] | null>,
  more: Partial<ClusterMessage> = {},
  start = true,
): Promise<Fixture> {
  const names = new Names();
  for (const [name, a] of Object.entries(answers)) names.answers.set(name, a);
  const manager = new TestClusters(new Store(), { resolver: names, random: random32 });
  manager.loadStatic([
    {
      name: 'c',
      type,
      dnsRefreshRate: 10,
      loadAssignment: {
        endpoints: endpoints.map((e) => ({
          priority: e.priority,
          lbEndpoints: [
            {
              endpoint: { address: { socketAddress: { address: e.name, portValue: 80 } }, hostname: e.hostname },
              loadBalancingWeight: e.weight,
            },
          ],
        })),
      },
      ...more,
    },
  ]);
  if (start) await manager.initialize();
  return { names, manager, cluster: manager.get('c')! };
}

export function addresses(c: Cluster): string[] {
  return c.hosts.map((h) => h.address.text);
}
