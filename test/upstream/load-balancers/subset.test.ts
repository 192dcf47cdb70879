// lb_subset_config: who is in which subset, and where a request goes that has none. Compared with real Envoy in conformance subsets/*.
import t from 'tap';
import type { ClusterLbSubsetConfig, Cluster as ClusterMessage } from '../../../src/config/schema/types.ts';
import { FAILED_ACTIVE_HC } from '../../../src/upstream/health/health-flags.ts';
import type { LbMetadata, LoadBalancerContext } from '../../../src/upstream/load-balancers/load-balancer.ts';
import { endpoint, makeCluster, place, ports, priority, setHosts, withHash } from '../hosts.ts';
import { conforms } from './conformance.ts';

const ANY: ClusterLbSubsetConfig = { fallbackPolicy: 'ANY_ENDPOINT', subsetSelectors: [{ keys: ['stage'] }] };
for (const lbPolicy of ['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RING_HASH', 'MAGLEV'] as const) {
  conforms({ lbPolicy, lbSubsetConfig: ANY }, undefined, `subsets of ${lbPolicy}`);
}

const subsets = (lbSubsetConfig: ClusterLbSubsetConfig, config: Partial<ClusterMessage> = {}) =>
  makeCluster({ lbSubsetConfig, ...config });
const asking = (metadata: LbMetadata): LoadBalancerContext => ({ ...withHash(7, 9), metadata });
const seen = (c: ReturnType<typeof makeCluster>, metadata: LbMetadata) =>
  [...new Set(ports(c, 40, asking(metadata)))].sort((a, b) => a - b);
const counted = (c: ReturnType<typeof makeCluster>, name: string) =>
  c.info.stats.scope.counter(`lb_subsets_${name}`).value;
const active = (c: ReturnType<typeof makeCluster>) => c.info.stats.scope.gauge('lb_subsets_active').value;

t.test('a request goes to the hosts that have all it asks for; without any to the fallback', async (t) => {
  const c = subsets({ ...ANY, subsetSelectors: [{ keys: ['stage'] }, { keys: ['version', 'stage'] }] });
  setHosts(
    c,
    endpoint(1, { lb: { stage: 'prod', version: 1 } }),
    endpoint(2, { lb: { stage: 'prod', version: 2 } }),
    endpoint(3, { lb: { stage: 'dev', version: 1 } }),
    endpoint(4),
  );
  t.equal(c.usesMetadata, true);
  t.equal(active(c), 5);
  t.same(seen(c, { stage: 'prod' }), [1, 2]);
  t.same(seen(c, { version: 2, stage: 'prod' }), [2]);
  t.equal(counted(c, 'selected'), 80);
  t.same(seen(c, { version: '2', stage: 'prod' }), [1, 2, 3, 4], 'a text is no number');
  t.same(seen(c, { version: 1 }), [1, 2, 3, 4], 'no selector has this key alone');
  t.same(seen(c, {}), [1, 2, 3, 4]);
  t.same([...new Set(ports(c, 40))].sort(), [1, 2, 3, 4], 'nothing asked');
  t.equal(counted(c, 'fallback'), 160);
  t.equal(counted(c, 'created'), 5);
});

t.test('the only host of a cluster is not for those who ask for another', async (t) => {
  const c = subsets({ subsetSelectors: [{ keys: ['stage'] }] });
  setHosts(c, endpoint(1, { lb: { stage: 'prod' } }));
  t.same(ports(c, 2, asking({ stage: 'prod' })), [1, 1]);
  t.same(ports(c, 2, asking({ stage: 'dev' })), [-1, -1], 'NO_FALLBACK');
  t.same(ports(c, 2), [-1, -1]);
});

t.test('values are the same when they hold the same', async (t) => {
  const c = subsets({ subsetSelectors: [{ keys: ['x'] }] });
  const values = [1, '1', true, null, [1, 2], [2, 1], { a: 1, b: 2 }, { a: 1 }];
  setHosts(c, ...values.map((x, i) => endpoint(i + 1, { lb: { x } })));
  for (const [i, x] of values.entries()) t.same(ports(c, 2, asking({ x })), [i + 1, i + 1], JSON.stringify(x));
  t.same(ports(c, 1, asking({ x: { b: 2, a: 1 } })), [7], 'the order of fields says nothing');
});

t.test('subsets come and go with their hosts', async (t) => {
  const c = subsets(ANY);
  setHosts(c, endpoint(1, { lb: { stage: 'a' } }), endpoint(2, { lb: { stage: 'b' } }));
  t.equal(active(c), 2);
  setHosts(c, endpoint(1, { lb: { stage: 'c' } }));
  t.same([active(c), counted(c, 'created'), counted(c, 'removed')], [1, 3, 2]);
  t.same(seen(c, { stage: 'c' }), [1]);
  t.equal(counted(c, 'fallback'), 0);
  t.same(seen(c, { stage: 'a' }), [1]);
  t.equal(counted(c, 'fallback'), 40, 'its subset is no more');
  setHosts(c);
  t.equal(active(c), 0);
  setHosts(c, endpoint(1, { lb: { stage: 'c' } }));
  c.retire(true);
  t.equal(active(c), 0);
});

