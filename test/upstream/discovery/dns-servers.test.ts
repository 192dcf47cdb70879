import { join } from 'node:path';
import t from 'tap';
import type { Address as AddressMessage } from '../../../src/config/schema/types.ts';
import { logger } from '../../../src/log/logger.ts';
import { Store } from '../../../src/stats/store.ts';
import { SystemDnsResolver } from '../../../src/upstream/discovery/dns-resolver.ts';
import { dnsServers, dnsSettings, setDefaultResolvers } from '../../../src/upstream/discovery/dns-servers.ts';
import { ResolvConf } from '../../../src/upstream/discovery/resolv-conf.ts';
import { TestClusters } from '../clusters.ts';
import { DnsServer } from './dns-server.ts';

logger('upstream').level = 6;
const server = (address: string, portValue?: number): AddressMessage => ({ socketAddress: { address, portValue } });
const typeUrl = 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig';

t.test('where the servers come from', async (t) => {
  t.equal(dnsServers({ name: 'c' }), null);
  t.equal(dnsServers({ name: 'c', dnsResolvers: [] }), null);
  t.same(dnsServers({ name: 'c', dnsResolvers: [server('10.0.0.1'), server('fd00::1', 54)] }), [
    '10.0.0.1:53',
    '[fd00::1]:54',
  ]);
  const typedDnsResolverConfig = { typedConfig: { typeUrl, value: { resolvers: [server('10.0.0.3', 55)] } } };
  t.same(dnsServers({ name: 'c', dnsResolvers: [server('10.0.0.1')], typedDnsResolverConfig }), ['10.0.0.3:55']);
  t.throws(() => dnsServers({ name: 'c', dnsResolvers: [server('dns.test')] }), {
    message: "DNS resolver 'dns.test' is not an IP address",
  });
});

t.test("a cluster's own server is asked", async (t) => {
  const dns = await DnsServer.start();
  dns.records.set('db.test', ['10.0.0.7']);
  const [address, port] = dns.address.split(':');
  const cm = new TestClusters(new Store());
  t.teardown(() => {
    cm.shutdown();
    dns.stop();
  });
  const lbEndpoints = [{ endpoint: { address: server('db.test', 80) } }];
  cm.loadStatic([
    {
      name: 'c',
      type: 'STRICT_DNS',
      dnsLookupFamily: 'V4_ONLY',
      dnsResolvers: [server(address, Number(port))],
      loadAssignment: { endpoints: [{ lbEndpoints }] },
    },
  ]);
  await cm.initialize();
  t.equal(cm.get('c')?.hosts[0].address.text, '10.0.0.7:80');
});

t.test('how they are asked', async (t) => {
  const typed = (value: object): Parameters<typeof dnsSettings>[0] => ({
    name: 'c',
    typedDnsResolverConfig: { typedConfig: { typeUrl, value } },
  });
  const nothing = { servers: undefined, timeoutMs: undefined, tries: undefined, noSearch: undefined };
  t.same(dnsSettings({ name: 'c' }), nothing);
  t.same(dnsSettings(typed({ queryTimeoutSeconds: 3, queryTries: 2 })), { ...nothing, timeoutMs: 3000, tries: 2 });
  const dnsResolverOptions = { noDefaultSearchDomain: true };
  t.same(dnsSettings(typed({ dnsResolverOptions })), { ...nothing, noSearch: true });
  t.same(dnsSettings({ name: 'c', dnsResolutionConfig: { dnsResolverOptions } }), { ...nothing, noSearch: true });
  t.same(dnsSettings({ ...typed({}), dnsResolutionConfig: { dnsResolverOptions } }), nothing, 'the typed one counts');
});

t.test("the bootstrap's: for clusters that say none of the three, whichever way", async (t) => {
  t.teardown(() => setDefaultResolvers({}));
  const at = (ip: string) => ({ socketAddress: { address: ip, portValue: 5353 } });
  setDefaultResolvers({
    typedDnsResolverConfig: { typedConfig: { typeUrl, value: { resolvers: [at('10.0.0.1')], queryTries: 7 } } },
  });
  t.match(dnsSettings({ name: 'c' }), { servers: ['10.0.0.1:5353'], tries: 7 });
  t.match(dnsSettings({ name: 'c', dnsResolvers: [] }), { servers: ['10.0.0.1:5353'], tries: 7 });
  t.match(dnsSettings({ name: 'c', dnsResolvers: [at('10.0.0.2')] }), { servers: ['10.0.0.2:5353'], tries: undefined });
  t.match(dnsSettings({ name: 'c', dnsResolutionConfig: {} }), { servers: undefined, tries: undefined });
  setDefaultResolvers({ dnsResolutionConfig: { resolvers: [at('10.0.0.3')] } });
  t.match(dnsSettings({ name: 'c' }), { servers: ['10.0.0.3:5353'], tries: undefined });
});

t.test('no_default_search_domain: the name is asked for as it is, once', async (t) => {
  const dns = await DnsServer.start();
  t.teardown(() => dns.stop());
  const conf = new ResolvConf(
    join(t.testdir({ 'resolv.conf': 'search a.test b.test\noptions ndots:2\n' }), 'resolv.conf'),
  );
  for (const [noSearch, asked] of [
    [true, ['A db']],
    [undefined, ['A db.a.test', 'A db.b.test', 'A db']],
  ] as const) {
    dns.questions.length = 0;
    const resolver = new SystemDnsResolver(null, { servers: [dns.address], noSearch }, undefined, conf);
    const found = await new Promise((resolve) => resolver.resolve('db', 'V4_ONLY', resolve));
    resolver.close();
    t.same(found, []);
    t.same(dns.questions, asked);
  }
});

t.test('query_tries and query_timeout_seconds: a server that is silent is asked as often as that', async (t) => {
  const dns = await DnsServer.start();
  t.teardown(() => dns.stop());
  dns.held = [];
  const settings = { servers: [dns.address], tries: 2, timeoutMs: 50, noSearch: true };
  const resolver = new SystemDnsResolver(null, settings);
  const found = await new Promise((resolve) => resolver.resolve('db', 'V4_ONLY', resolve));
  resolver.close();
  t.equal(found, null);
  t.same(dns.questions, ['A db', 'A db']);
});
