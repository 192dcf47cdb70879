import t from 'tap';
import type { Address as AddressMessage } from '../../../src/config/schema/types.ts';
import { logger } from '../../../src/log/logger.ts';
import { Store } from '../../../src/stats/store.ts';
import { dnsServers } from '../../../src/upstream/discovery/dns-servers.ts';
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
