// Cluster fields from the text of a config to what they change: which DNS servers are asked, which policy balances.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import t from 'tap';
import type { Cluster as ClusterMessage } from '../../src/config/schema/types.ts';
import { Store } from '../../src/stats/store.ts';
import { LoadedClusterTypes } from '../../src/upstream/discovery/cluster-types.ts';
import { load } from '../config/harness.ts';
import { TestClusters } from './clusters.ts';
import { DnsServer } from './discovery/dns-server.ts';

async function manager(fields: string): Promise<TestClusters> {
  const { bootstrap } = await load(`static_resources: {clusters: [{name: u, ${fields}}]}`);
  const configs = bootstrap.staticResources!.clusters as ClusterMessage[];
  const types = new LoadedClusterTypes();
  await types.prepare(configs);
  const m = new TestClusters(new Store(), { types });
  m.loadStatic(configs);
  await m.initialize();
  return m;
}
const hosts = (...endpoints: string[]): string =>
  `load_assignment: {cluster_name: u, endpoints: [{lb_endpoints: [${endpoints
    .map((e) => `{endpoint: {address: {socket_address: {address: ${e}, port_value: 80}}}}`)
    .join(', ')}]}]}`;

const CARES = 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig';
for (const [name, field] of [
  ['dns_resolvers', (r: string) => `dns_resolvers: [${r}]`],
  ['dns_resolution_config', (r: string) => `dns_resolution_config: {resolvers: [${r}]}`],
  [
    'typed_dns_resolver_config',
    (r: string) => `typed_dns_resolver_config: {name: r, typed_config: {"@type": ${CARES}, resolvers: [${r}]}}`,
  ],
] as const) {
  t.test(`${name}: these servers are asked`, async (t) => {
    const dns = await DnsServer.start();
    dns.records.set('db.test', ['10.1.2.3']);
    const [address, port] = dns.address.split(':');
    const resolver = `{socket_address: {address: ${address}, port_value: ${port}}}`;
    const m = await manager(`type: STRICT_DNS, dns_lookup_family: V4_ONLY, ${field(resolver)}, ${hosts('db.test')}`);
    t.teardown(() => {
      m.shutdown();
      dns.stop();
    });
    t.strictSame(
      m.get('u')!.hosts.map((h) => h.address.text),
      ['10.1.2.3:80'],
    );
  });
}

const TYPED = 'type.googleapis.com/envoy.extensions.load_balancing_policies';
const typed = (policy: string, fields = ''): string =>
  `load_balancing_policy: {policies: [{typed_extension_config: {name: p, typed_config: {"@type": ${TYPED}.${policy}${fields}}}}]}`;
for (const [fields, wanted] of [
  [typed('maglev.v3.Maglev'), true],
  [`lb_policy: LOAD_BALANCING_POLICY_CONFIG, ${typed('maglev.v3.Maglev', ', table_size: 11')}`, true],
  [`lb_policy: MAGLEV, ${typed('round_robin.v3.RoundRobin')}`, false],
  [typed('least_request.v3.LeastRequest', ', choice_count: 3'), false],
  [typed('random.v3.Random'), false],
] as const) {
  t.test(`${fields}: ${wanted ? 'hashes' : 'does not hash'}`, async (t) => {
    const m = await manager(`type: STATIC, ${hosts('10.0.0.1', '10.0.0.2')}, ${fields}`);
    t.teardown(() => m.shutdown());
    t.equal(m.get('u')!.needsHash, wanted);
  });
}

t.test('a table size that is no prime is refused in the typed form too', async (t) => {
  await t.rejects(
    manager(`type: STATIC, ${hosts('10.0.0.1')}, ${typed('maglev.v3.Maglev', ', table_size: 12')}`),
    /must be prime number/,
  );
});

t.test('options for a protocol under a name that nobody reads are refused', async (t) => {
  const options = `{"@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {http2_protocol_options: {}}}`;
  await t.rejects(manager(`type: STATIC, typed_extension_protocol_options: {other: ${options}}`), {
    message: /Didn't find a registered network or http filter or protocol options implementation for name: 'other'/,
  });
});

t.test('a DataSource of redis AUTH is read from a file', async (t) => {
  const dir = mkdtempSync('/tmp/envoylet-');
  t.teardown(() => rmSync(dir, { recursive: true }));
  writeFileSync(`${dir}/p`, 'secret');
  const { readDataSource } = await import('../../src/config/data-source.ts');
  const redis = 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy';
  const { bootstrap } = await load(`static_resources:
  clusters: [{name: u, type: STATIC}]
  listeners:
  - {name: l, address: {socket_address: {address: 127.0.0.1, port_value: 1}}, filter_chains: [{filters: [{name: f, typed_config: {"@type": ${redis}, stat_prefix: r, settings: {op_timeout: 1s, enable_hashtagging: true}, prefix_routes: {case_insensitive: true, routes: [{prefix: "a:", remove_prefix: true, cluster: u}]}, downstream_auth_passwords: [{filename: ${dir}/p}, {inline_string: b}, {inline_bytes: Yw==}]}}]}]}`);
  const value = bootstrap.staticResources!.listeners![0].filterChains![0].filters![0].typedConfig!.value;
  const { downstreamAuthPasswords, settings, prefixRoutes } =
    value as import('../../src/config/schema/types.ts').RedisProxy;
  t.strictSame(
    downstreamAuthPasswords!.map((s) => readDataSource(s).toString()),
    ['secret', 'b', 'c'],
  );
  t.equal(settings?.enableHashtagging, true);
  t.match(prefixRoutes, { caseInsensitive: true, routes: [{ prefix: 'a:', removePrefix: true, cluster: 'u' }] });
});
