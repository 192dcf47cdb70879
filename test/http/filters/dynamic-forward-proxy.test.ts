/** envoy.filters.http.dynamic_forward_proxy and its cluster: names that come from DNS, wait, age and are refused. What is answered is compared with Envoy: conformance forward-proxy/*. */
import t from 'tap';
import type { DnsCacheConfig, DynamicForwardProxyClusterConfig } from '../../../src/config/schema/types.ts';
import { DnsServer } from '../../upstream/discovery/dns-server.ts';
import { answering, OK, ROUTER, TestProxy, Upstream, until } from '../proxy.ts';

type Test = { teardown(fn: () => unknown): void };
const EXT = 'envoy.extensions';
const NAME = 'envoy.filters.http.dynamic_forward_proxy';

async function rig(
  t: Test,
  cache: Partial<DnsCacheConfig>,
  own: Partial<DynamicForwardProxyClusterConfig> = {},
  more = {},
) {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const dns = await DnsServer.start();
  t.teardown(() => dns.stop());
  const dnsCacheConfig: DnsCacheConfig = {
    name: 'c',
    dnsLookupFamily: 'V4_ONLY',
    dnsResolutionConfig: {
      resolvers: [{ socketAddress: { address: '127.0.0.1', portValue: Number(dns.address.split(':')[1]) } }],
    },
    ...cache,
  };
  const typed = (typeUrl: string, value: object) => ({ typeUrl: `${EXT}.${typeUrl}`, value });
  const p = await TestProxy.start({
    hcm: {
      httpFilters: [
        { name: NAME, typedConfig: typed('filters.http.dynamic_forward_proxy.v3.FilterConfig', { dnsCacheConfig }) },
        ROUTER,
      ],
    },
    clusters: [
      {
        name: 'u',
        connectTimeout: 1000,
        lbPolicy: 'CLUSTER_PROVIDED',
        clusterType: {
          name: 'envoy.clusters.dynamic_forward_proxy',
          typedConfig: typed('clusters.dynamic_forward_proxy.v3.ClusterConfig', { dnsCacheConfig, ...own }),
        },
        ...more,
      },
    ],
  });
  t.teardown(() => p.stop());
  return { p, dns, u };
}

async function ask(p: TestProxy, host: string): Promise<string> {
  const c = p.connect();
  const { start, body } = await c.send(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`).message();
  c.close();
  return `${start.slice(9, 12)} ${body}`;
}
const GAUGES = ['num_hosts', 'circuit_breakers.rq_pending_open', 'circuit_breakers.rq_pending_remaining'];
const stat = (p: TestProxy, name: string): number =>
  GAUGES.includes(name) ? p.store.scope('dns_cache.c.').gauge(name).value : p.value(`dns_cache.c.${name}`);

t.test('a name is looked up once, whoever asks meanwhile waits, and its host keeps its address', async (t) => {
  const { p, dns, u } = await rig(t, {});
  dns.records.set('one.test', ['127.0.0.1']);
  const host = `one.test:${u.port}`;
  const answers = await Promise.all([ask(p, host), ask(p, host), ask(p, host)]);
  t.same(
    answers.map((a) => a.slice(0, 3)),
    ['200', '200', '200'],
  );
  t.equal(stat(p, 'dns_query_attempt'), 1);
  t.equal(stat(p, 'num_hosts'), 1);
  t.equal(stat(p, 'circuit_breakers.rq_pending_remaining'), 1024);
});

t.test('a lookup that nobody answers ends with dns_query_timeout; max_pending_requests of them wait', async (t) => {
  const { p, dns } = await rig(t, { dnsQueryTimeout: 100, dnsCacheCircuitBreaker: { maxPendingRequests: 1 } });
  dns.held = [];
  const first = ask(p, 'mute.test');
  await until(() => stat(p, 'circuit_breakers.rq_pending_open') === 1);
  t.equal(await ask(p, 'mute.test'), '503 Dynamic forward proxy pending request overflow');
  t.equal(await first, '503 DNS resolution failure');
  t.equal(stat(p, 'dns_query_timeout'), 1);
  t.equal(stat(p, 'dns_rq_pending_overflow'), 1);
  t.equal(stat(p, 'circuit_breakers.rq_pending_open'), 0);
});

t.test('a client that goes while its name is looked up waits no longer', async (t) => {
  const { p, dns } = await rig(t, { dnsQueryTimeout: 60_000 });
  dns.held = [];
  const c = p.connect();
  c.send('GET / HTTP/1.1\r\nhost: mute.test\r\n\r\n');
  await until(() => stat(p, 'circuit_breakers.rq_pending_remaining') === 1023);
  c.socket.resetAndDestroy();
  await until(() => stat(p, 'circuit_breakers.rq_pending_remaining') === 1024);
});

t.test('hosts nobody asks for any more go after host_ttl, at their next lookup', async (t) => {
  const { p, dns, u } = await rig(t, { hostTtl: 1, dnsMinRefreshRate: 20, dnsRefreshRate: 20 });
  dns.ttls = [0];
  dns.records.set('old.test', ['127.0.0.1']);
  t.match(await ask(p, `old.test:${u.port}`), /^200/);
  await until(() => stat(p, 'num_hosts') === 0);
  t.equal(stat(p, 'host_removed'), 1);
});

t.test('no more than max_hosts, and no name with disable_dns_refresh_on_failure stays without an answer', async (t) => {
  const { p, dns, u } = await rig(t, { maxHosts: 1, disableDnsRefreshOnFailure: true, dnsQueryTimeout: 50 });
  dns.held = [];
  t.equal(await ask(p, 'gone.test'), '503 DNS resolution failure');
  t.equal(stat(p, 'num_hosts'), 0);
  dns.held = null;
  t.match(await ask(p, `127.0.0.1:${u.port}`), /^200/);
  t.equal(await ask(p, 'second.test'), '503 DNS cache overflow');
  t.equal(stat(p, 'host_overflow'), 1);
});

t.test('what cannot be is refused when it is loaded', async (t) => {
  await t.rejects(
    rig(t, { maxHosts: 1, preresolveHostnames: [{ address: 'a' }, { address: 'b' }] }),
    /preresolve_hostnames=2 larger than max_hosts=1/,
  );
  await t.rejects(
    rig(t, {}, { dnsCacheConfig: { name: 'c', dnsLookupFamily: 'V6_ONLY' } }),
    /DNS cache 'c' with different settings/,
  );
  await t.rejects(
    rig(t, {}, {}, { lbPolicy: 'ROUND_ROBIN' }),
    /cluster provided LB not specified but cluster 'u' provided one/,
  );
});
