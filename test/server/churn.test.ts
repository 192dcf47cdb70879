// With one event loop and with two: clusters, route tables and listeners are replaced, added and removed a thousand times each while HTTP/1.1,
// HTTP/2, Redis and TCP go through them. Not one request fails.
import { once } from 'node:events';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import t from 'tap';
import { parseOptions } from '../../src/cli/options.ts';
import { loadBootstrap } from '../../src/config/load.ts';
import type {
  Cluster as ClusterConfig,
  Listener as ListenerMessage,
  RouteConfiguration,
} from '../../src/config/schema/types.ts';
import { LEVELS, setAllLevels } from '../../src/log/logger.ts';
import { Server } from '../../src/server/server.ts';
import { answering, get, header, OK, Peer, turns, Upstream, until } from '../http/proxy.ts';

setAllLevels(LEVELS.indexOf('off'));

const ROUNDS = 1000;
const CLIENTS = 2;
t.setTimeout(120_000);
const ANY = 'type.googleapis.com/envoy.extensions.filters.network';
const http = (cluster: string): string =>
  `"@type": ${ANY}.http_connection_manager.v3.HttpConnectionManager, stat_prefix: ${cluster}, drain_timeout: 60s, route_config: {name: ${cluster}, validate_clusters: false, virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: ${cluster}}}]}]}, http_filters: [{name: envoy.filters.http.router}]`;
const FILTERS = {
  h1: http('h1'),
  h2: http('h2'),
  redis: `"@type": ${ANY}.redis_proxy.v3.RedisProxy, stat_prefix: r, settings: {op_timeout: 20s}, prefix_routes: {catch_all_route: {cluster: redis}}`,
  tcp: `"@type": ${ANY}.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: tcp`,
};
type Kind = keyof typeof FILTERS;
const KINDS = Object.keys(FILTERS) as Kind[];
/** A Redis connection that drains closes after a reply, whatever its client has sent meanwhile: those that stay are left alone. */
const REPLACED: readonly Kind[] = ['h1', 'h2', 'tcp'];

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

  private result(kind: Kind, got: string, wanted: string): void {
    if (got === wanted) this.done[kind]++;
    else this.failed.push(`${kind}: ${JSON.stringify(got.slice(0, 200))}`);
  }

  /** One connection: `most` requests (TCP: one) or until it is told to go. */
  async session(kind: Kind, port: number, most = Number.POSITIVE_INFINITY): Promise<void> {
    if (kind === 'h2') return this.multiplexed(port, most);
    const c = new Peer(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    if (kind === 'h1') await this.http1(c, most);
    else if (kind === 'redis') await this.redis(c, most);
    else {
      c.send('hello');
      const first = await c.until('hello');
      c.send(' again');
      c.socket.end();
      this.result('tcp', first + (await c.rest()), 'hello again');
    }
    c.close();
  }

  private async http1(c: Peer, most: number): Promise<void> {
    for (let n = 0; n < most && !this.stopped; n++) {
      const m = await c.send(get()).message();
      this.result('h1', `${m.start} ${m.body}${c.error}`, 'HTTP/1.1 200 OK ok');
      if (m.start === '' || header(m, 'connection') === 'close') return;
    }
  }

  private async redis(c: Peer, most: number): Promise<void> {
    for (let n = 0; n < most && !this.stopped && !c.ended; n++) {
      c.send(REQUEST.repeat(4));
      await until(() => c.text.length >= 16 || c.ended);
      this.result('redis', c.text + c.error, '+v\r\n'.repeat(4));
      c.text = '';
    }
  }

  private async multiplexed(port: number, most: number): Promise<void> {
    const client = http2.connect(`http://127.0.0.1:${port}`);
    let error = '';
    let closed = false;
    client.on('error', (e) => {
      error = e.message;
    });
    client.on('close', () => {
      closed = true;
    });
    const ask = async (): Promise<void> => {
      for (let n = 0; n < most && !this.stopped && !client.closed && !client.destroyed; n++) {
        const s = client.request({ ':path': '/' });
        let got = '';
        let refused = false;
        s.setEncoding('utf8');
        s.on('response', (h) => {
          got += h[':status'];
        });
        s.on('data', (d) => {
          got += d;
        });
        s.on('error', (e) => {
          // What is asked in the turn in which the notice of a drain comes is refused by the client itself. Its end, which refuses, too, is a
          // minute away.
          if (s.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM) refused = true;
          else error = e.message;
        });
        await once(s.end(), 'close').catch(() => {});
        if (!refused) this.result('h2', got + error, '200ok');
        else if (!client.closed) this.failed.push('h2: refused without a notice');
      }
    };
    await Promise.all([ask(), ask()]);
    client.close();
    await until(() => closed);
  }
}

