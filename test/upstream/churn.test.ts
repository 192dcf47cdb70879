// Clusters are replaced, added and removed a thousand times each while HTTP/1.1, HTTP/2, Redis and TCP go through them: not one request fails.
import { once } from 'node:events';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import t from 'tap';
import type { Cluster as ClusterConfig, Listener as ListenerMessage } from '../../src/config/schema/types.ts';
import { logger } from '../../src/log/logger.ts';
import { Engine } from '../../src/server/engine.ts';
import { Store } from '../../src/stats/store.ts';
import { load } from '../config/harness.ts';
import { answering, get, OK, Peer, turns, Upstream, until } from '../http/proxy.ts';

logger('upstream').level = 6;
logger('config').level = 6;

const REPLACEMENTS = 1000;
const CLIENTS = 3;
const ANY = 'type.googleapis.com/envoy.extensions.filters.network';
const http = (cluster: string): string =>
  `"@type": ${ANY}.http_connection_manager.v3.HttpConnectionManager, stat_prefix: ${cluster}, route_config: {validate_clusters: false, virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /x}, route: {cluster: extra}}, {match: {prefix: /}, route: {cluster: ${cluster}}}]}]}, http_filters: [{name: envoy.filters.http.router}]`;
const LISTENERS = {
  h1: http('h1'),
  h2: http('h2'),
  redis: `"@type": ${ANY}.redis_proxy.v3.RedisProxy, stat_prefix: r, settings: {op_timeout: 20s}, prefix_routes: {catch_all_route: {cluster: redis}}`,
  tcp: `"@type": ${ANY}.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: tcp`,
};
type Kind = keyof typeof LISTENERS;
const KINDS = Object.keys(LISTENERS) as Kind[];

/** Most answers come at once, some later, so that every replacement finds requests on their way. */
function sometimesLater(n: number, answer: () => void): void {
  if (n % 5 === 0) setTimeout(answer, 3);
  else answer();
}

async function http2Upstream(): Promise<{ port: number; stop(): void }> {
  const sessions = new Set<http2.ServerHttp2Session>();
  let n = 0;
  const server = http2.createServer((_, res) => sometimesLater(++n, () => res.end('ok')));
  server.on('session', (s) => sessions.add(s));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    for (const s of sessions) s.destroy();
    server.close();
  };
  return { port: (server.address() as net.AddressInfo).port, stop };
}

const REQUEST = '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n';
const echo = (p: Peer): void => {
  p.keep = false;
  p.socket.on('data', (d) => p.socket.write(d)).on('end', () => p.socket.end());
};
function redis(p: Peer): void {
  let bytes = 0;
  let n = 0;
  let waits = Promise.resolve();
  p.keep = false;
  p.socket.on('data', (d) => {
    for (bytes += d.length; bytes >= REQUEST.length; bytes -= REQUEST.length) {
      const number = ++n;
      // In the order of the requests.
      waits = waits
        .then(() => new Promise<void>((resolve) => sometimesLater(number, resolve)))
        .then(() => void p.send('+v\r\n'));
    }
  });
}

class Load {
  stopped = false;
  readonly done: Record<Kind, number> = { h1: 0, h2: 0, redis: 0, tcp: 0 };
  readonly failed: string[] = [];
  private readonly port: (kind: Kind) => number;

  constructor(port: (kind: Kind) => number) {
    this.port = port;
  }

  connect(kind: Kind): Peer {
    return new Peer(net.connect({ port: this.port(kind), host: '127.0.0.1', allowHalfOpen: true }));
  }

  private result(kind: Kind, got: string, wanted: string): void {
    if (got === wanted) this.done[kind]++;
    else this.failed.push(`${kind}: ${JSON.stringify(got.slice(0, 200))}`);
  }

  async http(kind: 'h1' | 'h2'): Promise<void> {
    const c = this.connect(kind);
    while (!this.stopped && !c.ended) {
      const m = await c.send(get()).message();
      let body = m.body;
      if (m.headers.some((h) => h === 'transfer-encoding: chunked'))
        body = (await c.until('0\r\n\r\n')).split('\r\n')[1];
      this.result(kind, `${m.start} ${body}`, 'HTTP/1.1 200 OK ok');
    }
    if (!this.stopped) this.failed.push(`${kind}: closed ${c.error}`);
    c.close();
  }

