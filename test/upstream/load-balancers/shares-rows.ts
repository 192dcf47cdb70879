/** The clusters of shares-beside-envoy.test.ts: their hosts, and what share of the requests each of them should get. */

export const LETTERS = 'abcdef';
export const ipOf = (letter: string): string => `127.0.2.${LETTERS.indexOf(letter) + 1}`;
/** Stands for `no healthy upstream`. */
export const NOBODY = '-';
const EXT = 'type.googleapis.com/envoy.extensions';
const LB = `${EXT}.load_balancing_policies`;

type Fields = Record<string, unknown>;
export type Shares = Readonly<Record<string, number>>;

export interface Row {
  readonly name: string;
  /** Of the cluster. Hosts stand in `hosts` or in `places`. */
  readonly cluster: Fields;
  readonly places: readonly Fields[];
  readonly headers?: string;
  /** So many requests that are not answered come before. */
  readonly holds?: number;
  /** Parts of the whole, which may depend on who holds what; undefined: keys. */
  readonly shares?: Shares | ((held: Readonly<Record<string, number>>) => Shares);
  /** Counts may be off by so many; absent: by chance. */
  readonly turns?: number;
  /** Keys of the hash. */
  readonly keys?: number;
}

const policy = (name: string, fields: Fields = {}, more: readonly Fields[] = []): Fields => ({
  load_balancing_policy: {
    policies: [
      ...more,
      { typed_extension_config: { name: 'p', typed_config: { '@type': `${LB}.${name}`, ...fields } } },
    ],
  },
});
const nested = (name: string, fields: Fields = {}): Fields => policy(name, fields)['load_balancing_policy'] as Fields;

/** `a` … `d`, of these weights, healths and metadata. */
function hosts(letters: string, more: Readonly<Record<string, Fields>> = {}, place: Fields = {}): Fields {
  const lb_endpoints = [...letters].map((l) => ({ letter: l, ...more[l] }));
  return { ...place, lb_endpoints };
}
const weight = (w: number): Fields => ({ load_balancing_weight: w });
const SICK: Fields = { health_status: 'UNHEALTHY' };
const WEAK: Fields = { health_status: 'DEGRADED' };
const lb = (fields: Fields): Fields => ({ metadata: { filter_metadata: { 'envoy.lb': fields } } });
const zone = (name: string, more: Fields = {}): Fields => ({ locality: { zone: name }, ...more });
const WEIGHTS = { a: weight(1), b: weight(2), c: weight(5) };
const EVEN4 = { a: 0.25, b: 0.25, c: 0.25, d: 0.25 };

/** Of `all` hosts the best of `count` draws: the busy one only if nothing else was drawn. */
const busyShare = (held: Readonly<Record<string, number>>, all: string, count: number): Shares => {
  const busy = (1 / all.length) ** count;
  return Object.fromEntries([...all].map((l) => [l, (held[l] ?? 0) > 0 ? busy : (1 - busy) / (all.length - 1)]));
};
const byLoad =
  (weights: Readonly<Record<string, number>>, bias: number) =>
  (held: Readonly<Record<string, number>>): Shares => {
    const each = Object.entries(weights).map(([l, w]) => [l, w / ((held[l] ?? 0) + 1) ** bias] as const);
    const sum = each.reduce((s, [, w]) => s + w, 0);
    return Object.fromEntries(each.map(([l, w]) => [l, w / sum]));
  };
const bias = (value: number): Fields => ({ active_request_bias: { default_value: value, runtime_key: 'none' } });

