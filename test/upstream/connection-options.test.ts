// Fields about connections, from the text of a config to the socket: tcp_keepalive, limits of upstream connections, Unix sockets.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Cluster as ClusterMessage, Listener as ListenerMessage } from '../../src/config/schema/types.ts';
import { Engine } from '../../src/server/engine.ts';
import { Store } from '../../src/stats/store.ts';
import { load } from '../config/harness.ts';
import { answering, OK, Peer, Upstream, until } from '../http/proxy.ts';

const ANY = 'type.googleapis.com/envoy.extensions.filters.network';
const FILTERS = {
  http: `"@type": ${ANY}.http_connection_manager.v3.HttpConnectionManager, stat_prefix: h, route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: u}}]}]}, http_filters: [{name: envoy.filters.http.router}]`,
  tcp: `"@type": ${ANY}.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: u`,
  redis: `"@type": ${ANY}.redis_proxy.v3.RedisProxy, stat_prefix: r, settings: {op_timeout: 5s}, prefix_routes: {catch_all_route: {cluster: u}}`,
};
type Kind = keyof typeof FILTERS;

interface Rig {
  store: Store;
  engine: Engine;
}

/** One listener before one cluster `u`, loaded from a text as the command line does. */
async function start(
  t: { teardown(fn: () => unknown): void },
  kind: Kind,
  port: number,
  clusterFields: string,
  address = '{socket_address: {address: 127.0.0.1, port_value: 0}}',
): Promise<Rig> {
  const { bootstrap } = await load(`static_resources:
  clusters:
  - {name: u, type: STATIC, ${clusterFields} load_assignment: {cluster_name: u, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}}}]}]}}
  listeners:
  - {name: l, address: ${address}, filter_chains: [{filters: [{name: f, typed_config: {${FILTERS[kind]}}}]}]}
`);
  const store = new Store();
  const { clusters, listeners } = bootstrap.staticResources as {
    clusters: ClusterMessage[];
    listeners: ListenerMessage[];
  };
  const localInfo = { nodeId: '', nodeCluster: '', zone: '' };
  const engine = new Engine({ clusters, listeners, localInfo, envoy16: false }, store, 0);
  t.teardown(() => engine.destroy());
  await engine.build();
  await engine.clusterControl.initialize();
  await engine.listen(false);
  return { store, engine };
}
const client = (rig: Rig): Peer => {
  const { ip, port, path } = rig.engine.listeners[0].boundAddress;
  return new Peer(path === '' ? net.connect(port, ip) : net.connect(path));
};
const status = async (c: Peer): Promise<number> => Number((await c.message()).start.split(' ')[1]);
const GET = 'GET / HTTP/1.1\r\nhost: h\r\n\r\n';
const FIRST: Record<Kind, string> = { http: GET, tcp: 'x', redis: '*2\r\n$3\r\nget\r\n$1\r\na\r\n' };

/** Linux tells of each socket which timer runs: 02 is keep-alive. Sockets connected to `port`. */
function timersTowards(port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1);
  const fields = rows.map((row) => row.trim().split(/\s+/));
  return fields.filter((f) => f[2]?.endsWith(`:${hex}`) && f[3] === '01').map((f) => f[5].slice(0, 2));
}

for (const kind of Object.keys(FILTERS) as Kind[]) {
  for (const [fields, timer] of [
    ['upstream_connection_options: {tcp_keepalive: {keepalive_time: 600}},', '02'],
    ['upstream_connection_options: {tcp_keepalive: {}},', '02'],
    ['', '00'],
  ]) {
    t.test(`${kind}: ${fields || 'no tcp_keepalive'}`, { skip: process.platform !== 'linux' }, async (t) => {
      const u = await Upstream.start();
      t.teardown(() => u.stop());
      const rig = await start(t, kind, u.port, fields);
      const c = client(rig).send(FIRST[kind]);
      t.teardown(() => c.socket.destroy());
      await until(() => u.accepted.length === 1 && u.accepted[0].received > 0);
      // Data that is not acknowledged yet has a timer of its own (01).
      await until(() => timersTowards(u.port)[0] !== '01');
      t.strictSame(timersTowards(u.port), [timer]);
    });
  }
}

const common = (fields: string): string => `common_http_protocol_options: {${fields}},`;

t.test('max_connection_duration of a cluster: the connection goes when it is idle', async (t) => {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const rig = await start(t, 'http', u.port, common('max_connection_duration: 0.05s'));
  const c = client(rig);
  t.teardown(() => c.socket.destroy());
  t.equal(await status(c.send(GET)), 200);
  await until(() => u.accepted[0].ended);
  t.equal(rig.store.scope('cluster.u.').counter('upstream_cx_max_duration_reached').value, 1);
  t.equal(await status(c.send(GET)), 200);
  t.equal(u.accepted.length, 2);
});

