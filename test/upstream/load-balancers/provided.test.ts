// The seam for what is to come, tried with balancers that live here only: one that makes
// hosts as they are asked for (ORIGINAL_DST, dynamic forward proxy), one that goes to other clusters (aggregate).
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { Cluster as ClusterMessage } from '../../../src/config/schema/types.ts';
import { Store } from '../../../src/stats/store.ts';
import { Address } from '../../../src/transport/address.ts';
import type { Cluster, ClusterContext } from '../../../src/upstream/cluster.ts';
import { CLUSTER_TYPES } from '../../../src/upstream/discovery/cluster-types.ts';
import { StaticDiscovery } from '../../../src/upstream/discovery/static.ts';
import { makeEndpoint, makeLocality } from '../../../src/upstream/endpoint.ts';
import type { Host } from '../../../src/upstream/host.ts';
import type { LoadBalancer, LoadBalancerContext } from '../../../src/upstream/load-balancers/load-balancer.ts';
import { TestClusters } from '../clusters.ts';
import { makeCluster, withHash } from '../hosts.ts';

/** The host is what a header names, made when it is first asked for. */
class ByHeader implements LoadBalancer {
  readonly usesHash = false;
  private readonly cluster: Cluster;
  private readonly known = new Map<string, number>();
  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }
  update(): void {}
  choose(ctx: LoadBalancerContext | null): Host | null {
    const to = ctx?.headers?.get('x-envoy-original-dst-host');
    if (to === undefined) return null;
    let id = this.known.get(to);
    if (id === undefined) {
      id = this.known.size;
      this.known.set(to, id);
      const endpoints = [...this.known].map(([text, id]) => {
        const [ip, port] = text.split(':');
        return makeEndpoint(id, new Address(ip, Number(port)), '', {});
      });
      this.cluster.update([{ priority: 0, localities: [{ locality: makeLocality(undefined), weight: 0, endpoints }] }]);
    }
    return this.cluster.hosts[id];
  }
}

t.test('by header: hosts come to be within a choice, and stay', async (t) => {
  const c = makeCluster({}, undefined, undefined, (cluster) => new ByHeader(cluster));
  const to = (address: string): LoadBalancerContext => {
    const headers = new Headers();
    headers.add('x-envoy-original-dst-host', address);
    return { ...withHash(0, 0), headers };
  };
  const first = c.chooseHost(to('10.0.0.1:80'));
  t.equal(first?.address.text, '10.0.0.1:80');
  t.equal(c.chooseHost(to('10.0.0.2:81'))?.address.text, '10.0.0.2:81', 'the only host is not taken for another');
  t.equal(c.chooseHost(to('10.0.0.1:80')), first);
  t.equal(c.chooseHost(null), null);
  t.equal(c.info.stats.upstreamCxNoneHealthy.value, 1);
  t.equal(c.info.stats.membershipTotal.value, 2);
});

/** The first of the named clusters that has a host. */
class OfClusters implements LoadBalancer {
  readonly usesHash = false;
  private readonly refs;
  constructor(names: readonly string[], { clusters }: ClusterContext) {
    this.refs = names.map((name) => clusters.ref(name));
  }
  update(): void {}
  choose(ctx: LoadBalancerContext | null): Host | null {
    for (const ref of this.refs) {
      const host = ref.current?.chooseHost(ctx) ?? null;
      if (host !== null) return host;
    }
    return null;
  }
}

t.test(
  'a cluster type of its own brings its balancer where the cluster asks for it (CLUSTER_PROVIDED): one over other clusters, which may come and go',
  async (t) => {
    const types = new Map(CLUSTER_TYPES);
    types.set('AGGREGATE', {
      discover: (config, sink) => new StaticDiscovery(config, sink),
      balancer: (_, ctx) => new OfClusters(['one', 'two'], ctx),
    });
    const clusters = new TestClusters(new Store(), { types });
    t.teardown(() => clusters.shutdown());
    const at = (name: string, address: string): ClusterMessage => ({
      name,
      loadAssignment: {
        endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address, portValue: 1 } } } }] }],
      },
    });
    clusters.control.put({ name: 'both', lbPolicy: 'CLUSTER_PROVIDED', clusterType: { name: 'AGGREGATE' } });
    const both = clusters.get('both')!;
    t.equal(both.chooseHost(null), null);
    clusters.control.put(at('two', '10.0.0.2'));
    t.equal(both.chooseHost(null)?.address.ip, '10.0.0.2');
    clusters.control.put(at('one', '10.0.0.1'));
    t.equal(both.chooseHost(null)?.address.ip, '10.0.0.1');
    t.equal(both.chooseHost(null)?.cluster.name, 'one', "the host's own cluster counts, limits and connects");
    clusters.control.remove('one');
    t.equal(both.chooseHost(null)?.address.ip, '10.0.0.2');
  },
);
