// Redis's session mode in a whole server: with two event loops, with hosts that leave by EDS while clients are connected to them, and with many clients.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { Client, RealRedis, request as r, startProxy } from '../redis/harness.ts';
import { startServer, untilValue, value } from './whole.ts';

const PROXY = 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy';
const PINNED = 'redis.p.session.pinned_active';
const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const CLIENTS = 24;

const endpoint = (port: number): string =>
  `{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}}}`;

function config(cluster: string, more = ''): string {
  return `${more}static_resources:
  listeners:
  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: redis
        typed_config:
          "@type": ${PROXY}
          stat_prefix: p
          settings: {op_timeout: 5s}
          prefix_routes: {catch_all_route: {cluster: redis}}
  clusters:
  - name: redis
    lb_policy: MAGLEV
    connect_timeout: 1s
    metadata: {filter_metadata: {envoylet.redis: {session_mode: true}}}
${cluster}`;
}

/** Ask; throws when something else comes back. */
async function ask(c: Client, words: readonly string[], expected: string): Promise<void> {
  c.write(r(...words));
  const text = await c.until((s) => s.length >= expected.length, 5000);
  if (text !== expected)
    throw new Error(`${words.join(' ')}: ${JSON.stringify(text)} instead of ${JSON.stringify(expected)}`);
  await c.take(text.length);
}

async function two(t: { teardown(fn: () => unknown): void }): Promise<[RealRedis, RealRedis]> {
  const servers = [await RealRedis.start(), await RealRedis.start()] as [RealRedis, RealRedis];
  t.teardown(() => Promise.all(servers.map((s) => s.stop())));
  return servers;
}

/** `n` clients, closed with the test. */
async function clients(t: { teardown(fn: () => unknown): void }, port: number, n: number): Promise<Client[]> {
  const made: Client[] = [];
  t.teardown(() => {
    for (const c of made) c.close();
  });
  for (let i = 0; i < n; i++) made.push(await Client.to(port));
  return made;
}

t.test('two event loops: each client has its own shard, all hear, and what they leave is gone in both', async (t) => {
  const servers = await two(t);
  const endpoints = servers.map((s) => endpoint(s.port)).join(', ');
  const server = await startServer(
    t,
    config(`    load_assignment: {cluster_name: redis, endpoints: [{lb_endpoints: [${endpoints}]}]}\n`),
    2,
  );
  const { port } = server.engine.listeners[0].boundAddress;
  const ears = await clients(t, port, CLIENTS);
  const [mouth] = await clients(t, port, 1);
  for (const [i, c] of ears.entries())
    await ask(c, ['SUBSCRIBE', `ch${i % 8}`], `*3\r\n${bulk('subscribe')}${bulk(`ch${i % 8}`)}:1\r\n`);
  await untilValue(server, PINNED, (n) => n === CLIENTS);
  for (let i = 0; i < 8; i++) await ask(mouth, ['PUBLISH', `ch${i}`, `to ${i}`], `:${CLIENTS / 8}\r\n`);
  for (const [i, c] of ears.entries()) {
    const message = `*3\r\n${bulk('message')}${bulk(`ch${i % 8}`)}${bulk(`to ${i % 8}`)}`;
    t.equal(await c.ask('', message), message);
  }
  const blocked = await clients(t, port, CLIENTS);
  for (const [i, c] of blocked.entries()) c.write(r('BLPOP', `list${i}`, '0'));
  await untilValue(server, PINNED, (n) => n === CLIENTS * 2);
  for (let i = 0; i < CLIENTS; i++) await ask(mouth, ['RPUSH', `list${i}`, `${i}`], ':1\r\n');
  for (const [i, c] of blocked.entries()) {
    const popped = `*2\r\n${bulk(`list${i}`)}${bulk(`${i}`)}`;
    t.equal(await c.ask('', popped), popped);
  }
  for (const c of ears) c.close();
  for (const c of blocked) c.close();
  await untilValue(server, PINNED, (n) => n === 0);
  t.equal(value(server, 'redis.p.session.pinned_total'), CLIENTS * 2);
  t.equal(value(server, 'redis.p.session.pinned_lost'), 0);
});

