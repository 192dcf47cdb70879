import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { Cluster as ClusterMessage } from '../../src/config/schema/types.ts';
import { logger } from '../../src/log/logger.ts';
import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { ClusterManager } from '../../src/upstream/cluster-manager.ts';
import { type ClusterUpdate, revived } from '../../src/upstream/cluster-update.ts';
import { FAILED_ACTIVE_HC } from '../../src/upstream/health/health-flags.ts';
import { TestClusters } from './clusters.ts';
import { Names } from './discovery/names.ts';
import { onDrain } from './hosts.ts';

logger('upstream').level = 6;
setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function config(name: string, address: string, more: Partial<ClusterMessage> = {}): ClusterMessage {
  const endpoint = { address: { socketAddress: { address, portValue: 80 } } };
  return { name, loadAssignment: { endpoints: [{ lbEndpoints: [{ endpoint }] }] }, ...more };
}
const dns = (name: string, address: string): ClusterMessage =>
  config(name, address, { type: 'STRICT_DNS', dnsRefreshRate: 3_600_000 });

class Rig {
  readonly store = new Store();
  readonly names = new Names();
  readonly told: ClusterUpdate[] = [];
  readonly clusters = new TestClusters(this.store, {
    resolver: this.names,
    others: (update) => {
      // As it would cross a thread.
      this.told.push(structuredClone(update));
    },
  });
  readonly control = this.clusters.control;

  gauge(name: string): number {
    return this.store.gauge(name).value;
  }
  counter(name: string): number {
    return this.store.counter(`cluster_manager.${name}`).value;
  }
  addresses(name: string): string[] {
    return this.clusters.get(name)?.hosts.map((h) => h.address.text) ?? [];
  }
}

t.test('put: seen when it has its hosts, and not before', async (t) => {
  const r = new Rig();
  t.teardown(() => r.clusters.shutdown());
  r.names.answers.set('db', ['10.0.0.1']);
  const ref = r.clusters.ref('a');
  t.equal(r.control.put(dns('a', 'db')), true);
  t.equal(ref.current, null, 'no request finds it while it warms');
  t.equal(r.clusters.get('a'), undefined);
  t.equal(r.gauge('cluster_manager.warming_clusters'), 1);
  t.equal(r.gauge('cluster.a.warming_state'), 1);
  t.equal(r.gauge('cluster_manager.active_clusters'), 0);
  t.equal(r.counter('cluster_added'), 1);
  await r.names.answered();
  t.equal(ref.current, r.clusters.get('a'));
  t.same(r.addresses('a'), ['10.0.0.1:80']);
  t.equal(r.gauge('cluster_manager.warming_clusters'), 0);
  t.equal(r.gauge('cluster.a.warming_state'), 0);
  t.equal(r.gauge('cluster_manager.active_clusters'), 1);
  t.equal(r.gauge('cluster.a.membership_total'), 1);
});

t.test('put: a cluster whose first lookup fails gives up warming and is seen without hosts', async (t) => {
  const r = new Rig();
  t.teardown(() => r.clusters.shutdown());
  r.control.put(dns('a', 'nowhere'));
  await r.names.answered();
  t.same(r.addresses('a'), []);
  t.equal(r.gauge('cluster_manager.warming_clusters'), 0);
  t.ok(r.clusters.ref('a').current);
});

t.test('put: the old cluster serves until the new one is warm, then drains', async (t) => {
  const r = new Rig();
  t.teardown(() => r.clusters.shutdown());
  const ref = r.clusters.ref('a');
  r.control.put(config('a', '10.0.0.1'));
  const old = ref.current!;
  t.same(r.addresses('a'), ['10.0.0.1:80'], 'STATIC: at once');
  let drained = 0;
  onDrain(old.hosts[0], () => {
    t.not(ref.current, old, 'whoever drains is no longer found');
    drained++;
  });
  r.names.answers.set('db', ['10.0.0.2', '10.0.0.3']);
  r.control.put(dns('a', 'db'));
  t.equal(r.counter('cluster_modified'), 1);
  t.equal(r.counter('cluster_added'), 1);
  t.equal(ref.current, old);
  t.equal(old.chooseHost(null)?.address.text, '10.0.0.1:80');
  t.equal(r.gauge('cluster.a.membership_total'), 1, 'the numbers are those of the one that serves');
  t.equal(drained, 0);
  await r.names.answered();
  t.not(ref.current, old);
  t.same(r.addresses('a'), ['10.0.0.2:80', '10.0.0.3:80']);
  t.equal(drained, 1);
  t.equal(old.chooseHost(null), null);
  t.equal(r.gauge('cluster.a.membership_total'), 2, 'the numbers are those of the new one');
  t.equal(r.gauge('cluster.a.membership_healthy'), 2);
});