t.test('a subset has priorities, health and panic of its own', async (t) => {
  const c = subsets(ANY);
  const stage = (port: number, stage: string, healthStatus?: 'UNHEALTHY') =>
    endpoint(port, { lb: { stage }, healthStatus });
  c.update([
    priority(0, stage(1, 'prod'), stage(2, 'canary', 'UNHEALTHY')),
    priority(1, stage(3, 'prod'), stage(4, 'canary')),
  ]);
  t.same(seen(c, { stage: 'prod' }), [1]);
  t.same(seen(c, { stage: 'canary' }), [4], 'its next priority');
  for (const h of c.hosts) h.setHealth(FAILED_ACTIVE_HC);
  c.hostsChanged();
  t.same(seen(c, { stage: 'canary' }), [2, 4], 'panic');
});

t.test('selectors say themselves what happens where nobody fits', async (t) => {
  const c = subsets({
    fallbackPolicy: 'ANY_ENDPOINT',
    defaultSubset: { stage: 'prod' },
    subsetSelectors: [
      { keys: ['none'], fallbackPolicy: 'NO_FALLBACK' },
      { keys: ['any'], fallbackPolicy: 'ANY_ENDPOINT' },
      { keys: ['default'], fallbackPolicy: 'DEFAULT_SUBSET' },
      { keys: ['stage', 'version'], fallbackPolicy: 'KEYS_SUBSET', fallbackKeysSubset: ['stage'] },
      { keys: ['stage'] },
      { keys: ['stage'], fallbackPolicy: 'NO_FALLBACK' },
    ],
  });
  setHosts(c, endpoint(1, { lb: { stage: 'prod', version: 1 } }), endpoint(2, { lb: { stage: 'dev', version: 2 } }));
  t.same(seen(c, { none: 1 }), [-1]);
  t.same(seen(c, { any: 1 }), [1, 2]);
  t.same(seen(c, { default: 1 }), [1]);
  t.same(seen(c, { stage: 'dev', version: 9 }), [2]);
  t.equal(counted(c, 'fallback'), 0);
  t.same(seen(c, { stage: 'x' }), [1, 2], 'the first of two selectors with the same keys counts');
  t.equal(counted(c, 'fallback'), 40);
});

t.test('panic_mode_any: where the fallback has nobody, anybody', async (t) => {
  const c = subsets({
    fallbackPolicy: 'DEFAULT_SUBSET',
    defaultSubset: { stage: 'none' },
    panicModeAny: true,
    subsetSelectors: [{ keys: ['stage'] }],
  });
  setHosts(c, endpoint(1, { lb: { stage: 'prod' } }), endpoint(2));
  t.same(seen(c, { stage: 'x' }), [1, 2]);
  t.same([counted(c, 'fallback'), counted(c, 'fallback_panic')], [0, 40]);
});

t.test('single_host_per_subset: the first one, whatever its health; others are counted', async (t) => {
  const c = subsets({ subsetSelectors: [{ keys: ['id'], singleHostPerSubset: true }] });
  const id = (port: number, id: number) =>
    endpoint(port, { lb: { id }, healthStatus: port === 1 ? 'UNHEALTHY' : 'HEALTHY' });
  c.update([priority(0, id(1, 1), id(2, 2), id(3, 2)), priority(1, id(4, 1), id(5, 5))]);
  t.same(seen(c, { id: 1 }), [1]);
  t.same(seen(c, { id: 2 }), [2]);
  t.same(seen(c, { id: 5 }), [5], 'of the second priority');
  c.update([priority(1)]);
  t.same(seen(c, { id: 5 }), [-1]);
  setHosts(c, id(2, 2), id(3, 2), id(6, 2));
  t.equal(c.info.stats.scope.gauge('lb_subsets_single_host_per_subset_duplicate').value, 2);
});

t.test(
  'list_as_any: a host is in the subset of each value of a list, and in the default one for any of them',
  async (t) => {
    const config = { ...ANY, fallbackPolicy: 'DEFAULT_SUBSET', defaultSubset: { stage: 'b' } } as const;
    const hosts = [
      endpoint(1, { lb: { stage: ['a', 'b'] } }),
      endpoint(2, { lb: { stage: 'b' } }),
      endpoint(3, { lb: { stage: [] } }),
    ];
    const c = subsets({ ...config, listAsAny: true });
    setHosts(c, ...hosts);
    t.same(seen(c, { stage: 'a' }), [1]);
    t.same(seen(c, { stage: 'b' }), [1, 2]);
    t.same(seen(c, { x: 1 }), [1, 2]);
    const not = subsets(config);
    setHosts(not, ...hosts);
    t.same(seen(not, { stage: 'b' }), [2]);
    t.same(seen(not, { stage: ['a', 'b'] }), [1]);
  },
);

