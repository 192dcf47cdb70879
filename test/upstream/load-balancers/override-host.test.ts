// override_host. What real Envoy does with the same requests: conformance cluster-more.
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import type { OverrideHost } from '../../../src/config/schema/types.ts';
import type { Cluster } from '../../../src/upstream/cluster.ts';
import type { LbMetadata, LoadBalancerContext } from '../../../src/upstream/load-balancers/load-balancer.ts';
import { MAX_NAMED_HOSTS } from '../../../src/upstream/load-balancers/override-host.ts';
import { endpoint, makeCluster, priority, withHash } from '../hosts.ts';
import { conforms } from './conformance.ts';

const LB = 'envoy.extensions.load_balancing_policies';
const policy = (typeUrl: string, value: object) => ({
  policies: [{ typedExtensionConfig: { name: 'x', typedConfig: { typeUrl: `${LB}.${typeUrl}`, value } } }],
});
const fallback = policy('round_robin.v3.RoundRobin', {});
const configOf = (own: Partial<OverrideHost>) => ({
  loadBalancingPolicy: policy('override_host.v3.OverrideHost', { fallbackPolicy: fallback, ...own }),
});
const BY_HEADER = [{ header: 'X-To' }];

conforms(configOf({ overrideHostSources: BY_HEADER }), undefined, 'override_host over round robin');

function make(own: Partial<OverrideHost>): Cluster {
  const c = makeCluster(configOf(own));
  c.update([
    priority(0, endpoint(1), endpoint(2, { healthStatus: 'UNHEALTHY' })),
    priority(1, endpoint(3, { healthStatus: 'UNHEALTHY' })),
  ]);
  return c;
}

/** A request that keeps what is set in it. */
function request(to: string | null, metadata?: LbMetadata): LoadBalancerContext & { readonly noted: LbMetadata[] } {
  const headers = new Headers();
  if (to !== null) headers.add('x-to', to);
  const state = new Map<string, unknown>();
  const noted: LbMetadata[] = [];
  return {
    ...withHash(0, 0),
    headers,
    noted,
    filterState: (name) => state.get(name),
    setFilterState: (name, value) => void state.set(name, value),
    addMetadata: (namespace, values) => void noted.push({ [namespace]: values }),
    dynamicMetadata: (namespace) => (namespace === 'ns' ? metadata : undefined),
  };
}
const chosen = (c: Cluster, ctx: LoadBalancerContext | null) => c.chooseHost(ctx)?.address.port;

t.test('who is named is asked, of any priority and health, each try the next', async (t) => {
  const c = make({ overrideHostSources: BY_HEADER });
  t.equal(c.usesRequest, true);
  const ctx = request('127.0.0.1:2, 127.0.0.1:3 ,,127.0.0.9:1,127.0.0.1:1');
  t.same([chosen(c, ctx), chosen(c, ctx), chosen(c, ctx)], [2, 3, 1]);
  t.equal(chosen(c, ctx), 1, 'the policy, once all were asked');
  for (const to of [null, '', 'rubbish', '127.0.0.9:1']) t.equal(chosen(c, request(to)), 1, String(to));
  t.equal(chosen(c, null), 1);
});

t.test('headers and metadata, in their order; the choice is noted', async (t) => {
  const key = { key: 'ns', path: [{ key: 'a' }, { key: 'b' }] };
  const c = make({ overrideHostSources: [{ metadata: key }, ...BY_HEADER], selectedHostKey: key });
  const ctx = request('127.0.0.1:1', { a: { b: '127.0.0.1:3' } });
  t.same([chosen(c, ctx), chosen(c, ctx)], [3, 1]);
  t.same(ctx.noted, [{ ns: { a: { b: '127.0.0.1:3' } } }, { ns: { a: { b: '127.0.0.1:1' } } }]);
  t.equal(chosen(c, request(null, { a: 'text' })), 1);
});

t.test('hosts that are gone are nobody; a list has an end', async (t) => {
  const c = make({ overrideHostSources: BY_HEADER });
  c.update([priority(1)]);
  t.equal(chosen(c, request('127.0.0.1:3')), 1);
  const long = request(`${'127.0.0.9:9,'.repeat(MAX_NAMED_HOSTS)}127.0.0.1:2`);
  t.equal(chosen(c, long), 1, 'what comes behind the limit is not looked at');
});

t.test("Envoy's sentences", async (t) => {
  t.throws(() => make({ overrideHostSources: [{}] }), { message: 'Empty override source' });
  t.throws(() => make({ overrideHostSources: [{ header: 'a', metadata: { key: 'b', path: [{ key: 'c' }] } }] }), {
    message: 'Only one override source must be set',
  });
  t.throws(() => make({ overrideHostSources: BY_HEADER, fallbackPolicy: policy('pick_first.v3.PickFirst', {}) }), {
    message: "dynamic forwarding LB: didn't find a registered fallback load balancer factory with names from x",
  });
});
