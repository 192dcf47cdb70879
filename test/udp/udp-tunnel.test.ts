/** UDP tunnels where their bounds and their ends are; the rest is compared with Envoy in conformance/cases/udp-tunnel/. */
import { once } from 'node:events';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import type {
  Cluster as ClusterMessage,
  UdpProxyConfigUdpTunnelingConfig as Tunneling,
  UdpProxyConfig,
} from '../../src/config/schema/types.ts';
import { heldMemory } from '../../src/platform/held-memory.ts';
import { END_HEADERS, END_STREAM, frame, headerBlock } from '../http/h2.ts';
import { cluster, deadPort, until, upstream } from '../tcp/proxy.ts';
import { LOG, proxy } from './udp-rig.ts';

const HTTP2 = {
  typedExtensionProtocolOptions: new Map([
    [
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      {
        typeUrl: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        value: { explicitHttpConfig: { http2ProtocolOptions: {} } },
      },
    ],
  ]),
};

const tunnel = (more: Tunneling = {}): UdpProxyConfig => ({
  cluster: 'u',
  tunnelingConfig: { proxyHost: 'proxy', targetHost: 'target', defaultTargetPort: 53, ...more },
});

interface FarProxy {
  readonly port: number;
  /** The next stream that is to be a tunnel. */
  stream(): Promise<ServerHttp2Stream>;
  close(): void;
}

async function farProxy(): Promise<FarProxy> {
  const server = createServer({ settings: { enableConnectProtocol: true } });
  const streams: ServerHttp2Stream[] = [];
  server.on('stream', (s) => {
    s.on('error', () => {});
    streams.push(s);
  });
  server.on('session', (session) => session.on('error', () => {}));
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stream() {
      await until(() => streams.length > 0);
      return streams.shift() as ServerHttp2Stream;
    },
    close() {
      for (const s of sessions) s.destroy();
      server.close();
    },
  };
}

const u = (port: number): ClusterMessage => cluster('u', [port], HTTP2);

/** Frames of the one connection that comes, after those of `sends`, until there is a RST_STREAM. */
async function resetAfter(t: Test, sends: readonly Buffer[]): Promise<void> {
  let reset = false;
  const far = await upstream((s) => {
    let read = Buffer.alloc(0);
    let at = 24;
    s.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      for (;;) {
        if (read.length < at + 9) return;
        const n = read.readUIntBE(at, 3);
        if (read.length < at + 9 + n) return;
        if (read[at + 3] === 1) for (const f of sends) s.write(f);
        if (read[at + 3] === 3) reset = true;
        at += 9 + n;
      }
    });
    s.write(frame('SETTINGS', 0, 0));
  });
  const p = await proxy(tunnel(), [u(far.port)]);
  p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 1);
  await until(() => reset);
  t.equal(p.gauge('udp.s.downstream_sess_active'), 0);
  t.equal(p.gauge('cluster.u.upstream_rq_active'), 0);
  p.filter.close();
  p.clusters.shutdown();
  far.close();
}

t.test('L62: the stream is reset when the proxy ends it, or refuses it', async (t) => {
  const answer = (status: string, flags: number): Buffer =>
    frame('HEADERS', END_HEADERS | flags, 1, headerBlock([[':status', status]]));
  await resetAfter(t, [answer('200', 0), frame('DATA', END_STREAM, 1, Buffer.from('bye'))]);
  await resetAfter(t, [answer('403', END_STREAM)]);
  await resetAfter(t, [answer('403', 0)]);
});

t.test('what waits for a tunnel is bounded, and gone with its session', async (t) => {
  const far = await farProxy();
  const p = await proxy(tunnel({ bufferOptions: {} }), [u(far.port)]);
  const before = heldMemory.bytes;
  const data = Buffer.alloc(100);
  for (let i = 0; i < 10_000; i++) p.filter.onDatagram(data, '10.0.0.1', 1);
  t.equal(p.counter('cluster.u.udp.sess_tunnel_buffer_overflow'), 10_000 - 163, '16384 bytes');
  t.equal(heldMemory.bytes - before, 16_300);
  for (let i = 0; i < 2000; i++) p.filter.onDatagram(Buffer.alloc(0), '10.0.0.2', 1);
  t.equal(p.counter('cluster.u.udp.sess_tunnel_buffer_overflow'), 10_000 - 163 + 2000 - 1024, '1024 datagrams');
  p.filter.close();
  t.equal(heldMemory.bytes, before);
  t.equal(p.gauge('udp.s.downstream_sess_active'), 0);
  p.clusters.shutdown();
  far.close();
});

t.test('without buffer_options nothing waits and nothing is counted', async (t) => {
  const far = await farProxy();
  const p = await proxy(tunnel(), [u(far.port)]);
  const before = heldMemory.bytes;
  for (let i = 0; i < 10; i++) p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 1);
  t.equal(heldMemory.bytes, before);
  t.equal(p.counter('cluster.u.udp.sess_tunnel_buffer_overflow'), 0);
  p.filter.close();
  p.clusters.shutdown();
  far.close();
});

