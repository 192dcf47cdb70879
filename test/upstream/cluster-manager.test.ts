import t from 'tap';
import type { Cluster as ClusterMessage, LbEndpoint } from '../../src/config/schema/types.ts';
import { logger } from '../../src/log/logger.ts';
import { Store } from '../../src/stats/store.ts';
import { flagNames } from '../../src/upstream/health/health-flags.ts';
import { TestClusters } from './clusters.ts';
import { endpoint as ep, makeCluster, onDrain, setHosts } from './hosts.ts';

logger('upstream').level = 6;

function endpoint(address: string, portValue = 80): LbEndpoint {
  return { endpoint: { address: { socketAddress: { address, portValue } } } };
}
function config(
  name: string,
  endpoints: LbEndpoint[] = [endpoint('127.0.0.1')],
  more: Partial<ClusterMessage> = {},
): ClusterMessage {
  return { name, loadAssignment: { clusterName: 'another name', endpoints: [{ lbEndpoints: endpoints }] }, ...more };
}

t.test('static clusters, their defaults and their numbers', async (t) => {
  const store = new Store();
  const cm = new TestClusters(store);
  cm.loadStatic([
    config('a', [
      endpoint('127.0.0.1', 1),
      endpoint('::1', 2),
      { endpoint: { address: { pipe: { path: '/run/x.sock' } } } },
    ]),
    config('b:c'),
  ]);
  t.equal(store.gauge('cluster_manager.active_clusters').value, 2);
  await cm.initialize();
  const a = cm.get('a')!;
  t.same(
    a.hosts.map((h) => h.address.text),
    ['127.0.0.1:1', '[::1]:2', '/run/x.sock'],
  );
  t.same(
    a.hosts.map((h) => h.hostname),
    ['', '', ''],
    '[1.40] a static host has no name',
  );
  t.equal(a.info.connection.connectTimeoutMs, 5000);
  t.equal(a.info.connection.bufferLimitBytes, 1048576);
  t.equal(store.gauge('cluster.a.membership_total').value, 3);
  t.equal(store.gauge('cluster.a.membership_healthy').value, 3);
  t.equal(store.counter('cluster.a.membership_change').value, 1, '[1.40] one change for the whole set');
  t.equal(store.counter('cluster.a.default.total_match_count').value, 3, '[1.40]');
  t.equal(store.gauge('cluster.a.max_host_weight').value, 0, '[1.40] only discovery sets it');
  t.equal(store.gauge('cluster.b_c.membership_total').value, 1, 'colons become underscores');
  t.equal(cm.get('nope'), undefined);
  t.equal(cm.get('another name'), undefined, 'load_assignment.cluster_name is not a name');
  cm.shutdown();
  t.equal(cm.clusters.size, 0);
});

t.test('a configuration Envoy refuses, in its words', async (t) => {
  const load = (...c: ClusterMessage[]): void => new TestClusters(new Store()).loadStatic(c);
  t.throws(() => load(config('a'), config('a')), { message: "cluster manager: duplicate cluster 'a'" });
  t.throws(() => load(config('a', [endpoint('foo')])), {
    message:
      "malformed IP address: foo. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'",
  });
  const logical = 'LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint';
  t.throws(() => load(config('a', [endpoint('x'), endpoint('y')], { type: 'LOGICAL_DNS' })), { message: logical });
  t.throws(() => load(config('a', [], { type: 'LOGICAL_DNS' })), { message: logical });
  const dnsFailureRefreshRate = { baseInterval: 10, maxInterval: 5 };
  t.throws(() => load(config('a', [endpoint('x')], { type: 'STRICT_DNS', dnsFailureRefreshRate })), {
    message: 'dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval',
  });
});

t.test('alt_stat_name files the numbers elsewhere', async (t) => {
  const store = new Store();
  const cm = new TestClusters(store);
  cm.loadStatic([config('a', undefined, { altStatName: 'other' })]);
  await cm.initialize();
  t.equal(cm.get('a')!.info.statName, 'other');
  t.equal(store.gauge('cluster.other.membership_total').value, 1);
});

t.test('a host that leaves is drained, one that stays is not touched', async (t) => {
  const c = makeCluster();
  const drained: number[] = [];
  setHosts(c, ep(1), ep(2));
  const stays = c.hosts[1];
  for (const h of c.hosts) onDrain(h, () => drained.push(h.address.port));
  setHosts(c, ep(2));
  t.same(drained, [1]);
  t.equal(c.hosts[0], stays);
  t.equal(c.info.stats.membershipChange.value, 2);
  setHosts(c, ep(2));
  t.equal(c.info.stats.membershipChange.value, 2);
});

t.test('health_status of the config, and degraded hosts', async (t) => {
  const c = makeCluster();
  const states = ['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'UNKNOWN'] as const;
  setHosts(c, ...states.map((healthStatus, i) => ep(i + 1, { healthStatus })));
  t.same(
    c.hosts.map((h) => flagNames(h.health)),
    ['healthy', '/degraded_eds_health', '/failed_eds_health', '/eds_status_draining', '/failed_eds_health', 'healthy'],
    '[1.40]',
  );
  t.equal(c.info.stats.membershipHealthy.value, 2);
  t.equal(c.info.stats.membershipDegraded.value, 1);
  t.equal(c.info.stats.membershipTotal.value, 6);
  t.equal(c.info.stats.membershipExcluded.value, 1, '[1.40] the draining one');
});

t.test('typed load_balancing_policy: the first one that is known', async (t) => {
  const typed = (typeUrl: string, value: unknown) => ({ typedExtensionConfig: { typedConfig: { typeUrl, value } } });
  const maglev = typed('envoy.extensions.load_balancing_policies.maglev.v3.Maglev', { tableSize: 8 });
  const robin = typed('envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin', {});
  const other = typed('envoy.extensions.load_balancing_policies.x.v3.X', {});
  const lbPolicy = 'LOAD_BALANCING_POLICY_CONFIG';
  t.throws(() => makeCluster({ lbPolicy, loadBalancingPolicy: { policies: [other, maglev, robin] } }), {
    message: 'The table size of maglev must be prime number',
  });
  t.doesNotThrow(() => makeCluster({ lbPolicy, loadBalancingPolicy: { policies: [other, robin, maglev] } }));
  t.throws(() => makeCluster({ lbPolicy, loadBalancingPolicy: { policies: [other] } }), {
    message: /didn't find a registered load balancer factory implementation/,
  });
});