export const ROWS: readonly Row[] = [
  { name: 'rr', cluster: {}, places: [hosts('abcd')], shares: EVEN4, turns: 1 },
  {
    name: 'rr_weights',
    cluster: {},
    places: [hosts('abc', WEIGHTS)],
    shares: { a: 1 / 8, b: 2 / 8, c: 5 / 8 },
    turns: 1,
  },
  {
    name: 'rr_typed',
    cluster: policy('round_robin.v3.RoundRobin'),
    places: [hosts('abc', WEIGHTS)],
    shares: { a: 1 / 8, b: 2 / 8, c: 5 / 8 },
    turns: 1,
  },
  {
    name: 'rr_second',
    cluster: policy('round_robin.v3.RoundRobin', {}, [
      {
        typed_extension_config: {
          name: 'own',
          typed_config: {
            '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
            type_url: 'type.googleapis.com/own.Policy',
            value: {},
          },
        },
      },
    ]),
    places: [hosts('abcd')],
    shares: EVEN4,
    turns: 1,
  },
  { name: 'lr', cluster: { lb_policy: 'LEAST_REQUEST' }, places: [hosts('abcd')], shares: EVEN4 },
  {
    name: 'lr_busy',
    cluster: { lb_policy: 'LEAST_REQUEST' },
    places: [hosts('abcd')],
    holds: 1,
    shares: (held) => busyShare(held, 'abcd', 2),
  },
  {
    name: 'lr_three',
    cluster: { lb_policy: 'LEAST_REQUEST', least_request_lb_config: { choice_count: 3 } },
    places: [hosts('abc')],
    holds: 1,
    shares: (held) => busyShare(held, 'abc', 3),
  },
  {
    name: 'lr_typed',
    cluster: policy('least_request.v3.LeastRequest', { choice_count: 4 }),
    places: [hosts('ab')],
    holds: 1,
    shares: (held) => busyShare(held, 'ab', 4),
  },
  {
    name: 'lr_scan',
    cluster: policy('least_request.v3.LeastRequest', { selection_method: 'FULL_SCAN' }),
    places: [hosts('abcd')],
    holds: 1,
    shares: (held) => busyShare(held, 'abcd', 1000),
  },
  {
    name: 'lr_enabled',
    cluster: policy('least_request.v3.LeastRequest', { enable_full_scan: true }),
    places: [hosts('abcd')],
    holds: 1,
    shares: (held) => busyShare(held, 'abcd', 2),
  },
  {
    name: 'lr_weights',
    cluster: { lb_policy: 'LEAST_REQUEST' },
    places: [hosts('abc', WEIGHTS)],
    shares: { a: 1 / 8, b: 2 / 8, c: 5 / 8 },
    turns: 2,
  },
  {
    name: 'lr_bias',
    cluster: { lb_policy: 'LEAST_REQUEST' },
    places: [hosts('abc', WEIGHTS)],
    holds: 3,
    shares: byLoad({ a: 1, b: 2, c: 5 }, 1),
    turns: 3,
  },
  {
    name: 'lr_bias0',
    cluster: { lb_policy: 'LEAST_REQUEST', least_request_lb_config: bias(0) },
    places: [hosts('abc', WEIGHTS)],
    holds: 3,
    shares: byLoad({ a: 1, b: 2, c: 5 }, 0),
    turns: 3,
  },
  {
    name: 'lr_bias2',
    cluster: policy('least_request.v3.LeastRequest', bias(2)),
    places: [hosts('abc', WEIGHTS)],
    holds: 3,
    shares: byLoad({ a: 1, b: 2, c: 5 }, 2),
    turns: 3,
  },
  { name: 'random', cluster: { lb_policy: 'RANDOM' }, places: [hosts('abcd', { a: weight(9) })], shares: EVEN4 },
  { name: 'random_typed', cluster: policy('random.v3.Random'), places: [hosts('abcd')], shares: EVEN4 },

  {
    name: 'spilled',
    cluster: {},
    places: [hosts('ab', { b: SICK }), hosts('c', {}, { priority: 1 })],
    shares: { a: 0.7, c: 0.3 },
  },
  {
    name: 'spilled_random',
    cluster: { lb_policy: 'RANDOM' },
    places: [hosts('abc', { b: SICK, c: SICK }), hosts('d', {}, { priority: 1 })],
    shares: { a: 0.46, d: 0.54 },
  },
  {
    name: 'exactly',
    cluster: { policy: { overprovisioning_factor: 100 } },
    places: [hosts('ab', { b: SICK }), hosts('c', {}, { priority: 1 })],
    shares: { a: 0.5, c: 0.5 },
  },
  {
    name: 'three',
    cluster: { policy: { overprovisioning_factor: 100 } },
    places: [
      hosts('abcd', { b: SICK, c: SICK, d: SICK }),
      hosts('ef', { f: SICK }, { priority: 1 }),
      hosts('d', {}, { priority: 2 }),
    ],
    shares: { a: 0.25, e: 0.5, d: 0.25 },
  },
  { name: 'weak', cluster: {}, places: [hosts('ab', { b: WEAK })], shares: { a: 0.7, b: 0.3 } },
  {
    name: 'weak_spilled',
    cluster: { policy: { overprovisioning_factor: 100 } },
    places: [hosts('abcd', { b: WEAK, c: SICK, d: SICK }), hosts('ef', { f: SICK }, { priority: 1 })],
    shares: { a: 0.25, e: 0.5, b: 0.25 },
  },
  {
    name: 'weighed',
    cluster: { policy: { weighted_priority_health: true } },
    places: [hosts('ab', { a: weight(1), b: { ...weight(3), ...SICK } }), hosts('c', {}, { priority: 1 })],
    shares: { a: 0.35, c: 0.65 },
  },
  {
    name: 'panic',
    cluster: {},
    places: [hosts('abc', { b: SICK, c: SICK })],
    shares: { a: 1 / 3, b: 1 / 3, c: 1 / 3 },
    turns: 1,
  },
  {
    name: 'calm',
    cluster: { common_lb_config: { healthy_panic_threshold: { value: 0 } } },
    places: [hosts('abc', { b: SICK, c: SICK })],
    shares: { a: 1 },
    turns: 0,
  },
  {
    name: 'calm30',
    cluster: { common_lb_config: { healthy_panic_threshold: { value: 30 } } },
    places: [hosts('abc', { b: SICK, c: SICK })],
    shares: { a: 1 },
    turns: 0,
  },
  {
    name: 'fails',
    cluster: { common_lb_config: { zone_aware_lb_config: { fail_traffic_on_panic: true } } },
    places: [hosts('abc', { b: SICK, c: SICK })],
    shares: { [NOBODY]: 1 },
    turns: 0,
  },
  {
    name: 'all_panic',
    cluster: {},
    places: [hosts('abc', { a: SICK, b: SICK, c: SICK }), hosts('d', { d: SICK }, { priority: 1 })],
    shares: EVEN4,
  },
  {
    name: 'nobody',
    cluster: { common_lb_config: { healthy_panic_threshold: { value: 0 } } },
    places: [hosts('ab', { a: SICK, b: SICK })],
    shares: { [NOBODY]: 1 },
    turns: 0,
  },

  {
    name: 'places',
    cluster: { common_lb_config: { locality_weighted_lb_config: {} } },
    places: [hosts('ab', {}, zone('x', weight(1))), hosts('c', {}, zone('y', weight(3)))],
    shares: { a: 1 / 8, b: 1 / 8, c: 3 / 4 },
    turns: 2,
  },
  {
    name: 'places_sick',
    cluster: { common_lb_config: { locality_weighted_lb_config: {} } },
    places: [hosts('ab', { b: SICK }, zone('x', weight(1))), hosts('c', {}, zone('y', weight(1)))],
    shares: { a: 0.7 / 1.7, c: 1 / 1.7 },
    turns: 2,
  },
  {
    name: 'places_typed',
    cluster: policy('random.v3.Random', { locality_lb_config: { locality_weighted_lb_config: {} } }),
    places: [hosts('a', {}, zone('x', weight(1))), hosts('bc', {}, zone('y', weight(4)))],
    shares: { a: 0.2, b: 0.4, c: 0.4 },
  },
  {
    name: 'zone',
    cluster: { common_lb_config: { zone_aware_lb_config: { min_cluster_size: 4 } } },
    places: [hosts('a', {}, zone('here')), hosts('bcd', {}, zone('there'))],
    shares: { a: 0.5, b: 1 / 6, c: 1 / 6, d: 1 / 6 },
  },
  {
    name: 'zone_half',
    cluster: policy('random.v3.Random', {
      locality_lb_config: { zone_aware_lb_config: { min_cluster_size: 4, routing_enabled: { value: 50 } } },
    }),
    places: [hosts('a', {}, zone('here')), hosts('bcd', {}, zone('there'))],
    shares: { a: 0.375, b: 0.625 / 3, c: 0.625 / 3, d: 0.625 / 3 },
  },
  {
    name: 'zone_three',
    cluster: { common_lb_config: { zone_aware_lb_config: { min_cluster_size: 1 } } },
    places: [hosts('a', {}, zone('here')), hosts('bc', {}, zone('there')), hosts('d', {}, zone('yonder'))],
    shares: { a: 0.5, d: 0.5 },
  },

  {
    name: 'subset',
    cluster: { lb_subset_config: { fallback_policy: 'ANY_ENDPOINT', subset_selectors: [{ keys: ['v'] }] } },
    places: [hosts('abcd', { a: lb({ v: 1 }), b: { ...weight(3), ...lb({ v: 1 }) }, c: lb({ v: 2 }) })],
    shares: { a: 0.25, b: 0.75 },
    turns: 1,
  },
  {
    name: 'subset_any',
    cluster: {
      lb_policy: 'RANDOM',
      lb_subset_config: { fallback_policy: 'ANY_ENDPOINT', subset_selectors: [{ keys: ['v'] }] },
    },
    places: [hosts('abcd', { a: lb({ v: 9 }) })],
    shares: EVEN4,
  },
  {
    name: 'subset_places',
    cluster: {
      common_lb_config: { locality_weighted_lb_config: {} },
      lb_subset_config: { locality_weight_aware: true, subset_selectors: [{ keys: ['v'] }] },
    },
    places: [
      hosts('abc', { a: lb({ v: 1 }) }, zone('x', weight(100))),
      hosts('d', { d: lb({ v: 1 }) }, zone('y', weight(100))),
    ],
    shares: { a: 0.5, d: 0.5 },
    turns: 2,
  },
  {
    name: 'subset_scaled',
    cluster: {
      common_lb_config: { locality_weighted_lb_config: {} },
      lb_subset_config: {
        locality_weight_aware: true,
        scale_locality_weight: true,
        subset_selectors: [{ keys: ['v'] }],
      },
    },
    places: [
      hosts('abc', { a: lb({ v: 1 }) }, zone('x', weight(300))),
      hosts('d', { d: lb({ v: 1 }) }, zone('y', weight(100))),
    ],
    shares: { a: 0.5, d: 0.5 },
    turns: 2,
  },
  {
    name: 'subset_plain',
    cluster: {
      common_lb_config: { locality_weighted_lb_config: {} },
      lb_subset_config: { subset_selectors: [{ keys: ['v'] }] },
    },
    places: [
      hosts('ab', { a: lb({ v: 1 }), b: lb({ v: 1 }) }, zone('x', weight(1))),
      hosts('c', { c: lb({ v: 1 }) }, zone('y', weight(9))),
    ],
    shares: { a: 1 / 3, b: 1 / 3, c: 1 / 3 },
    turns: 2,
  },
  {
    name: 'subset_sick',
    cluster: { lb_subset_config: { subset_selectors: [{ keys: ['v'] }] } },
    places: [
      hosts('ab', { a: lb({ v: 1 }), b: { ...SICK, ...lb({ v: 1 }) } }),
      hosts('c', { c: lb({ v: 1 }) }, { priority: 1 }),
    ],
    shares: { a: 0.7, c: 0.3 },
  },
  {
    name: 'subset_typed',
    cluster: policy('subset.v3.Subset', {
      subset_selectors: [{ keys: ['v'] }],
      subset_lb_policy: nested('least_request.v3.LeastRequest', { choice_count: 2 }),
    }),
    places: [hosts('abcd', { a: lb({ v: 1 }), b: lb({ v: 1 }), c: lb({ v: 1 }) })],
    holds: 1,
    shares: (held) => busyShare(held, 'abc', 2),
  },
  {
    name: 'override',
    cluster: policy('override_host.v3.OverrideHost', {
      override_host_sources: [{ header: 'x-to' }],
      fallback_policy: nested('random.v3.Random'),
    }),
    places: [hosts('abcd')],
    headers: 'x-to: <b>',
    shares: { b: 1 },
    turns: 0,
  },
  {
    name: 'override_none',
    cluster: policy('override_host.v3.OverrideHost', {
      override_host_sources: [{ header: 'x-to' }],
      fallback_policy: nested('random.v3.Random'),
    }),
    places: [hosts('abcd')],
    headers: 'x-to: 10.0.0.1:1',
    shares: EVEN4,
  },
  {
    name: 'slow_start',
    cluster: {
      round_robin_lb_config: { slow_start_config: { slow_start_window: '1000s', min_weight_percent: { value: 30 } } },
    },
    places: [hosts('abc', WEIGHTS)],
    shares: { a: 1 / 8, b: 2 / 8, c: 5 / 8 },
    turns: 2,
  },
  {
    name: 'aggregate',
    cluster: {
      type: undefined,
      lb_policy: 'CLUSTER_PROVIDED',
      cluster_type: {
        name: 'envoy.clusters.aggregate',
        typed_config: { '@type': `${EXT}.clusters.aggregate.v3.ClusterConfig`, clusters: ['part', 'rest'] },
      },
    },
    places: [],
    shares: { a: 0.7, c: 0.15, d: 0.15 },
  },

  { name: 'ring', cluster: { lb_policy: 'RING_HASH' }, places: [hosts('abcd', WEIGHTS)], keys: 200 },
  {
    name: 'ring_sizes',
    cluster: { lb_policy: 'RING_HASH', ring_hash_lb_config: { minimum_ring_size: 20, maximum_ring_size: 100 } },
    places: [hosts('abcd', { a: weight(100) })],
    keys: 200,
  },
  {
    name: 'ring_places',
    cluster: policy('ring_hash.v3.RingHash', { locality_weighted_lb_config: {} }),
    places: [hosts('ab', {}, zone('x', weight(2))), hosts('cd', { c: weight(3) }, zone('here', weight(3)))],
    keys: 200,
  },
  {
    name: 'ring_panic',
    cluster: { lb_policy: 'RING_HASH' },
    places: [hosts('abcd', { a: SICK, b: SICK, c: SICK })],
    keys: 100,
  },
  { name: 'maglev', cluster: { lb_policy: 'MAGLEV' }, places: [hosts('abcd', WEIGHTS)], keys: 200 },
  {
    name: 'maglev_small',
    cluster: policy('maglev.v3.Maglev', { table_size: 11 }),
    places: [hosts('abcdef')],
    keys: 200,
  },
  {
    name: 'maglev_keys',
    cluster: { lb_policy: 'MAGLEV' },
    places: [hosts('abc', { a: lb({ hash_key: 'one' }), b: lb({ hash_key: 'two' }) })],
    keys: 200,
  },
  {
    name: 'maglev_spilled',
    cluster: { lb_policy: 'MAGLEV' },
    places: [hosts('ab', { b: SICK }), hosts('cd', {}, { priority: 1 })],
    keys: 300,
  },
  {
    name: 'ring_subset',
    cluster: { lb_policy: 'RING_HASH', lb_subset_config: { subset_selectors: [{ keys: ['v'] }] } },
    places: [hosts('abcd', { a: lb({ v: 1 }), c: lb({ v: 1 }), d: lb({ v: 1 }) })],
    keys: 200,
  },
  {
    name: 'ring_hostname',
    cluster: {
      type: 'STRICT_DNS',
      dns_lookup_family: 'V4_ONLY',
      lb_policy: 'RING_HASH',
      common_lb_config: { consistent_hashing_lb_config: { use_hostname_for_hashing: true } },
    },
    places: [hosts('abc', { a: { hostname: 'one' }, b: { hostname: 'two' } })],
    keys: 200,
  },
];

