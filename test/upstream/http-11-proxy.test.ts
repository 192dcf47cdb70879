/** envoy.transport_sockets.http_11_proxy: TLS and plain bytes through a tunnel that a proxy has made. What Envoy does is in conformance http-11-proxy. */
import * as net from 'node:net';
import t from 'tap';
import type { Cluster, Http11ProxyUpstreamTransport, TransportSocket } from '../../src/config/schema/types.ts';
import { answering, cluster, get, OK, TestProxy, Upstream, until } from '../http/proxy.ts';
import { listening } from '../support/listening.ts';
import { tlsServer, upstreamTls } from '../tls/proxy.ts';

type Test = { teardown(fn: () => unknown): void };

const TYPE = 'envoy.extensions.transport_sockets';
const TLS = upstreamTls({});
const through = (value: Http11ProxyUpstreamTransport): { transportSocket: TransportSocket } => ({
  transportSocket: {
    name: 'envoy.transport_sockets.http_11_proxy',
    typedConfig: { typeUrl: `${TYPE}.http_11_proxy.v3.Http11ProxyUpstreamTransport`, value },
  },
});
const at = (portValue: number): { socketAddress: object } => ({ socketAddress: { address: '127.0.0.1', portValue } });

/** Makes tunnels where `reply` says so; `asked`: their targets. */
async function makeProxy(t: Test, reply: string, asked: string[] = []): Promise<number> {
  const server = net.createServer((s) => {
    s.once('data', (head) => {
      const target = /^CONNECT (\S+) HTTP\/1.1\r\nHost: \1\r\n\r\n$/.exec(head.toString())?.[1] ?? '';
      asked.push(target);
      if (reply === '') {
        s.end();
        return;
      }
      s.write(reply);
      const up = net.connect(Number(target.split(':')[1]), '127.0.0.1');
      up.on('error', () => {});
      s.pipe(up);
      up.pipe(s);
      t.teardown(() => up.destroy());
    });
  });
  return listening(t, server);
}

async function start(t: Test, port: number, more: Partial<Cluster>): Promise<TestProxy> {
  const proxy = await TestProxy.start({ clusters: [cluster('u', [port], more)] });
  t.teardown(() => proxy.stop());
  return proxy;
}

async function asks(t: Test, proxy: TestProxy): Promise<string> {
  const peer = proxy.connect().send(get());
  t.teardown(() => peer.close());
  return (await peer.message()).start;
}

const MADE = 'HTTP/1.1 200 OK\r\n\r\n';

t.test('TLS with the host through the tunnel', async (t) => {
  const port = await listening(t, tlsServer());
  const asked: string[] = [];
  const proxyPort = await makeProxy(t, MADE, asked);
  const proxy = await start(t, port, through({ transportSocket: TLS, defaultProxyAddress: at(proxyPort) }));
  t.match(await asks(t, proxy), / 200 /);
  t.same(asked, [`127.0.0.1:${port}`]);
  t.equal(proxy.value('cluster.u.ssl.handshake'), 1);
});

t.test('no tunnel, no connection: refused, too long, closed, bytes that may not be there yet', async (t) => {
  const port = await listening(t, tlsServer());
  for (const reply of [
    'HTTP/1.1 403 Forbidden\r\n\r\n',
    `HTTP/1.1 200 OK\r\na: ${'b'.repeat(2000)}\r\n\r\n`,
    'nothing of the kind\r\n\r\n',
    '',
    `${MADE}early`,
  ]) {
    const proxyPort = await makeProxy(t, reply);
    const proxy = await start(t, port, through({ transportSocket: TLS, defaultProxyAddress: at(proxyPort) }));
    t.match(await asks(t, proxy), / 503 /, reply.slice(0, 30));
    t.equal(proxy.value('cluster.u.upstream_cx_connect_fail'), 1);
  }
});

t.test('a proxy that says nothing: connect_timeout', async (t) => {
  const silent = await listening(
    t,
    net.createServer((s) => s.resume()),
  );
  const more = { ...through({ transportSocket: TLS, defaultProxyAddress: at(silent) }), connectTimeout: 50 };
  const proxy = await start(t, await listening(t, tlsServer()), more);
  t.match(await asks(t, proxy), / 503 /);
  t.equal(proxy.value('cluster.u.upstream_cx_connect_timeout'), 1);
});

t.test("active checks go through the locality's proxy, hosts with one of their own through that", async (t) => {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const plain = u.port;
  const [first, second]: string[][] = [[], []];
  const ports = [await makeProxy(t, MADE, first), await makeProxy(t, MADE, second)];
  const metadata = (port: number): object => ({
    typedFilterMetadata: new Map([
      [
        'envoy.http11_proxy_transport_socket.proxy_address',
        { typeUrl: 'envoy.config.core.v3.Address', value: at(port) },
      ],
    ]),
  });
  const endpoint = { address: at(plain) };
  const check = {
    timeout: 1000,
    interval: 60_000,
    unhealthyThreshold: 1,
    healthyThreshold: 1,
    httpHealthCheck: { path: '/' },
  };
  for (const own of [false, true]) {
    const lbEndpoints = [{ endpoint, ...(own && { metadata: metadata(ports[1]) }) }];
    const loadAssignment = { clusterName: 'u', endpoints: [{ lbEndpoints, metadata: metadata(ports[0]) }] };
    const proxy = await start(t, plain, { ...through({}), loadAssignment, healthChecks: [check] } as Partial<Cluster>);
    await until(() => proxy.value('cluster.u.health_check.success') > 0);
    t.equal((own ? second : first).length, 1);
  }
  t.same([...first, ...second], [`127.0.0.1:${plain}`, `127.0.0.1:${plain}`]);
});

t.test('what stands within it, and where the proxy is, is looked at with the config', async (t) => {
  const within = { typeUrl: `${TYPE}.proxy_protocol.v3.ProxyProtocolUpstreamTransport`, value: {} };
  const transportSocket = { name: 'p', typedConfig: within };
  await t.rejects(start(t, 1, through({ transportSocket })), {
    message: 'envoy.transport_sockets.upstream_proxy_protocol within http_11_proxy is not supported yet',
  });
  const defaultProxyAddress = { socketAddress: { address: 'proxy.test', portValue: 1 } };
  await t.rejects(start(t, 1, through({ defaultProxyAddress })), { message: 'malformed IP address: proxy.test' });
});
