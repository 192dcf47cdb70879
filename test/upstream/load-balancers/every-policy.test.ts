// The shared suite over what has no test file of its own: the typed form of each policy, by itself and beneath subsets, and what stands around a policy.
import type { Cluster as ClusterMessage } from '../../../src/config/schema/types.ts';
import type { BalancerFactory, ClusterContext } from '../../../src/upstream/cluster.ts';
import { plainBalancer } from '../../../src/upstream/cluster.ts';
import { configuredBalancer } from '../../../src/upstream/load-balancers/configured-balancer.ts';
import { PeekingBalancer } from '../../../src/upstream/load-balancers/peeking-balancer.ts';
import { place } from '../hosts.ts';
import { conforms } from './conformance.ts';

const LB = 'envoy.extensions.load_balancing_policies';
const typed = (typeUrl: string, value: object = {}): Pick<ClusterMessage, 'loadBalancingPolicy'> => ({
  loadBalancingPolicy: {
    policies: [{ typedExtensionConfig: { name: 'x', typedConfig: { typeUrl: `${LB}.${typeUrl}`, value } } }],
  },
});

const SLOW = { slowStartConfig: { slowStartWindow: 3_600_000 } };
const BOUND = { consistentHashingLbConfig: { hashBalanceFactor: 150 } };
const POLICIES: readonly (readonly [type: string, value: object])[] = [
  ['round_robin.v3.RoundRobin', {}],
  ['round_robin.v3.RoundRobin', SLOW],
  ['least_request.v3.LeastRequest', {}],
  ['least_request.v3.LeastRequest', { choiceCount: 5 }],
  ['least_request.v3.LeastRequest', { selectionMethod: 'FULL_SCAN' }],
  ['least_request.v3.LeastRequest', SLOW],
  ['random.v3.Random', {}],
  ['random.v3.Random', { localityLbConfig: { localityWeightedLbConfig: {} } }],
  ['ring_hash.v3.RingHash', {}],
  ['ring_hash.v3.RingHash', { hashFunction: 'MURMUR_HASH_2' }],
  ['ring_hash.v3.RingHash', BOUND],
  ['maglev.v3.Maglev', { tableSize: 251 }],
  ['maglev.v3.Maglev', BOUND],
];
const ANY = { fallbackPolicy: 'ANY_ENDPOINT', subsetSelectors: [{ keys: ['v'] }] };
for (const [type, value] of POLICIES) {
  const config = typed(type, value);
  const name = `${type} ${JSON.stringify(value)}`;
  conforms(config, undefined, name);
  conforms(
    typed('subset.v3.Subset', { ...ANY, subsetLbPolicy: config.loadBalancingPolicy }),
    undefined,
    `subsets of ${name}`,
  );
}

for (const lbPolicy of ['ROUND_ROBIN', 'RANDOM'] as const) {
  const peeking: BalancerFactory = (cluster, ctx) => new PeekingBalancer(plainBalancer(cluster, ctx), false);
  conforms({ lbPolicy }, peeking, `peeking ${lbPolicy}`);
}

// The proxies' own cluster is not there: hosts are balanced as without zones.
for (const lbPolicy of ['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM'] as const) {
  const local: ClusterContext['local'] = { cluster: 'proxies', locality: place('here') };
  const zoned: BalancerFactory = (cluster, ctx) => configuredBalancer(cluster, { ...ctx, local });
  conforms({ lbPolicy }, zoned, `zone-aware ${lbPolicy}`);
}
