// original_ip_detection_extensions and early_header_mutation_extensions: what is refused, and that formats and hash policies see the client they name
// (test/conformance/cases/client-address beside Envoy).
import t from 'tap';
import type { HttpConnectionManager } from '../../../src/config/schema/types.ts';
import { answering, cluster, get, OK, TestProxy, Upstream } from '../proxy.ts';

const DETECTION = 'envoy.extensions.http.original_ip_detection';
const extension = (typeUrl: string, value: object) => ({ name: 'x', typedConfig: { typeUrl, value } });
const xff = (value: object) => extension(`${DETECTION}.xff.v3.XffConfig`, value);
const stranger = extension('envoy.extensions.filters.http.router.v3.Router', {});

t.test('what Envoy refuses', async (t) => {
  const refused: [HttpConnectionManager, RegExp][] = [
    [{ originalIpDetectionExtensions: [xff({})], useRemoteAddress: true }, /use_remote_address may not be mixed/],
    [{ originalIpDetectionExtensions: [xff({})], xffNumTrustedHops: 1 }, /xff_num_trusted_hops may not be mixed/],
    [{ originalIpDetectionExtensions: [xff({ xffNumTrustedHops: 1, xffTrustedCidrs: {} })] }, /Cannot set both/],
    [{ originalIpDetectionExtensions: [stranger] }, /Original IP detection extension not found: 'x'/],
    [{ earlyHeaderMutationExtensions: [stranger] }, /Early header mutation extension not found: 'x'/],
    [{ requestIdExtension: { typedConfig: stranger.typedConfig } }, /Didn't find a registered implementation for type/],
  ];
  for (const [hcm, message] of refused) await t.rejects(TestProxy.start({ hcm }), { message });
});

t.test('a hash policy takes the client that an extension names', async (t) => {
  const hosts = await Promise.all(
    Array.from({ length: 4 }, (_, i) => Upstream.start(answering(`HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n${i}`))),
  );
  const ports = hosts.map((u) => u.port);
  const header = extension(`${DETECTION}.custom_header.v3.CustomHeaderConfig`, { headerName: 'X-Real' });
  const route = { cluster: 'u', hashPolicy: [{ connectionProperties: { sourceIp: true } }] };
  const p = await TestProxy.start({
    clusters: [cluster('u', ports, { lbPolicy: 'MAGLEV' })],
    hcm: {
      originalIpDetectionExtensions: [header],
      routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }] },
    },
  });
  t.teardown(() => {
    p.stop();
    for (const u of hosts) u.stop();
  });
  const c = p.connect();
  const asked = async (ip: string): Promise<string> => (await c.send(get('/', `x-real: ${ip}\r\n`)).message()).body;
  const first = await asked('10.0.0.1');
  t.equal(await asked('10.0.0.1'), first);
  const others = new Set<string>();
  for (let i = 2; i < 40; i++) others.add(await asked(`10.0.0.${i}`));
  t.ok(others.size > 1, 'others go elsewhere');
});

t.test('who is not found by an extension is counted and answered', async (t) => {
  const u = await Upstream.start(answering(OK));
  const header = extension(`${DETECTION}.custom_header.v3.CustomHeaderConfig`, {
    headerName: 'x-real',
    rejectWithStatus: { code: 'Unauthorized' },
  });
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port])],
    hcm: { originalIpDetectionExtensions: [header] },
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  t.equal((await p.connect().send(get()).message()).start, 'HTTP/1.1 401 Unauthorized');
  t.equal(p.value('http.h.downstream_rq_rejected_via_ip_detection'), 1);
});
