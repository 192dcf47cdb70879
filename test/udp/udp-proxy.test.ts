/** What udp_proxy does where no client can see it; the rest is compared with Envoy in conformance/cases/udp/. */
import t from 'tap';
import { udpBinding } from '../../src/transport/datagram-handle.ts';
import { maxDatagram } from '../../src/udp/udp-proxy.ts';
import { cluster, until } from '../tcp/proxy.ts';
import { UdpPeer } from './datagrams.ts';
import { LOG, proxy } from './udp-rig.ts';

t.test('a flood of senders makes no more sessions than max_connections, and none outlives its filter', async (t) => {
  const host = await UdpPeer.bind();
  const thresholds = [{ maxConnections: 20 }];
  const p = await proxy({ cluster: 'u' }, [cluster('u', [host.port], { circuitBreakers: { thresholds } })]);
  const before = process.memoryUsage().external;
  for (let i = 0; i < 20_000; i++) p.filter.onDatagram(Buffer.from('x'), `10.0.${i >> 8}.${i & 255}`, 1000 + (i % 7));
  t.equal(p.gauge('udp.s.downstream_sess_active'), 20);
  t.equal(p.counter('cluster.u.upstream_cx_overflow'), 19_980);
  t.equal(p.counter('cluster.u.udp.sess_tx_datagrams'), 20);
  t.ok(process.memoryUsage().external - before < 20e6);
  p.filter.close();
  t.equal(p.gauge('udp.s.downstream_sess_active'), 0);
  t.equal(p.gauge('cluster.u.circuit_breakers.default.cx_open'), 0);
  host.close();
});

t.test('sessions end with their cluster, whether it is removed or replaced', async (t) => {
  const host = await UdpPeer.bind();
  const p = await proxy({ cluster: 'u', accessLog: [LOG] }, [cluster('u', [host.port])]);
  p.filter.onDatagram(Buffer.from('one'), '10.0.0.1', 1);
  await host.until(1);
  const hosts = p.clusters.get('u')?.snapshot() ?? [];
  p.clusters.manager.apply({ kind: 'put', config: cluster('u', [host.port]), addedViaApi: true, hosts });
  t.equal(p.gauge('udp.s.downstream_sess_active'), 0, 'replaced');
  t.equal(p.lines.length, 1);
  p.filter.onDatagram(Buffer.from('two'), '10.0.0.1', 1);
  await host.until(2);
  t.equal(p.gauge('udp.s.downstream_sess_active'), 1);
  p.clusters.manager.remove('u');
  t.equal(p.gauge('udp.s.downstream_sess_active'), 0, 'removed');
  p.filter.onDatagram(Buffer.from('three'), '10.0.0.1', 1);
  t.equal(p.counter('udp.s.downstream_sess_no_route'), 1);
  t.equal(p.lines.length, 2);
  p.filter.close();
  host.close();
});

t.test('what the socket does not take is an error of the session, and lost', async (t) => {
  const host = await UdpPeer.bind();
  const p = await proxy({ cluster: 'u', accessLog: [LOG], proxyAccessLog: [LOG] }, [cluster('u', [host.port])]);
  p.filter.onDatagram(Buffer.from('hello'), '10.0.0.1', 7);
  const [{ from }] = await host.until(1);
  p.socket.takes = false;
  host.send('lost', from.port);
  await until(() => p.counter('udp.s.downstream_sess_tx_errors') === 1);
  p.socket.takes = true;
  host.send('back', from.port);
  await until(() => p.socket.sent.length === 1);
  t.same(p.socket.sent, ['10.0.0.1:7 back']);
  t.equal(p.counter('udp.s.downstream_sess_tx_bytes'), 4);
  p.filter.onReceiveError();
  p.filter.close();
  t.same(p.lines, [
    'UdpSessionEnd  {"bytes_received":5,"bytes_sent":4,"cluster_name":"u","datagrams_received":1,"datagrams_sent":1,"errors_sent":1}',
    'NotSet  {"bytes_received":5,"bytes_sent":4,"datagrams_received":1,"datagrams_sent":1,"errors_received":1,"errors_sent":1,"idle_timeout":0,"no_route":0,"session_total":1}',
  ]);
  host.close();
});

// node:dgram tells it too late.
t.test(
  'a host that cannot be sent to is tried again with the next datagram',
  { skip: udpBinding === null },
  async (t) => {
    const bad = cluster('u', [9]);
    const endpoint = { address: { socketAddress: { address: '255.255.255.255', portValue: 9 } } };
    const p = await proxy({ cluster: 'u' }, [
      { ...bad, loadAssignment: { endpoints: [{ lbEndpoints: [{ endpoint }] }] } },
    ]);
    p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 7);
    p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 7);
    t.equal(p.counter('cluster.u.udp.sess_tx_errors'), 2);
    t.equal(p.counter('udp.s.downstream_sess_total'), 1);
    p.filter.close();
  },
);

t.test('limits of a datagram', async (t) => {
  t.equal(maxDatagram(undefined, false), 1500);
  t.equal(maxDatagram(undefined, true), Number.POSITIVE_INFINITY);
  t.equal(maxDatagram({ maxRxDatagramSize: 9 }, false), 9);
  t.equal(maxDatagram({ maxRxDatagramSize: 9, preferGro: true }, false), Number.POSITIVE_INFINITY);
  t.equal(maxDatagram({ preferGro: false }, true), 1500);
});
