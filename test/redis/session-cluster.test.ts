/** Session mode before a Redis Cluster: with hosts that say what a test wants, and with six real ones. */
import { Redis } from 'ioredis';
import t from 'tap';
import { LoadedClusterTypes } from '../../src/upstream/discovery/cluster-types.ts';
import { DnsServer } from '../upstream/discovery/dns-server.ts';
import { Client, FakeRedis, request, startProxy, type TestProxy } from './harness.ts';
import { said } from './model/ask.ts';
import { RedisCluster } from './model/cluster.ts';

const TYPE = 'envoy.extensions.clusters.redis.v3.RedisClusterConfig';
const types = new LoadedClusterTypes();
await types.prepare([{ clusterType: { name: 'envoy.clusters.redis', typedConfig: { typeUrl: TYPE, value: {} } } }]);
const MODE = { metadata: { filterMetadata: new Map([['envoylet.redis', { session_mode: true }]]) } };
const r = request;
const PINNED = 'redis.p.session.pinned_active';
const QUESTION = r('CLUSTER', 'SLOTS').toString('latin1');
const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

/** One that has all slots of the first half ('' and 'b' have theirs there), and one of the second ('foo', 'a'). */
class Node {
  readonly host: FakeRedis;
  says = '';
  /** Requests but CLUSTER SLOTS, by connection; what is answered to each, null for nothing. */
  answer: (request: string, connection: number) => string | null = () => '+OK\r\n';
  readonly seen: string[] = [];

  private constructor(host: FakeRedis) {
    this.host = host;
    host.onData = (socket, data) => {
      for (const part of data.toString('latin1').split(/(?=\*\d+\r\n\$\d+\r\n[A-Za-z])/)) {
        if (part === QUESTION) {
          if (this.says !== '') socket.write(this.says);
          continue;
        }
        const text = part
          .replaceAll(/\*\d+\r\n|\$\d+\r\n/g, '')
          .replaceAll('\r\n', ' ')
          .trim();
        this.seen.push(text);
        const answer = this.answer(text, host.sockets.indexOf(socket));
        if (answer !== null) socket.write(Buffer.from(answer, 'latin1'));
      }
    };
  }
  static async start(): Promise<Node> {
    return new Node(await FakeRedis.start());
  }
  get port(): number {
    return this.host.port;
  }
}

function slots(a: number, b: number): string {
  const line = (from: number, to: number, port: number): string =>
    `*3\r\n:${from}\r\n:${to}\r\n*2\r\n$9\r\n127.0.0.1\r\n:${port}\r\n`;
  return `*2\r\n${line(0, 8191, a)}${line(8192, 16383, b)}`;
}

function proxyOf(port: number, settings: object = {}): Promise<TestProxy> {
  return startProxy([port], {
    envoy16: false,
    types,
    cluster: {
      ...MODE,
      type: undefined,
      lbPolicy: 'CLUSTER_PROVIDED',
      clusterType: {
        name: 'envoy.clusters.redis',
        typedConfig: { typeUrl: TYPE, value: { redirectRefreshThreshold: 1, redirectRefreshInterval: 0 } },
      },
    } as never,
    config: { settings: { opTimeout: 5000, enableRedirection: true, ...settings } },
  });
}

async function stand(
  t: { teardown(fn: () => unknown): void },
  settings: object = {},
): Promise<{ one: Node; two: Node; proxy: TestProxy; c: Client }> {
  const [one, two] = [await Node.start(), await Node.start()];
  one.says = slots(one.port, two.port);
  two.says = one.says;
  const proxy = await proxyOf(one.port, settings);
  while (proxy.value('cluster.redis.membership_total') < 2) await new Promise((resolve) => setImmediate(resolve));
  const c = await Client.to(proxy.port);
  t.teardown(async () => {
    c.close();
    await proxy.close();
    await one.host.close();
    await two.host.close();
  });
  return { one, two, proxy, c };
}

/** What comes within 5 s. */
async function hears(c: Client, expected: string): Promise<string> {
  const text = await c.until((s) => s.length >= expected.length, 5000);
  await c.take(text.length);
  return text;
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}

const FOO = ['BLPOP', 'foo', '0'] as const;