t.test('put: the same config again changes nothing; another one while warming takes its place', async (t) => {
  const r = new Rig();
  t.teardown(() => r.clusters.shutdown());
  r.names.answers.set('one', ['10.0.0.1']);
  r.names.answers.set('two', ['10.0.0.2']);
  t.equal(r.control.put(dns('a', 'one')), true);
  t.equal(r.control.put(dns('a', 'one')), false, 'same as the one that warms');
  t.equal(r.control.put(dns('a', 'two')), true);
  t.equal(r.gauge('cluster_manager.warming_clusters'), 1);
  await r.names.answered(2);
  t.same(r.addresses('a'), ['10.0.0.2:80']);
  const current = r.clusters.get('a');
  t.equal(r.control.put(dns('a', 'two')), false, 'same as the one that serves');
  t.equal(r.clusters.get('a'), current);
  t.equal(r.counter('cluster_added'), 1);
  t.equal(r.counter('cluster_modified'), 1);
});

t.test('put: what is wrong with a config is thrown and leaves everything as it was', async (t) => {
  const r = new Rig();
  t.teardown(() => r.clusters.shutdown());
  r.control.put(config('a', '10.0.0.1'));
  const current = r.clusters.get('a');
  const bad: [ClusterMessage, RegExp][] = [
    [config('a', 'no ip'), /malformed IP address: no ip/],
    [config('a', '10.0.0.1', { clusterType: { name: 'ELSEWHERE' } }), /type ELSEWHERE is not supported/],
    [config('a', '10.0.0.1', { lbPolicy: 'MAGLEV', maglevLbConfig: { tableSize: 8 } }), /must be prime/],
  ];
  for (const [c, message] of bad) t.throws(() => r.control.put(c), { message });
  t.equal(r.clusters.get('a'), current);
  t.equal(r.counter('cluster_modified'), 0);
  t.equal(r.gauge('cluster_manager.warming_clusters'), 0);
});

t.test('bootstrap clusters are neither replaced nor removed', async (t) => {
  const r = new Rig();
  t.teardown(() => r.clusters.shutdown());
  r.clusters.loadStatic([config('a', '10.0.0.1')]);
  await r.clusters.initialize();
  t.equal(r.control.put(config('a', '10.0.0.2')), false);
  t.equal(r.control.remove('a'), false);
  t.same(r.addresses('a'), ['10.0.0.1:80']);
  t.equal(r.clusters.get('a')!.info.addedViaApi, false);
  t.equal(r.counter('cluster_removed'), 0);
});

t.test('remove: found no more, drained, a warming one as well; then it may come back', async (t) => {
  const r = new Rig();
  t.teardown(() => r.clusters.shutdown());
  const ref = r.clusters.ref('a');
  r.control.put(config('a', '10.0.0.1'));
  t.equal(ref.current!.info.addedViaApi, true);
  let drained = 0;
  onDrain(ref.current!.hosts[0], () => drained++);
  r.names.answers.set('db', ['10.0.0.2']);
  r.control.put(dns('a', 'db'));
  t.equal(r.control.remove('a'), true);
  t.equal(ref.current, null);
  t.equal(drained, 1);
  t.equal(r.control.remove('a'), false);
  t.equal(r.counter('cluster_removed'), 1, 'once for both');
  t.equal(r.gauge('cluster.a.membership_total'), 0);
  t.equal(r.gauge('cluster.a.warming_state'), 0);
  await r.names.answered();
  t.equal(ref.current, null, 'what was warming does not appear later');
  r.control.put(config('a', '10.0.0.3'));
  t.same(r.addresses('a'), ['10.0.0.3:80']);
  t.equal(ref.current, r.clusters.get('a'));
});