/** Who gets requests of one key that nobody answers: `hash_balance_factor`. */
export const BOUNDED: readonly Pick<Row, 'name' | 'cluster' | 'places'>[] = [
  {
    name: 'bound_ring',
    cluster: {
      lb_policy: 'RING_HASH',
      common_lb_config: { consistent_hashing_lb_config: { hash_balance_factor: 100 } },
    },
    places: [hosts('abcd')],
  },
  {
    name: 'bound_maglev',
    cluster: { lb_policy: 'MAGLEV', common_lb_config: { consistent_hashing_lb_config: { hash_balance_factor: 150 } } },
    places: [hosts('abcd', WEIGHTS)],
  },
  {
    name: 'bound_typed',
    cluster: policy('ring_hash.v3.RingHash', { consistent_hashing_lb_config: { hash_balance_factor: 200 } }),
    places: [hosts('abcdef')],
  },
];
export const BOUNDED_REQUESTS = 14;

/** Members of `aggregate`, and the proxies that zones are compared with. */
const OTHERS: readonly Pick<Row, 'name' | 'cluster' | 'places'>[] = [
  { name: 'part', cluster: {}, places: [hosts('ab', { b: SICK })] },
  { name: 'rest', cluster: {}, places: [hosts('cd')] },
  { name: 'proxies', cluster: {}, places: [hosts('a', {}, zone('here')), hosts('b', {}, zone('there'))] },
];

