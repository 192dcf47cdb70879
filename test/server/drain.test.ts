/** POST /drain_listeners and /healthcheck/fail on a whole server, as real Envoy 1.40 was seen to do it with a short --drain-time-s. */
import * as net from 'node:net';
import t from 'tap';
import { parseOptions } from '../../src/cli/options.ts';
import { loadBootstrap } from '../../src/config/load.ts';
import { LEVELS, setAllLevels } from '../../src/log/logger.ts';
import { Server } from '../../src/server/server.ts';
import { H2Peer } from '../http/h2.ts';
import { answering, get, header, OK, Peer, Upstream, until } from '../http/proxy.ts';

setAllLevels(LEVELS.indexOf('off'));

const chains = (drainTimeout: string): string => `
      filter_chains:
      - filters:
        - name: hcm
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: h
            drain_timeout: ${drainTimeout}
            delayed_close_timeout: 0s
            route_config: { virtual_hosts: [{ name: a, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: u } }] }] }
            http_filters:
            - name: router
              typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }`;
const listener = (name: string, more: string, drainTimeout: string): string => `
    - name: ${name}
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      ${more}${chains(drainTimeout)}`;

class TestServer {
  readonly server: Server;
  constructor(server: Server) {
    this.server = server;
  }

  static async start(
    t: { teardown(fn: () => unknown): void },
    args: string[],
    drainTimeout = '0.01s',
  ): Promise<TestServer> {
    const u = await Upstream.start(answering(OK));
    const yaml = `
static_resources:
  listeners:${listener('in', 'traffic_direction: INBOUND', drainTimeout)}${listener('out', 'traffic_direction: OUTBOUND', drainTimeout)}
    ${listener('only', 'drain_type: MODIFY_ONLY', drainTimeout).trimStart()}
  clusters:
  - name: u
    load_assignment:
      cluster_name: u
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${u.port} } } } }] }]
`;
    const options = parseOptions('envoylet', args.includes('--concurrency') ? args : ['--concurrency', '1', ...args]);
    const server = new Server(
      options,
      loadBootstrap({ path: '', yaml, allowUnknownFields: false, allowUnsupported: false }),
    );
    await server.start();
    t.teardown(async () => {
      await server.shutdown();
      u.stop();
    });
    return new TestServer(server);
  }

  connect(name: string): Peer {
    const l = this.server.engine.listeners.find((l) => l.name === name);
    return new Peer(net.connect(l!.boundAddress.port, '127.0.0.1'));
  }

  /** `kept`, `last` (told to go) or the error of a new connection. */
  async ask(name: string, peer?: Peer): Promise<string> {
    const p = peer ?? this.connect(name);
    await until(() => p.error !== '' || !p.socket.connecting);
    if (p.error !== '') return p.error;
    const m = await p.send(get()).message();
    if (peer === undefined) p.close();
    if (!m.start.startsWith('HTTP/1.1 200')) return m.start;
    return header(m, 'connection') === 'close' ? 'last' : 'kept';
  }

  async all(): Promise<string[]> {
    return [await this.ask('in'), await this.ask('out'), await this.ask('only')];
  }