t.test('a proxy that does not read is sent no more than its window and what may wait', async (t) => {
  const far = await farProxy();
  const p = await proxy(tunnel({ bufferOptions: { maxBufferedBytes: 1000 } }), [u(far.port)]);
  p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 1);
  const stream = await far.stream();
  stream.pause();
  stream.respond({ ':status': 200 });
  await until(() => p.counter('cluster.u.udp.sess_tunnel_success') === 1);
  const data = Buffer.alloc(1000, 'a');
  let sent = 0;
  while (p.counter('cluster.u.udp.sess_tunnel_buffer_overflow') === 0 && sent < 100_000) {
    p.filter.onDatagram(data, '10.0.0.1', 1);
    if (++sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  t.ok(sent < 100_000, `${sent} datagrams of 1000 bytes`);
  let read = 0;
  stream.on('data', (d: Buffer) => {
    read += d.length;
  });
  stream.resume();
  await until(() => read >= (sent - 1) * 1000 + 1);
  p.filter.onDatagram(Buffer.from('end'), '10.0.0.1', 1);
  await until(() => read === (sent - 1) * 1000 + 1 + 3);
  t.pass('and goes on');
  p.filter.close();
  p.clusters.shutdown();
  far.close();
});

t.test('attempts that come to nothing are those that were allowed, with and without a pause', async (t) => {
  const port = await deadPort();
  for (const backoffOptions of [undefined, { baseInterval: 2, maxInterval: 4 }]) {
    const retryOptions = { maxConnectAttempts: 3, ...(backoffOptions && { backoffOptions }) };
    const p = await proxy({ ...tunnel({ retryOptions }), accessLog: [LOG] }, [u(port)]);
    p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 1);
    await until(() => p.lines.length === 1);
    t.match(p.lines[0], /^UdpSessionEnd UF,URX /);
    t.equal(p.counter('cluster.u.upstream_rq_retry'), 2);
    t.equal(p.counter('cluster.u.upstream_cx_connect_attempts_exceeded'), 1);
    t.equal(p.counter('cluster.u.udp.sess_tunnel_failure'), 1);
    p.filter.close();
    p.clusters.shutdown();
  }
});

t.test('a session ends while it waits for its next attempt', async (t) => {
  const retryOptions = { maxConnectAttempts: 2, backoffOptions: { baseInterval: 3_600_000 } };
  const p = await proxy({ ...tunnel({ retryOptions }), accessLog: [LOG] }, [u(await deadPort())]);
  p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 1);
  await until(() => p.counter('cluster.u.upstream_cx_connect_fail') === 1);
  p.filter.close();
  t.equal(p.lines.length, 1);
  t.equal(p.gauge('udp.s.downstream_sess_active'), 0);
  p.clusters.shutdown();
});

t.test('when its cluster is replaced the next datagram has a session of the new one', async (t) => {
  const far = await farProxy();
  const p = await proxy(tunnel(), [u(far.port)]);
  p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 1);
  await far.stream();
  const hosts = p.clusters.get('u')?.snapshot() ?? [];
  p.clusters.manager.apply({ kind: 'put', config: u(far.port), addedViaApi: true, hosts });
  p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 1);
  await far.stream();
  t.equal(p.counter('udp.s.downstream_sess_total'), 2);
  t.equal(p.gauge('udp.s.downstream_sess_active'), 1);
  p.clusters.manager.remove('u');
  p.filter.onDatagram(Buffer.from('x'), '10.0.0.1', 1);
  t.equal(p.counter('udp.s.downstream_sess_no_route'), 1);
  t.equal(p.gauge('udp.s.downstream_sess_active'), 0);
  p.filter.close();
  p.clusters.shutdown();
  far.close();
});

t.test('what cannot be is refused with the config', async (t) => {
  const refused = async (config: UdpProxyConfig, message: RegExp): Promise<void> => {
    await t.rejects(proxy(config, [u(1)]), { message });
  };
  await refused(tunnel({ postPath: '/a' }), /Can't set a post path when POST method isn't used/);
  await refused(tunnel({ usePost: true, postPath: 'a' }), /Path must start with '\/'/);
  await refused(tunnel({ proxyPort: 0 }), /Port value not in range/);
  await refused(tunnel({ proxyPort: 65536 }), /Port value not in range/);
  await refused({ ...tunnel(), usePerPacketLoadBalancing: true }, /Only one of use_per_packet_load_balancing or tunn/);
  const sessionFilters = [{ name: 'a', typedConfig: { typeUrl: 'a', value: {} } }];
  await refused({ cluster: 'u', sessionFilters, usePerPacketLoadBalancing: true }, /or session_filters can be used/);
  const header = { header: { key: 'host', value: 'a' } };
  await refused(tunnel({ headersToAdd: [header] }), /host headers may not be modified/);
  const backoffOptions = { baseInterval: 1000, maxInterval: 10 };
  await refused(tunnel({ retryOptions: { backoffOptions } }), /max_backoff_interval must be greater or equal/);
});