t.test(
  'what a connection begins with goes where MOVED says, also when it has waited, and what is behind it follows',
  async (t) => {
    const { one, two, proxy, c } = await stand(t);
    const moved = `-MOVED 12182 127.0.0.1:${one.port}\r\n`;
    // What is behind may come before the slots were asked for again.
    two.answer = (text) => (text.startsWith('BLPOP') ? null : moved);
    one.answer = (text) => (text.startsWith('BLPOP') ? `*2\r\n${bulk('foo')}${bulk('x')}` : '$1\r\n1\r\n');
    c.write(Buffer.concat([r(...FOO), r('GET', 'foo')]));
    await until(() => two.seen.length === 1);
    // In two pieces: the client may see neither.
    two.host.sockets.at(-1)!.write(moved.slice(0, 9));
    one.says = slots(one.port, one.port);
    two.says = one.says;
    two.host.sockets.at(-1)!.write(moved.slice(9));
    const answer = `*2\r\n${bulk('foo')}${bulk('x')}$1\r\n1\r\n`;
    t.equal(await hears(c, answer), answer);
    t.equal(proxy.value('cluster.redis.upstream_internal_redirect_succeeded_total'), two.seen.length);
    t.equal(proxy.value('redis.p.session.pinned_total'), 2);
    t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
    t.strictSame(two.seen.slice(0, 1), ['BLPOP foo 0']);
    t.strictSame(one.seen, ['BLPOP foo 0', 'GET foo']);
  },
);

t.test('ASK is followed with ASKING, but not for what is watched or queued', async (t) => {
  const { one, two, proxy, c } = await stand(t);
  const ask = `-ASK 12182 127.0.0.1:${one.port}\r\n`;
  two.answer = (text) =>
    text === 'MULTI' || text === 'DISCARD' ? '+OK\r\n' : text === 'EXEC' ? '-EXECABORT x\r\n' : ask;
  one.answer = (text) => (text === 'ASKING' ? '+OK\r\n' : '*-1\r\n');
  c.write(r(...FOO));
  t.equal(await hears(c, '*-1\r\n'), '*-1\r\n');
  t.strictSame(one.seen, ['ASKING', 'BLPOP foo 0']);
  c.write(Buffer.concat([r('MULTI'), r('SET', 'foo', '1'), r('EXEC')]));
  const aborted = `+OK\r\n${ask}-EXECABORT x\r\n`;
  t.equal(await hears(c, aborted), aborted);
  c.write(r('WATCH', 'foo'));
  t.equal(await hears(c, ask), ask);
  t.equal(one.seen.length, 2);
  t.equal(proxy.value('cluster.redis.upstream_internal_redirect_succeeded_total'), 1);
});

t.test('a transaction whose first key has moved is begun there; one that has begun hears of it', async (t) => {
  const { one, two, c } = await stand(t);
  const moved = `-MOVED 12182 127.0.0.1:${one.port}\r\n`;
  two.answer = (text) => (text === 'MULTI' ? '+OK\r\n' : moved);
  one.answer = (text) =>
    text === 'MULTI'
      ? '+OK\r\n'
      : text === 'EXEC'
        ? '*1\r\n:1\r\n'
        : text === 'SET a 1'
          ? `-MOVED 1 127.0.0.1:${two.port}\r\n`
          : '+QUEUED\r\n';
  c.write(Buffer.concat([r('MULTI'), r('INCR', 'foo'), r('INCR', 'foo'), r('EXEC')]));
  const first = '+OK\r\n+QUEUED\r\n+CROSSSLOT';
  const text = await c.until((s) => s.length >= first.length, 5000);
  t.match(text, /^\+OK\r\n\+QUEUED\r\n/);
  t.strictSame(one.seen.slice(0, 2), ['MULTI', 'INCR foo']);
  t.equal(two.seen.filter((s) => s === 'INCR foo').length, 1, 'nothing is queued at the wrong one');
});

t.test('hosts that name each other are followed five times, then the client hears it', async (t) => {
  const { one, two, c } = await stand(t);
  const to = (node: Node): string => `-MOVED 12182 127.0.0.1:${node.port}\r\n`;
  one.answer = () => to(two);
  two.answer = () => to(one);
  c.write(r(...FOO));
  const text = await c.until((s) => s.endsWith('\r\n'), 5000);
  t.match(text, /^-MOVED 12182 /);
  t.equal(one.seen.length + two.seen.length, 6);
});