t.test(
  'a host that leaves by EDS: who only listens is closed, a transaction there ends, the rest goes on',
  async (t) => {
    const servers = await two(t);
    const file = join(t.testdir(), 'eds.yaml');
    const write = (ports: readonly number[]): void => {
      const endpoints = ports.map(endpoint).join(', ');
      const type = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
      const text = `resources: [{"@type": ${type}, cluster_name: redis, endpoints: [{lb_endpoints: [${endpoints}]}]}]\n`;
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };
    write(servers.map((s) => s.port));
    const eds = `{eds_config: {path_config_source: {path: ${file}}, resource_api_version: V3}}`;
    const server = await startServer(
      t,
      config(`    type: EDS\n    eds_cluster_config: ${eds}\n`, 'node: {id: one, cluster: c}\n'),
      2,
    );
    await untilValue(server, 'cluster.redis.membership_total', (n) => n === 2);
    const { port } = server.engine.listeners[0].boundAddress;
    const [c, d, e, f, g, direct] = await clients(t, port, 5).then(async (made) => [
      ...made,
      ...(await clients(t, servers[1].port, 1)),
    ]);
    const keys: [string[], string[]] = [[], []];
    for (let i = 0; keys[0].length < 3 || keys[1].length < 3; i++) {
      await ask(c, ['SET', `k${i}`, 'v'], '+OK\r\n');
      keys[(await direct.ask(r('EXISTS', `k${i}`), ':0\r\n')) === ':1\r\n' ? 1 : 0].push(`k${i}`);
    }
    const [[stays], [leaves, other, list]] = keys;
    await ask(c, ['FLUSHALL'], '+OK\r\n');
    await ask(c, ['SUBSCRIBE', leaves], `*3\r\n${bulk('subscribe')}${bulk(leaves)}:1\r\n`);
    await ask(d, ['SUBSCRIBE', stays], `*3\r\n${bulk('subscribe')}${bulk(stays)}:1\r\n`);
    await ask(e, ['MULTI'], '+OK\r\n');
    await ask(e, ['SET', leaves, 'last'], '+QUEUED\r\n');
    f.write(r('BLPOP', list, '0'));
    await untilValue(server, PINNED, (n) => n === 4);
    write([servers[0].port]);
    await untilValue(server, 'cluster.redis.membership_total', (n) => n === 1);
    t.equal(await c.rest(), '', 'who listens there is closed, to listen elsewhere');
    e.write(r('EXEC'));
    const done = '*1\r\n+OK\r\n';
    t.equal(await e.until((s) => s.length >= done.length, 5000), done);
    t.equal(await direct.ask(r('GET', leaves), bulk('last')), bulk('last'));
    await ask(g, ['PUBLISH', stays, 'x'], ':1\r\n');
    const message = `*3\r\n${bulk('message')}${bulk(stays)}${bulk('x')}`;
    t.equal(await d.ask('', message), message);
    await ask(g, ['SET', other, 'new'], '+OK\r\n');
    t.equal(await direct.ask(r('RPUSH', list, 'x'), ':1\r\n'), ':1\r\n');
    const popped = `*2\r\n${bulk(list)}${bulk('x')}`;
    t.equal(await f.until((s) => s.length >= popped.length, 5000), popped, 'who waits there is answered');
    await untilValue(server, PINNED, (n) => n === 1);
    t.equal(value(server, 'redis.p.session.pinned_lost'), 1);
  },
);

t.test(
  'a thousand clients that listen cost little each; above the limit each is told',
  { timeout: 60_000 },
  async (t) => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const redis = await RealRedis.start();
    const most = 1000;
    const proxy = await startProxy([redis.port], {
      envoy16: false,
      cluster: {
        metadata: { filterMetadata: new Map([['envoylet.redis', { session_mode: true }]]) },
        circuitBreakers: { thresholds: [{ maxConnections: most }] },
      } as never,
    });
    t.teardown(async () => {
      await proxy.close();
      await redis.stop();
    });
    const all = await clients(t, proxy.port, most + 5);
    for (const c of all) await ask(c, ['GET', 'x'], '$-1\r\n');
    gc();
    const before = process.memoryUsage().heapUsed;
    const confirmed = `*3\r\n${bulk('subscribe')}${bulk('x')}:1\r\n`;
    for (const c of all.slice(0, most)) await ask(c, ['SUBSCRIBE', 'x'], confirmed);
    gc();
    const each = (process.memoryUsage().heapUsed - before) / most;
    t.comment(`${Math.round(each)} bytes of heap for each, sockets of the proxy's included`);
    t.ok(each < 24 * 1024, `${Math.round(each)} bytes each`);
    const none = "-ERR no connection of its own is left for this client: the cluster's max_connections are in use\r\n";
    for (const c of all.slice(most)) await ask(c, ['SUBSCRIBE', 'x'], none);
    t.equal(proxy.value(PINNED), most);
    t.equal(proxy.value('redis.p.session.pinned_overflow'), 5);
    await ask(all[most], ['PUBLISH', 'x', 'm'], `:${most}\r\n`);
    const message = `*3\r\n${bulk('message')}${bulk('x')}${bulk('m')}`;
    for (const c of all.slice(0, most)) if ((await c.ask('', message)) !== message) t.fail('not heard');
  },
);
