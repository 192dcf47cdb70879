/**
 * What a scraper sees, against real Envoy 1.40: both proxies get one config and the same traffic; then every series of /stats/prometheus must
 * be of Envoy's type, and none of Envoy's be missing, but for those of things we do not have, which are listed here.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { answering, OK, Upstream } from '../http/proxy.ts';
import { freePort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy } from '../support/proxy-process.ts';
import { whyNot } from './real-envoy.ts';

interface Ports {
  admin: number;
  http: number;
  redis: number;
  tcp: number;
  up: number;
}

const FILTERS = 'type.googleapis.com/envoy.extensions.filters';
const cluster = (name: string, port: number, more = ''): string =>
  `{ name: ${name}, type: STATIC, connect_timeout: 1s, ${more} load_assignment: { cluster_name: ${name}, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }] }] } }`;

const config = (p: Ports): string => `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${p.admin} } } }
static_resources:
  listeners:
  - name: http
    address: { socket_address: { address: 127.0.0.1, port_value: ${p.http} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": ${FILTERS}.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: h
          route_config:
            name: r
            virtual_hosts:
            - { name: v, domains: ["*"], routes: [{ match: { prefix: "/two" }, route: { cluster: two } }, { match: { prefix: "/" }, route: { cluster: one } }] }
          http_filters:
          - { name: envoy.filters.http.grpc_http1_bridge, typed_config: { "@type": ${FILTERS}.http.grpc_http1_bridge.v3.Config } }
          - { name: envoy.filters.http.router, typed_config: { "@type": ${FILTERS}.http.router.v3.Router } }
  - name: redis
    address: { socket_address: { address: 127.0.0.1, port_value: ${p.redis} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": ${FILTERS}.network.redis_proxy.v3.RedisProxy
          stat_prefix: r
          settings: { op_timeout: 1s }
          prefix_routes: { catch_all_route: { cluster: keys } }
  - name: tcp
    address: { socket_address: { address: 127.0.0.1, port_value: ${p.tcp} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config: { "@type": ${FILTERS}.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: plain }
  clusters:
  - ${cluster('one', p.up)}
  - ${cluster('two', p.up, 'typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: {} } } },')}
  - ${cluster('keys', p.up)}
  - ${cluster('plain', p.up)}
  - { name: named, type: STRICT_DNS, connect_timeout: 1s, load_assignment: { cluster_name: named, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: localhost, port_value: ${p.up} } } } }] }] } }
`;

/** One exchange on a bare connection; resolves when it has answered anything or is over. */
function exchange(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const c = net.connect(port, '127.0.0.1', () => c.write(text));
    c.once('data', () => c.destroy());
    c.once('error', () => {});
    c.once('close', () => resolve());
  });
}

function http2Request(port: number, path: string): Promise<void> {
  return new Promise((resolve) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const request = session.request({ ':path': path });
    request.on('error', () => {});
    request.on('close', () => session.close());
    session.on('error', () => {});
    session.on('close', () => resolve());
    request.resume();
  });
}

/** Metric name to type. */
async function types(command: readonly string[]): Promise<Map<string, string>> {
  const up = await Upstream.start(answering(OK));
  const folder = mkdtempSync(join(tmpdir(), 'series-'));
  const ports: Ports = {
    admin: await freePort(),
    http: await freePort(),
    redis: await freePort(),
    tcp: await freePort(),
    up: up.port,
  };
  const file = join(folder, 'envoy.yaml');
  writeFileSync(file, config(ports));
  const args = ['-c', file, '--concurrency', '1', '--use-dynamic-base-id'];
  const proxy = await startProxy({ command, args, adminPort: ports.admin });
  try {
    const head = 'host: a\r\n\r\n';
    await exchange(ports.http, `GET /one HTTP/1.1\r\n${head}`);
    await exchange(ports.http, `GET /two HTTP/1.1\r\n${head}`);
    await http2Request(ports.http, '/one');
    await exchange(ports.redis, 'PING\r\nGET a\r\n');
    await exchange(ports.tcp, `GET /one HTTP/1.1\r\n${head}`);
    const page = (await get(ports.admin, '/stats/prometheus'))?.body ?? '';
    return new Map([...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((m) => [m[1], m[2]]));
  } finally {
    await proxy.stop();
    up.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Commands of Redis that we do not proxy (docs/support-matrix.md): Envoy has six series for each. */
const COMMAND = /^envoy_redis_command_(.+)_(?:total|success|error|error_fault|delay_fault|latency)$/;
/** Ours alone, by kind: what the process and its event loop are like, what is held for peers, slow readers; and one of 1.16 that 1.40 renamed. */
const OURS =
  /^(?:process_|nodejs_|envoy_envoylet_held_|envoy_redis_downstream_(?:cx_slow_reader_close|flow_control_paused_reading_total)$|envoy_redis_splitter_mirror_abandoned_total$|envoy_cluster_lb_zone_number_differs$)/;

t.test('series and their types are those of Envoy 1.40', { skip: whyNot() ?? false }, async (t) => {
  const [theirs, ours] = await Promise.all([types([process.env.ENVOY_BIN ?? 'envoy']), types(envoyletCommand())]);
  t.ok(theirs.size > 300, 'there is something to compare');
  const shared = [...theirs.keys()].filter((name) => ours.has(name));
  const typed = (of: Map<string, string>): string[] => shared.map((name) => `${name} ${of.get(name)}`);
  t.same(typed(ours), typed(theirs), 'types');
  const unknownCommand = (name: string): boolean => {
    const command = COMMAND.exec(name)?.[1];
    return command !== undefined && !ours.has(`envoy_redis_command_${command}_total`);
  };
  t.same(
    [...theirs.keys()].filter((name) => !ours.has(name) && !unknownCommand(name)),
    [],
    'none is missing',
  );
  t.same(
    [...ours.keys()].filter((name) => !theirs.has(name) && !OURS.test(name)),
    [],
    'none is more than those that are listed',
  );
  for (const [name, type] of ours) {
    if (theirs.has(name)) continue;
    t.equal(type, /_total$|_close$|_differs$/.test(name) ? 'counter' : 'gauge', `${name}: a sensible type`);
  }
});