t.test(
  'a name in MOVED is looked up first, and what is behind the request waits; without a cache it is told',
  async (t) => {
    const dns = await DnsServer.start();
    t.teardown(() => dns.stop());
    dns.records.set('node.example', ['127.0.0.1']);
    const [address, port] = dns.address.split(':');
    const resolvers = [{ socketAddress: { address, portValue: Number(port) } }];
    const dnsCacheConfig = { name: 's', dnsLookupFamily: 'V4_ONLY', dnsResolutionConfig: { resolvers } };
    for (const settings of [{ dnsCacheConfig }, {}]) {
      const { one, two, c } = await stand(t, settings);
      const moved = `-MOVED 12182 node.example:${one.port}\r\n`;
      two.answer = () => moved;
      one.answer = (text) => (text.startsWith('BLPOP') ? '*-1\r\n' : '$1\r\n1\r\n');
      c.write(Buffer.concat([r(...FOO), r('GET', 'b')]));
      const expected = `${'dnsCacheConfig' in settings ? '*-1\r\n' : moved}$1\r\n1\r\n`;
      t.equal(await hears(c, expected), expected);
    }
  },
);

t.test('without enable_redirection the client hears MOVED', async (t) => {
  const { one, two, c } = await stand(t, { enableRedirection: false });
  const moved = `-MOVED 12182 127.0.0.1:${one.port}\r\n`;
  two.answer = () => moved;
  c.write(r(...FOO));
  t.equal(await hears(c, moved), moved);
});

t.test(
  'six real servers: a client library subscribes, waits and has transactions; slots move, and a primary dies',
  { timeout: 90_000 },
  async (t) => {
    const cluster = await RedisCluster.start(t.testdir());
    t.teardown(() => cluster.stop());
    const proxy = await proxyOf(cluster.nodes[0].port);
    await until(() => proxy.value('cluster.redis.membership_total') === 6);
    const open: Redis[] = [];
    const library = (): Redis => {
      const made = new Redis({ port: proxy.port, host: '127.0.0.1', maxRetriesPerRequest: 0 });
      made.on('error', () => {});
      open.push(made);
      return made;
    };
    const [ear, mouth, waits] = [library(), library(), library()];
    const heard: string[] = [];
    ear.on('message', (channel, message) => heard.push(`${channel} ${message}`));
    ear.on('pmessage', (pattern, channel, message) => heard.push(`${pattern} ${channel} ${message}`));
    // Channels of all three shards, of one connection.
    t.equal(await ear.subscribe('foo', 'b', 'a'), 3);
    t.equal(await ear.psubscribe('n*'), 4);
    await mouth.publish('foo', '1');
    await mouth.publish('news', '2');
    await until(() => heard.length === 2);
    t.same(new Set(heard), new Set(['foo 1', 'n* news 2']));
    const popped = waits.blpop('{foo}list', 0);
    await mouth.rpush('{foo}list', 'x');
    t.strictSame(await popped, ['{foo}list', 'x']);
    t.strictSame(await mouth.multi().set('{a}1', '1').incr('{a}1').exec(), [
      [null, 'OK'],
      [null, 2],
    ]);
    t.match(await mouth.mget('{a}1', 'foo'), ['2', null]);
    await t.rejects(mouth.blpop('foo', 'a', 'b', 0), /CROSSSLOT/);
    // A slot that moves while somebody waits for a key of it.
    const shards = await Client.to(proxy.port);
    shards.write(r('SSUBSCRIBE', '{foo}s'));
    const subscribed = `*3\r\n${bulk('ssubscribe')}${bulk('{foo}s')}:1\r\n`;
    t.equal(await hears(shards, subscribed), subscribed);
    const before = proxy.value('redis.p.session.pinned_active');
    const later = waits.blpop('{foo}list', 0);
    const primaries = await cluster.primaries();
    const owner = async (): Promise<number> => {
      for (const p of primaries) if (!(await said(p.port, 'get', '{foo}none')).includes('MOVED')) return p.port;
      throw new Error('nobody');
    };
    const from = await owner();
    const to = primaries.find((p) => p.port !== from)!;
    const id = await said(to.port, 'cluster', 'myid');
    for (const p of [to, ...primaries.filter((x) => x !== to)])
      await said(p.port, 'cluster', 'setslot', '12182', 'node', id);
    await mouth.rpush('{foo}list', 'y');
    t.strictSame(await later, ['{foo}list', 'y'], 'it has waited on at the new owner');
    const ended = `*3\r\n${bulk('sunsubscribe')}${bulk('{foo}s')}:0\r\n`;
    t.equal(await hears(shards, ended), ended, 'Redis says that the slot is not its any more');
    t.ok(before > 0);
    // A primary dies with what its clients wait for.
    await cluster.kill((n) => n - 1);
    t.equal(await mouth.set('after', '1').catch(() => mouth.set('after', '1')), 'OK');
    shards.close();
    for (const one of open) one.disconnect();
    await until(() => proxy.value(PINNED) === 0);
    await proxy.close();
  },
);
