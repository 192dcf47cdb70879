// envoy.clusters.aggregate. Real Envoy with the same clusters: conformance discovery/aggregate*.
import t from 'tap';
import type { Cluster as ClusterMessage } from '../../../src/config/schema/types.ts';
import { Store } from '../../../src/stats/store.ts';
import { Cluster, type ClusterContext } from '../../../src/upstream/cluster.ts';
import { ClusterRefs } from '../../../src/upstream/cluster-ref.ts';
import { create } from '../../../src/upstream/discovery/aggregate.ts';
import { FAILED_ACTIVE_HC } from '../../../src/upstream/health/health-flags.ts';
import { configuredBalancer } from '../../../src/upstream/load-balancers/configured-balancer.ts';
import { random32 } from '../../../src/upstream/load-balancers/load-balancer.ts';
import { isPlain } from '../../../src/upstream/load-balancers/policy.ts';
import { endpoint, ports, priority, setHosts, withHash } from '../hosts.ts';

const type = create();
class Rig {
  readonly refs = new ClusterRefs();
  private readonly ctx: ClusterContext = { scope: new Store(), random: random32, clusters: this.refs };
  make(name: string, config: Partial<ClusterMessage> = {}): Cluster {
    const full = { name, ...config };
    const c = new Cluster(full, this.ctx, false, isPlain(full) ? undefined : configuredBalancer);
    this.refs.set(name, c);
    return c;
  }
  over(...clusters: string[]): Cluster {
    const clusterType = { typedConfig: { typeUrl: '', value: { clusters } } };
    return new Cluster(
      { name: 'all', lbPolicy: 'CLUSTER_PROVIDED', clusterType } as never,
      this.ctx,
      false,
      type.balancer,
    );
  }
}
const fail = (c: Cluster, port: number): void => {
  for (const h of c.hosts) if (h.address.port === port) h.setHealth(FAILED_ACTIVE_HC);
  c.hostsChanged();
};

t.test('one cluster behind the other, each with its priorities', async (t) => {
  const r = new Rig();
  const a = r.make('a');
  const b = r.make('b');
  const all = r.over('a', 'b', 'nobody', 'all');
  t.equal(all.chooseHost(null), null);
  a.update([priority(0, endpoint(1), endpoint(2)), priority(1, endpoint(3))]);
  setHosts(b, endpoint(4));
  t.same([...new Set(ports(all, 40))].sort(), [1, 2]);
  fail(a, 1);
  const seen = ports(all, 2000);
  t.ok(Math.abs(seen.filter((p) => p === 2).length - 1400) < 120, '1 of 2 healthy × 1.4');
  t.same([...new Set(seen)].sort(), [2, 3], 'the rest to its second priority, though it is half healthy itself');
  fail(a, 2);
  fail(a, 3);
  t.same([...new Set(ports(all, 40))], [4]);
  t.equal(b.info.stats.upstreamCxNoneHealthy.value, 0);
});

t.test('clusters come, go and are replaced', async (t) => {
  const r = new Rig();
  const all = r.over('a', 'b');
  const b = r.make('b');
  setHosts(b, endpoint(4));
  t.same(ports(all, 2), [4, 4]);
  const a = r.make('a');
  setHosts(a, endpoint(1));
  t.same(ports(all, 2), [1, 1]);
  const other = r.make('a');
  setHosts(other, endpoint(9));
  a.retire(true);
  t.same(ports(all, 2), [9, 9]);
  t.equal(a.watchers.size, 0);
  r.refs.clear('a');
  t.same(ports(all, 2), [4, 4]);
  all.retire(false);
  t.equal(b.watchers.size, 0);
});

t.test("hashes, metadata and subsets are the clusters' own", async (t) => {
  const r = new Rig();
  const all = r.over('a', 'b');
  t.same([all.usesHash, all.usesMetadata, all.usesRequest], [false, false, false]);
  const ring = r.make('a', { lbPolicy: 'RING_HASH' });
  const parts = r.make('b', { lbSubsetConfig: { subsetSelectors: [{ keys: ['x'] }] } });
  t.same([all.usesHash, all.usesMetadata], [true, true]);
  setHosts(ring, endpoint(1), endpoint(2), endpoint(3));
  setHosts(parts, endpoint(4, { lb: { x: 1 } }), endpoint(5, { lb: { x: 2 } }));
  for (const hash of [1, 77, 123456789]) t.equal(all.chooseHost(withHash(hash, 0)), ring.chooseHost(withHash(hash, 0)));
  for (const p of [1, 2, 3]) fail(ring, p);
  t.same(ports(all, 3, { ...withHash(0, 0), metadata: { x: 2 } }), [5, 5, 5]);
});