for (const concurrency of [1, 2]) {
  const title = `concurrency ${concurrency}: clusters, routes and listeners change 1,000 times under load`;
  t.test(title, { timeout: 120_000, skip: concurrency > 1 && process.platform !== 'linux' }, async (t) => {
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
    const yaml = `static_resources:
  listeners: [${KINDS.map(
    (kind) =>
      `{name: ${kind}, address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [{name: f, typed_config: {${FILTERS[kind]}}}]}]}`,
  ).join(', ')}]`;
    const args = ['--concurrency', `${concurrency}`, '-l', 'off', '--drain-strategy', 'immediate'];
    const loading = loadBootstrap({ path: '', yaml, allowUnknownFields: false, allowUnsupported: false });
    const { bootstrap } = await loading;
    const messages = bootstrap.staticResources?.listeners as ListenerMessage[];
    const server = new Server(parseOptions('envoylet', args), loading);
    await server.start();
    t.teardown(async () => {
      await server.shutdown();
      for (const pair of Object.values(upstreams)) for (const u of pair) u.stop();
    });
    const { control, engine } = server;
    const clusters = engine.clusterControl;
    const port = (name: string): number => engine.listeners.find((l) => l.name === name)!.boundAddress.port;
    const run = new Load();

    const cluster = (kind: Kind, n: number, name: string = kind): ClusterConfig => {
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
    const replaceClusters = (n: number): void => {
      for (const kind of KINDS) if (!clusters.put(cluster(kind, n))) run.failed.push(`put ${kind} ${n}`);
    };
    const routes = (kind: Kind, n: number): RouteConfiguration => ({
      name: kind,
      responseHeadersToAdd: [{ header: { key: 'x-table', value: `${n}` } }],
      virtualHosts: [{ name: `v${n}`, domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: kind } }] }],
    });
    const message = (kind: Kind, name: string = kind): ListenerMessage => ({
      ...(messages.find((m) => m.name === kind) as ListenerMessage),
      name,
    });
    /** A listener comes, is used and goes. */
    const extra = async (n: number): Promise<void> => {
      const kind = KINDS[n % KINDS.length];
      const name = `extra ${n}`;
      await control.apply({ kind: 'listener', update: { kind: 'put', message: message(kind, name) } });
      await run.session(kind, port(name), 2);
      await control.apply({ kind: 'listener', update: { kind: 'remove', name } });
    };

    replaceClusters(0);
    const client = async (kind: Kind): Promise<void> => {
      // What stays for long, and what comes anew, so that each event loop gets some.
      while (!run.stopped) await run.session(kind, port(kind), kind === 'redis' ? Number.POSITIVE_INFINITY : 20);
    };
    const running = Array.from({ length: CLIENTS }, () => KINDS.map(client)).flat();
    const extras = new Set<Promise<void>>();
    for (let n = 1; n <= ROUNDS; n++) {
      replaceClusters(n);
      // One that comes and goes beside them.
      if (n % 2 === 1) clusters.put(cluster('h1', n, 'extra'));
      else clusters.remove('extra');
      const work = extra(n);
      extras.add(work);
      work.then(
        () => extras.delete(work),
        (e) => run.failed.push(`extra ${n}: ${e}`),
      );
      if (n % 2 === 0) {
        const replaced = REPLACED[(n / 2) % REPLACED.length];
        await control.apply({ kind: 'listener', update: { kind: 'put', message: message(replaced) } });
      }
      await control.apply({ kind: 'routes', config: routes(n % 2 === 0 ? 'h1' : 'h2', n) });
      // Some requests get through between two replacements, some replacements follow at once.
      await turns(n % 10 === 0 ? 10 : n % 3);
      while (extras.size > 4) await Promise.race(extras);
      if (run.failed.length > 0) break;
    }
    await Promise.all(extras);
    await until(() => KINDS.every((kind) => run.done[kind] > 20) || run.failed.length > 0);
    run.stopped = true;
    await Promise.all(running);
    t.strictSame(run.failed, [], `of ${JSON.stringify(run.done)}`);

    const value = (name: string): number => {
      server.reader.refresh();
      return server.reader.numbers.find((m) => m.name === name)?.value ?? 0;
    };
    t.equal(value('cluster_manager.cluster_modified'), KINDS.length * ROUNDS);
    t.equal(value('cluster_manager.cluster_removed'), ROUNDS / 2);
    t.equal(value('listener_manager.listener_added'), KINDS.length + ROUNDS);
    t.equal(value('listener_manager.listener_removed'), ROUNDS);
    t.equal(value('listener_manager.listener_modified'), ROUNDS / 2);
    t.equal(value('listener_manager.total_listeners_active'), KINDS.length);
    for (let worker = 0; worker < concurrency; worker++) {
      const name = `listener.127.0.0.1_0.worker_${worker}.downstream_cx_total`;
      t.ok(value(name) > 100, `event loop ${worker} took its share: ${value(name)}`);
    }
    // Every event loop has the last table: new connections get it wherever the kernel puts them.
    for (let answered = 0; answered < 32; ) {
      const c = new Peer(net.connect(port('h1'), '127.0.0.1'));
      const m = await c.send(get()).message();
      c.close();
      t.equal(m.body, 'ok');
      answered = header(m, 'x-table') === `${ROUNDS}` ? answered + 1 : 0;
    }
    for (const kind of KINDS) t.equal(clusters.remove(kind), true);
    // What was replaced or removed leaves nothing behind.
    const left = (): string[] => {
      server.reader.refresh();
      return server.reader.numbers
        .filter((m) => /^cluster\.\w+\.upstream_(cx|rq|rq_pending)_active$/.test(m.name) && m.value !== 0)
        .map((m) => m.name);
    };
    await until(() => left().length === 0);
    await until(() => value('listener_manager.total_listeners_draining') === 0);
    t.equal(engine.clusters.clusters.size, 0);
  });
}
