/** envoy.transport_sockets.starttls: clear text, with a TLS context that is looked at all the same. What Envoy does is in conformance starttls. */
import t from 'tap';
import type { StartTlsConfig, TransportSocket } from '../../src/config/schema/types.ts';
import { answering, cluster, get, OK, TestProxy, Upstream } from '../http/proxy.ts';
import { pair, tlsChain } from './proxy.ts';

const TYPE = 'envoy.extensions.transport_sockets.starttls.v3';
const startTls = (value: StartTlsConfig, name = 'StartTlsConfig'): { transportSocket: TransportSocket } => ({
  transportSocket: {
    name: 'envoy.transport_sockets.starttls',
    typedConfig: { typeUrl: `${TYPE}.${name}`, value },
  },
});

t.test('clients and hosts are spoken to in the clear', async (t) => {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const own = startTls({ tlsSocketConfig: { commonTlsContext: { tlsCertificates: [pair('server')] } } });
  const proxy = await TestProxy.start({
    clusters: [cluster('u', [u.port], startTls({ tlsSocketConfig: {} }, 'UpstreamStartTlsConfig'))],
    listener: { filterChains: [tlsChain({}, own)] },
  });
  t.teardown(() => proxy.stop());
  const peer = proxy.connect().send(get('/up'));
  t.match((await peer.message()).start, / 200 /);
  peer.close();
  t.equal(proxy.value('listener.l.ssl.handshake') + proxy.value('cluster.u.ssl.handshake'), 0);
});

t.test('a TLS context that will not do is refused', async (t) => {
  const chain = tlsChain({}, startTls({ tlsSocketConfig: { commonTlsContext: {} } }));
  const message = 'No TLS certificates found for server context';
  await t.rejects(TestProxy.start({ listener: { filterChains: [chain] } }), { message });
  const several = { commonTlsContext: { tlsCertificates: [pair('server'), pair('server-ec')] } };
  const bad = startTls({ tlsSocketConfig: several }, 'UpstreamStartTlsConfig');
  await t.rejects(TestProxy.start({ clusters: [cluster('u', [1], bad)] }), {
    message: 'Multiple TLS certificates are not supported for client contexts',
  });
});