t.test('another event loop that is told every update has the same clusters and hosts', async (t) => {
  const r = new Rig();
  t.teardown(() => r.clusters.shutdown());
  const store = new Store();
  const other = new ClusterManager(store);
  const sync = (): void => {
    for (const update of r.told.splice(0)) other.apply(revived(update));
  };
  r.names.answers.set('db', ['10.0.0.1', '10.0.0.2']);
  r.control.put(dns('a', 'db'));
  r.control.put(config('b', '10.0.0.9', { lbPolicy: 'RANDOM' }));
  sync();
  t.same([...other.clusters.keys()], ['b'], 'what warms is not told');
  await r.names.answered();
  sync();
  const a = other.get('a')!;
  const shown = (name: string): string[] => other.get(name)!.hosts.map((h) => h.address.text);
  t.same(shown('a'), r.addresses('a'));
  t.ok(a.hosts[0].address instanceof Address, 'an Address again, not the data of one');
  t.equal(a.info.addedViaApi, true);
  t.equal(store.gauge('cluster.a.membership_total').value, 2);
  const stays = a.hosts[1];
  r.told.push(structuredClone({ kind: 'health', name: 'a', changes: [[stays.id, FAILED_ACTIVE_HC]] }));
  sync();
  t.equal(store.gauge('cluster.a.membership_healthy').value, 1);
  t.equal(stays.health, FAILED_ACTIVE_HC);
  r.control.remove('b');
  sync();
  t.equal(other.get('b'), undefined);
  // Late ones change nothing.
  other.apply({ kind: 'hosts', name: 'b', batch: [] });
  other.apply({ kind: 'remove', name: 'b' });
  other.shutdown();
});

t.test('hosts that come later are told, and those that stay are the same hosts there', async (t) => {
  const r = new Rig();
  t.teardown(() => r.clusters.shutdown());
  const other = new ClusterManager(new Store());
  r.names.answers.set('db', ['10.0.0.1', '10.0.0.2']);
  r.control.put({ ...dns('a', 'db'), dnsRefreshRate: 10 });
  await r.names.answered();
  for (const update of r.told.splice(0)) other.apply(revived(update));
  const stays = other.get('a')!.hosts[1];
  let drained = 0;
  onDrain(other.get('a')!.hosts[0], () => drained++);
  r.names.answers.set('db', ['10.0.0.2', '10.0.0.3']);
  await r.names.answered();
  t.equal(r.counter('cluster_updated'), 1);
  t.equal(r.told.length, 1);
  for (const update of r.told.splice(0)) other.apply(revived(update));
  t.same(
    other.get('a')!.hosts.map((h) => h.address.text),
    ['10.0.0.2:80', '10.0.0.3:80'],
  );
  t.equal(other.get('a')!.hosts[0], stays);
  t.equal(drained, 1);
});

t.test('10,000 clusters that come and go leave no statistics behind, and no memory', async (t) => {
  const r = new Rig();
  t.teardown(() => r.clusters.shutdown());
  const seen = (): string[] => {
    const out: string[] = [];
    const add = (m: { name: string }): void => {
      if (m.name.startsWith('cluster.')) out.push(m.name);
    };
    r.store.forEach({ counter: add, gauge: add, histogram: add });
    return out;
  };
  const round = (i: number): void => {
    r.control.put(config(`c${i}`, '127.0.0.1'));
    r.clusters.get(`c${i}`)?.info.responses.count(200, false, false);
    r.control.put(config(`c${i}`, '127.0.0.1', { connectTimeout: 1 }));
    r.control.remove(`c${i}`);
    r.told.length = 0;
  };
  const bytes = (): number => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  for (let i = 0; i < 1000; i++) round(i);
  const before = bytes();
  for (let i = 1000; i < 11_000; i++) round(i);
  t.same(seen(), []);
  // A cluster's own are some 20 kB: kept, they would be 200 MB.
  t.ok(bytes() - before < 8e6, `${bytes() - before} bytes more`);
  t.equal(r.counter('cluster_removed'), 11_000);
  r.control.put(config('c1', '127.0.0.1'));
  t.ok(seen().length > 100, 'one that is there is seen');
});

t.test(
  'a cluster that replaces another of its name goes on with its numbers; a warming one that is given up leaves none',
  async (t) => {
    const r = new Rig();
    t.teardown(() => r.clusters.shutdown());
    const numbers = (): number[] => {
      const out: number[] = [];
      r.store.forEach({
        counter: (c) => c.name === 'cluster.a.upstream_rq_total' && out.push(c.value),
        gauge: () => {},
        histogram: () => {},
      });
      return out;
    };
    r.control.put(config('a', '127.0.0.1'));
    r.clusters.get('a')?.info.stats.upstreamRqTotal.add(7);
    r.control.put(config('a', '127.0.0.2'));
    t.same(numbers(), [7]);
    // Never resolved.
    r.control.put(dns('a', 'db'));
    r.control.put(dns('a', 'db2'));
    t.same(numbers(), [7]);
    t.throws(() => r.control.put(config('a', '127.0.0.1', { type: 'NOPE' as 'EDS' })));
    r.control.remove('a');
    t.same(numbers(), []);
  },
);