t.test('max_connection_duration of a cluster: a running request is finished first', async (t) => {
  const u = await Upstream.start();
  t.teardown(() => u.stop());
  const rig = await start(t, 'http', u.port, common('max_connection_duration: 0.05s'));
  const c = client(rig).send(GET);
  t.teardown(() => c.socket.destroy());
  const reached = rig.store.scope('cluster.u.').counter('upstream_cx_max_duration_reached');
  await until(() => reached.value === 1);
  t.equal(u.accepted[0].ended, false);
  u.accepted[0].send(OK);
  t.equal(await status(c), 200);
  await until(() => u.accepted[0].ended);
});

const EIGHT = `HTTP/1.1 200 OK\r\ncontent-length: 0\r\n${Array.from({ length: 7 }, (_, i) => `h${i}: ${'v'.repeat(200)}\r\n`).join('')}\r\n`;
for (const [fields, want] of [
  ['max_headers_count: 8', 200],
  ['max_headers_count: 7', 502],
  ['max_response_headers_kb: 2', 200],
  ['max_response_headers_kb: 1', 502],
] as const) {
  t.test(`responses under ${fields}: ${want}`, async (t) => {
    const u = await Upstream.start(answering(EIGHT));
    t.teardown(() => u.stop());
    const rig = await start(t, 'http', u.port, common(fields));
    const c = client(rig).send(GET);
    t.teardown(() => c.socket.destroy());
    t.equal(await status(c), want);
  });
}

t.test('pipe.mode: permission bits of a listening Unix socket', async (t) => {
  // Short: a socket's path has room for 107 bytes.
  const dir = mkdtempSync(join(tmpdir(), 'envoylet-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 's');
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const rig = await start(t, 'http', u.port, '', `{pipe: {path: ${path}, mode: 0640}}`);
  t.equal((statSync(path).mode & 0o777).toString(8), '640');
  const c = client(rig).send(GET);
  t.teardown(() => c.socket.destroy());
  t.equal(await status(c), 200);
  await t.rejects(start(t, 'http', u.port, '', `{pipe: {path: "@${path}", mode: 0640}}`), /Abstract AF_UNIX/);
});

t.test('ipv4_compat: an IPv6 socket takes IPv4 only when asked', async (t) => {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  for (const compat of [true, false]) {
    const address = `{socket_address: {address: "::", port_value: 0, ipv4_compat: ${compat}}}`;
    const rig = await start(t, 'tcp', u.port, '', address);
    const c = new Peer(net.connect(rig.engine.listeners[0].boundAddress.port, '127.0.0.1'));
    t.teardown(() => c.socket.destroy());
    if (compat) t.equal(await status(c.send(GET)), 200);
    else {
      await until(() => c.closed);
      t.equal(c.error, 'ECONNREFUSED');
    }
  }
});

t.test('header_key_format of a cluster: names go out in proper case', async (t) => {
  const u = await Upstream.start();
  t.teardown(() => u.stop());
  const rig = await start(t, 'http', u.port, 'http_protocol_options: {header_key_format: {proper_case_words: {}}},');
  const c = client(rig).send(GET);
  t.teardown(() => c.socket.destroy());
  await until(() => u.accepted[0]?.text.includes('\r\n\r\n') ?? false);
  t.match(u.accepted[0].text, /\r\nX-Request-Id: /);
});

t.test('traffic_direction: drain_listeners?inboundonly closes inbound listeners only', async (t) => {
  const { bootstrap } = await load(`static_resources:
  clusters: [{name: u, type: STATIC}]
  listeners:
  - {name: a, traffic_direction: INBOUND, address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [{name: f, typed_config: {${FILTERS.tcp}}}]}]}
  - {name: b, traffic_direction: OUTBOUND, address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [{name: f, typed_config: {${FILTERS.tcp}}}]}]}
  - {name: c, address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [{name: f, typed_config: {${FILTERS.tcp}}}]}]}
`);
  const { clusters, listeners } = bootstrap.staticResources as {
    clusters: ClusterMessage[];
    listeners: ListenerMessage[];
  };
  const localInfo = { nodeId: '', nodeCluster: '', zone: '' };
  const engine = new Engine({ clusters, listeners, localInfo, envoy16: false }, new Store(), 0);
  t.teardown(() => engine.destroy());
  await engine.build();
  await engine.listen(false);
  engine.stopListening(true);
  const errors = await Promise.all(
    engine.listeners.map(async (l) => {
      const c = new Peer(net.connect(l.boundAddress.port, '127.0.0.1'));
      await until(() => c.closed || c.ended);
      return c.error;
    }),
  );
  t.strictSame(errors, ['ECONNREFUSED', '', '']);
});