  async untilRefused(name: string): Promise<void> {
    while ((await this.ask(name)) !== 'ECONNREFUSED') await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const how = (...words: string[]): { graceful: boolean; inboundOnly: boolean; skipExit: boolean } => ({
  graceful: words.includes('graceful'),
  inboundOnly: words.includes('inboundonly'),
  skipExit: words.includes('skip_exit'),
});

t.test('graceful: goes on accepting, tells connections to go, stops when the drain time is over', async (t) => {
  const p = await TestServer.start(t, ['--drain-time-s', '2', '--drain-strategy', 'immediate']);
  const kept = p.connect('in');
  t.equal(await p.ask('in', kept), 'kept');
  p.server.drainListeners(how('graceful'));
  t.equal(await p.ask('in', kept), 'last');
  t.same(await p.all(), ['last', 'last', 'last'], 'new connections are served');
  t.equal(p.server.state, 'LIVE');
  for (const name of ['in', 'out', 'only']) await p.untilRefused(name);
});

t.test('gradual with the default time: nobody is hurried', async (t) => {
  const p = await TestServer.start(t, []);
  const kept = p.connect('in');
  p.server.drainListeners(how('graceful'));
  t.equal(await p.ask('in', kept), 'kept');
  t.same(await p.all(), ['kept', 'kept', 'kept']);
});

t.test('graceful, inbound only: the others do not notice', async (t) => {
  const p = await TestServer.start(t, ['--drain-time-s', '2', '--drain-strategy', 'immediate']);
  p.server.drainListeners(how('graceful', 'inboundonly'));
  t.same(await p.all(), ['last', 'kept', 'kept']);
  await p.untilRefused('in');
  t.same(await p.all(), ['ECONNREFUSED', 'kept', 'kept']);
  p.server.drainListeners(how('graceful'));
  t.same(await p.all(), ['ECONNREFUSED', 'last', 'last']);
  await p.untilRefused('out');
});

t.test('graceful with skip_exit: connections are told, listeners stay; asked for again nothing changes', async (t) => {
  const p = await TestServer.start(t, ['--drain-time-s', '0', '--drain-strategy', 'immediate']);
  p.server.drainListeners(how('graceful', 'skip_exit'));
  t.same(await p.all(), ['last', 'last', 'last']);
  p.server.drainListeners(how('graceful'));
  // Longer than the drain time, which is none.
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.same(await p.all(), ['last', 'last', 'last']);
  p.server.drainListeners(how());
  t.same(await p.all(), ['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
});

t.test('not graceful: stops at once, and what is connected is told', async (t) => {
  const p = await TestServer.start(t, ['--drain-strategy', 'immediate']);
  const kept = p.connect('in');
  t.equal(await p.ask('in', kept), 'kept');
  p.server.drainListeners(how('inboundonly'));
  t.same(await p.all(), ['ECONNREFUSED', 'kept', 'kept']);
  t.equal(await p.ask('in', kept), 'last');
  p.server.drainListeners(how('skip_exit'));
  t.same(await p.all(), ['ECONNREFUSED', 'last', 'last'], 'skip_exit keeps the others open');
});

t.test(
  '/healthcheck/fail: every answer is the last one, whatever the strategy; not where drain_type is MODIFY_ONLY',
  async (t) => {
    const p = await TestServer.start(t, []);
    p.server.failHealthcheck(true);
    t.equal(p.server.state, 'DRAINING');
    t.same(await p.all(), ['last', 'last', 'kept']);
    p.server.failHealthcheck(false);
    t.same(await p.all(), ['kept', 'kept', 'kept']);
  },
);

t.test('connections that ask for nothing go by themselves before the end', async (t) => {
  const p = await TestServer.start(t, ['--drain-time-s', '1']);
  const fresh = p.connect('in');
  const used = p.connect('in');
  t.equal(await p.ask('in', used), 'kept');
  const h2 = new H2Peer(p.connect('in'));
  h2.start();
  await until(() => fresh.socket.readyState === 'open' && p.server.engine.connections === 3);
  p.server.drainListeners(how('graceful', 'skip_exit'));
  await until(() => fresh.ended && used.ended && h2.peer.ended);
  t.ok(
    h2.frames.some((f) => f.type === 'GOAWAY'),
    'HTTP/2 is told first',
  );
});

t.test('with two event loops both drain', async (t) => {
  const p = await TestServer.start(t, ['--concurrency', '2', '--drain-strategy', 'immediate', '--drain-time-s', '2']);
  p.server.drainListeners(how('graceful', 'inboundonly'));
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) seen.add(await p.ask('in'));
  t.same([...seen], ['last']);
  await p.untilRefused('in');
  for (let i = 0; i < 20; i++) t.equal(await p.ask('in'), 'ECONNREFUSED');
});