function clusterOf({ name, cluster, places }: Pick<Row, 'name' | 'cluster' | 'places'>, port: number): Fields {
  const { policy: assignmentPolicy, ...fields } = cluster;
  const endpoints = places.map(({ lb_endpoints, ...place }) => ({
    ...place,
    lb_endpoints: (lb_endpoints as Fields[]).map(({ letter, hostname, ...more }) => ({
      endpoint: { address: { socket_address: { address: ipOf(String(letter)), port_value: port } }, hostname },
      ...more,
    })),
  }));
  const load_assignment = { cluster_name: name, endpoints, policy: assignmentPolicy };
  return { name, type: 'STATIC', ...(places.length > 0 && { load_assignment }), ...fields };
}

export function configOf(port: number, listen: number, admin: number): Fields {
  const at = (p: number): Fields => ({ socket_address: { address: '127.0.0.1', port_value: p } });
  const subsets = { filter_metadata: { 'envoy.lb': { v: 1 } } };
  const routes = [...ROWS, ...BOUNDED].map(({ name }) => ({
    match: { prefix: `/${name}/` },
    route: {
      cluster: name,
      timeout: '0s',
      hash_policy: [{ header: { header_name: 'x-key' } }],
      ...(name.includes('subset') && { metadata_match: subsets }),
    },
  }));
  const manager = {
    '@type': `${EXT}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'h',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [{ name: 'r', typed_config: { '@type': `${EXT}.filters.http.router.v3.Router` } }],
  };
  return {
    node: { id: 'n', cluster: 'c', locality: { zone: 'here' } },
    cluster_manager: { local_cluster_name: 'proxies' },
    admin: { address: at(admin) },
    static_resources: {
      listeners: [{ address: at(listen), filter_chains: [{ filters: [{ name: 'h', typed_config: manager }] }] }],
      clusters: [...ROWS, ...BOUNDED, ...OTHERS].map((row) => clusterOf(row, port)),
    },
  };
}