  async redis(): Promise<void> {
    const c = this.connect('redis');
    while (!this.stopped && !c.ended) {
      c.send(REQUEST.repeat(4));
      await until(() => c.text.length >= 16 || c.ended);
      this.result('redis', c.text, '+v\r\n'.repeat(4));
      c.text = '';
    }
    c.close();
  }

  async tcp(): Promise<void> {
    while (!this.stopped) {
      const c = this.connect('tcp').send('hello');
      await c.until('hello');
      c.send(' again');
      c.socket.end();
      this.result('tcp', `hello${await c.rest()}`, 'hello again');
      c.close();
    }
  }
}

t.test('1,000 times every cluster is replaced under load', { timeout: 120_000 }, async (t) => {
  const two = async <T>(make: () => Promise<T>): Promise<[T, T]> => [await make(), await make()];
  let answers = 0;
  const plain = (p: Peer): void => {
    answering(() => {
      sometimesLater(++answers, () => p.send(OK));
      return '';
    })(p);
  };
  const upstreams = {
    h1: await two(() => Upstream.start(plain)),
    h2: await two(http2Upstream),
    redis: await two(() => Upstream.start(redis)),
    tcp: await two(() => Upstream.start(echo)),
  };
  const { bootstrap } = await load(`static_resources:
  listeners: [${KINDS.map(
    (kind) =>
      `{name: ${kind}, address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [{name: f, typed_config: {${LISTENERS[kind]}}}]}]}`,
  ).join(', ')}]`);
  const { listeners } = bootstrap.staticResources as { listeners: ListenerMessage[] };
  const store = new Store();
  const engine = new Engine(
    { clusters: [], listeners, localInfo: { nodeId: '', nodeCluster: '', zone: '' }, envoy16: false },
    store,
    0,
  );
  t.teardown(() => {
    engine.destroy();
    for (const pair of Object.values(upstreams)) for (const u of pair) u.stop();
  });
  await engine.build();
  await engine.clusterControl.initialize();
  await engine.listen(false);
  const control = engine.clusterControl;

  const config = (kind: Kind, n: number, name: string = kind): ClusterConfig => {
    const endpoint = { address: { socketAddress: { address: '127.0.0.1', portValue: upstreams[kind][n % 2].port } } };
    return {
      name,
      // An address needs no DNS, but goes the way of a name.
      type: n % 3 === 0 ? 'STRICT_DNS' : 'STATIC',
      connectTimeout: 20_000 + n,
      http2ProtocolOptions: kind === 'h2' ? {} : undefined,
      loadAssignment: { endpoints: [{ lbEndpoints: [{ endpoint }] }] },
    };
  };
  const run = new Load((kind) => engine.listeners.find((l) => l.name === kind)!.boundAddress.port);
  const replace = (n: number): void => {
    for (const kind of KINDS) if (!control.put(config(kind, n))) run.failed.push(`put ${kind} ${n}`);
  };
  replace(0);
  const running = Array.from({ length: CLIENTS }, () => [
    run.http('h1'),
    run.http('h2'),
    run.redis(),
    run.tcp(),
  ]).flat();

  for (let n = 1; n <= REPLACEMENTS; n++) {
    replace(n);
    // One that comes and goes beside them.
    if (n % 2 === 1) control.put(config('h1', n, 'extra'));
    else control.remove('extra');
    // Some requests get through between two replacements, some replacements follow at once.
    await turns(n % 10 === 0 ? 10 : n % 3);
  }
  await until(() => KINDS.every((kind) => run.done[kind] > 20) || run.failed.length > 0);
  run.stopped = true;
  await Promise.all(running);
  t.strictSame(run.failed, [], `of ${JSON.stringify(run.done)}`);

  const count = (name: string): number => store.counter(name).value;
  t.equal(count('cluster_manager.cluster_modified'), KINDS.length * REPLACEMENTS);
  t.equal(count('cluster_manager.cluster_removed'), REPLACEMENTS / 2);
  for (const kind of KINDS) t.equal(control.remove(kind), true);
  // What was replaced or removed leaves nothing behind.
  const left = (): string[] =>
    KINDS.flatMap((kind) =>
      ['upstream_cx_active', 'upstream_rq_active', 'upstream_rq_pending_active']
        .map((name) => `cluster.${kind}.${name}`)
        .filter((name) => store.gauge(name).value !== 0),
    );
  await until(() => left().length === 0);
  t.equal(engine.clusters.clusters.size, 0);
});