t.test('metadata_fallback_policy FALLBACK_LIST: what is asked is tried in turn', async (t) => {
  const config = {
    subsetSelectors: [{ keys: ['stage'] }, { keys: ['stage', 'v'] }],
    metadataFallbackPolicy: 'FALLBACK_LIST',
  } as const;
  const c = subsets(config);
  setHosts(c, endpoint(1, { lb: { stage: 'a', v: 1 } }), endpoint(2, { lb: { stage: 'b', v: 2 } }));
  const list = (...fallback_list: unknown[]) => ({ stage: 'x', fallback_list });
  t.same(seen(c, list({ stage: 'y' }, { stage: 'b' }, { stage: 'a' })), [2]);
  t.same(seen(c, list({ v: 1 }, { stage: 'a', v: 1 })), [1], 'over what is asked beside the list');
  t.same(seen(c, list({ stage: 'y' })), [-1]);
  t.same(seen(c, { stage: 'a', fallback_list: [] }), [1]);
  t.same(seen(subsets({ ...config, metadataFallbackPolicy: 'METADATA_NO_FALLBACK' }), list({ stage: 'a' })), [-1]);
});

t.test('scale_locality_weight: a place counts as much as it has hosts in the subset', async (t) => {
  for (const [scaleLocalityWeight, localityWeightAware, share] of [
    [false, true, 0.5],
    [true, true, 0.75],
    [false, false, 0.75],
  ] as const) {
    const c = subsets(
      { ...ANY, localityWeightAware, scaleLocalityWeight },
      { commonLbConfig: { localityWeightedLbConfig: {} } },
    );
    const stage = (port: number, stage: string) => endpoint(port, { lb: { stage } });
    c.update([
      {
        priority: 0,
        localities: [
          { locality: place('a'), weight: 30, endpoints: [stage(1, 'x'), stage(2, 'x'), stage(3, 'x')] },
          { locality: place('b'), weight: 30, endpoints: [stage(4, 'x'), stage(5, 'y'), stage(6, 'y')] },
        ],
      },
    ]);
    const first = ports(c, 400, asking({ stage: 'x' })).filter((p) => p < 4).length;
    t.ok(Math.abs(first - 400 * share) <= 2, `${first} of 400, expected ${share}`);
  }
});

t.test('allow_redundant_keys (typed): the longest selector that fits says which keys count', async (t) => {
  const typed = (allowRedundantKeys: boolean): Partial<ClusterMessage> => {
    const policy = (name: string, value: unknown) => ({
      typedExtensionConfig: {
        name,
        typedConfig: { typeUrl: `envoy.extensions.load_balancing_policies.${name}`, value },
      },
    });
    const subsetLbPolicy = { policies: [policy('round_robin.v3.RoundRobin', {})] };
    const subset = { subsetSelectors: [{ keys: ['a'] }, { keys: ['a', 'b'] }], allowRedundantKeys, subsetLbPolicy };
    return { loadBalancingPolicy: { policies: [policy('subset.v3.Subset', subset)] } } as never;
  };
  for (const allowed of [true, false]) {
    const c = makeCluster(typed(allowed));
    setHosts(c, endpoint(1, { lb: { a: 1, b: 1 } }), endpoint(2, { lb: { a: 1, b: 2 } }));
    t.same(seen(c, { a: 1, b: 2, z: 3 }), allowed ? [2] : [-1]);
    t.same(seen(c, { a: 1, z: 3 }), allowed ? [1, 2] : [-1]);
    t.same(seen(c, { a: 1, b: 9, z: 3 }), [-1]);
  }
});

t.test('a hundred hosts fail and come back: every subset knows at once', async (t) => {
  const c = subsets(
    { subsetSelectors: [{ keys: ['half'] }] },
    { commonLbConfig: { healthyPanicThreshold: { value: 0 } } },
  );
  setHosts(c, ...Array.from({ length: 100 }, (_, i) => endpoint(i + 1, { lb: { half: i % 2 } })));
  for (const h of c.hosts) if (h.address.port !== 8) h.setHealth(FAILED_ACTIVE_HC);
  c.hostsChanged();
  t.same(seen(c, { half: 1 }), [8]);
  t.same(seen(c, { half: 0 }), [-1]);
});

t.test('what Envoy refuses is refused with its sentence', async (t) => {
  const selector = (s: object) => () => subsets({ subsetSelectors: [{ keys: ['a', 'b'], ...s }] });
  t.throws(selector({ fallbackKeysSubset: ['a'] }), { message: /can be set only for KEYS_SUBSET fallback_policy/ });
  t.throws(selector({ fallbackPolicy: 'KEYS_SUBSET' }), { message: /fallback_keys_subset cannot be empty/ });
  t.throws(selector({ fallbackPolicy: 'KEYS_SUBSET', fallbackKeysSubset: ['c'] }), {
    message: /must be a subset of selector keys/,
  });
  t.throws(selector({ fallbackPolicy: 'KEYS_SUBSET', fallbackKeysSubset: ['b', 'a'] }), {
    message: /cannot be equal to keys/,
  });
  t.throws(() => subsets({ ...ANY, localityWeightAware: true }), {
    message: /requires that a locality_weighted_lb_config be set/,
  });
});
