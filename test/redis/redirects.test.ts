/** MOVED and ASK followed, `enable_redirection`. */
import t from 'tap';
import { PendingRing } from '../../src/redis/pending-ring.ts';
import { isClusterDown, redirection } from '../../src/redis/redirects.ts';
import { NOBODY } from '../../src/redis/reply-target.ts';
import { DnsServer } from '../upstream/discovery/dns-server.ts';
import { Client, FakeRedis, type ProxyOptions, request, startProxy, type TestProxy } from './harness.ts';

const GET = request('GET', 'a').toString('latin1');
const ASKING = request('asking').toString('latin1');

t.test('what names another host, and what does not', (t) => {
  const of = (text: string) => redirection(Buffer.from(text));
  t.strictSame(of('-MOVED 3999 127.0.0.1:6381\r\n'), { host: '127.0.0.1', named: false, port: 6381, ask: false });
  t.strictSame(of('-ASK 1 10.0.0.1:1\r\n'), { host: '10.0.0.1', named: false, port: 1, ask: true });
  t.strictSame(of('-MOVED 1 ::1:7000\r\n'), { host: '::1', named: false, port: 7000, ask: false });
  t.strictSame(of('-MOVED 1 [::1]:7000\r\n'), { host: '::1', named: false, port: 7000, ask: false });
  t.strictSame(of('-MOVED 1 host.example:1\r\n'), { host: 'host.example', named: true, port: 1, ask: false });
  for (const text of [
    '-MOVED 1 :6381\r\n',
    '-MOVED 127.0.0.1:1\r\n',
    '-MOVED 1 127.0.0.1:65536\r\n',
    '-MOVED 1 127.0.0.1:1 x\r\n',
    '-MOVED 1 127.0.0.1:\r\n',
    '-moved 1 127.0.0.1:1\r\n',
    '-ERR MOVED 1 127.0.0.1:1\r\n',
    '-\r\n',
  ]) {
    t.equal(of(text), null, text);
  }
  t.ok(isClusterDown(Buffer.from('-CLUSTERDOWN The cluster is down\r\n')));
  t.notOk(isClusterDown(Buffer.from('-CLUSTER\r\n')));
  t.end();
});

interface Stand {
  readonly one: FakeRedis;
  readonly two: FakeRedis;
  readonly proxy: TestProxy;
  readonly c: Client;
}

async function stand(
  t: { teardown(fn: () => unknown): void },
  settings: object = {},
  options: ProxyOptions = {},
): Promise<Stand> {
  const [one, two] = [await FakeRedis.start(), await FakeRedis.start()];
  const proxy = await startProxy([one.port], {
    envoy16: false,
    config: { settings: { opTimeout: 5000, enableRedirection: true, ...settings } },
    ...options,
  });
  const c = await Client.to(proxy.port);
  t.teardown(async () => {
    c.close();
    await proxy.close();
    await one.close();
    await two.close();
  });
  return { one, two, proxy, c };
}

t.test(
  'a request that has moved goes to the host that was named, which need be none of the cluster; order stays',
  async (t) => {
    const { one, two, proxy, c } = await stand(t);
    const other = request('GET', 'b').toString('latin1');
    c.write(GET + other);
    await one.take(GET.length + other.length);
    one.send(`-MOVED 15495 127.0.0.1:${two.port}\r\n$1\r\nB\r\n`);
    t.equal(await two.take(GET.length), GET);
    two.send('$1\r\nA\r\n');
    t.equal(await c.ask('', '$1\r\nA\r\n$1\r\nB\r\n'), '$1\r\nA\r\n$1\r\nB\r\n');
    t.equal(proxy.value('cluster.redis.upstream_internal_redirect_succeeded_total'), 1);
    t.equal(proxy.value('cluster.redis.upstream_rq_total'), 3);
    t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
    t.equal(proxy.value('redis.p.command.get.success'), 2);
    t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  },
);

t.test('ASK is followed with ASKING before', async (t) => {
  const { one, two, c } = await stand(t);
  c.write(GET);
  await one.expect(GET, `-ASK 1 127.0.0.1:${two.port}\r\n`);
  t.equal(await two.take(ASKING.length + GET.length), ASKING + GET);
  two.send('+OK\r\n$1\r\nA\r\n');
  t.equal(await c.ask('', '$1\r\nA\r\n'), '$1\r\nA\r\n');
});

t.test('parts of MGET, MSET and DEL go each on its own way', async (t) => {
  const { one, two, c } = await stand(t);
  const get = (k: string) => request('get', k).toString('latin1');
  c.write(request('MGET', 'k1', 'k2'));
  await one.expect(get('k1') + get('k2'), `$1\r\n1\r\n-MOVED 1 127.0.0.1:${two.port}\r\n`);
  await two.expect(get('k2'), '$1\r\n2\r\n');
  const both = '*2\r\n$1\r\n1\r\n$1\r\n2\r\n';
  t.equal(await c.ask('', both), both);
  c.write(request('del', 'k1', 'k2'));
  const del = (k: string) => request('del', k).toString('latin1');
  await one.expect(del('k1') + del('k2'), `-MOVED 1 127.0.0.1:${two.port}\r\n:1\r\n`);
  await two.expect(del('k1'), ':1\r\n');
  t.equal(await c.ask('', ':2\r\n'), ':2\r\n');
  c.write(request('MSET', 'k1', 'x', 'k2', 'y'));
  const set = (k: string, v: string) => request('set', k, v).toString('latin1');
  await one.expect(set('k1', 'x') + set('k2', 'y'), `-MOVED 1 127.0.0.1:${two.port}\r\n+OK\r\n`);
  await two.expect(set('k1', 'x'), '+OK\r\n');
  t.equal(await c.ask('', '+OK\r\n'), '+OK\r\n');
});

t.test('parts that are copied to the very host they go to: each reply is its own part’s', async (t) => {
  const { one, c } = await stand(
    t,
    {},
    {
      config: {
        settings: { opTimeout: 5000, enableRedirection: true },
        prefixRoutes: { catchAllRoute: { cluster: 'redis', requestMirrorPolicy: [{ cluster: 'redis' }] } },
      },
    },
  );
  one.onData = (socket, data) => {
    for (const [, key] of data.toString('latin1').matchAll(/get\r\n\$2\r\n(k\d)/g)) socket.write(`$2\r\n${key}\r\n`);
  };
  const both = '*2\r\n$2\r\nk1\r\n$2\r\nk2\r\n';
  t.equal(await c.ask(request('MGET', 'k1', 'k2'), both), both);
});

t.test('a request of many reads, and one whose prefix is cut off', async (t) => {
  const { one, two, c } = await stand(
    t,
    {},
    {
      config: {
        settings: { opTimeout: 5000, enableRedirection: true },
        prefixRoutes: { routes: [{ prefix: 'p:', removePrefix: true, cluster: 'redis' }] },
      },
    },
  );
  for (const value of ['v', 'v'.repeat(400_000)]) {
    const sent = request('SET', 'k', value).toString('latin1');
    c.write(request('SET', 'p:k', value));
    await one.expect(sent, `-MOVED 1 127.0.0.1:${two.port}\r\n`);
    t.ok((await two.take(sent.length)) === sent);
    two.send('+OK\r\n');
    await c.ask('', '+OK\r\n');
  }
});

t.test('hosts that name each other, or themselves, do not keep a request for ever', async (t) => {
  const { one, two, proxy, c } = await stand(t);
  const moved = `-MOVED 1 127.0.0.1:${two.port}\r\n`;
  one.onData = (s) => void s.write(moved);
  two.onData = (s) => void s.write(moved);
  t.equal(await c.ask(GET, moved), moved, 'the last refusal is the answer');
  t.equal(proxy.value('cluster.redis.upstream_internal_redirect_succeeded_total'), 5);
  t.equal(proxy.value('cluster.redis.upstream_internal_redirect_failed_total'), 1);
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
});

t.test('no more hosts come to be than may', async (t) => {
  const { one, two, proxy, c } = await stand(t, { maxUpstreamUnknownConnections: 1 });
  c.write(GET);
  await one.expect(GET, `-MOVED 1 127.0.0.1:${two.port}\r\n`);
  await two.expect(GET, '+A\r\n');
  await c.ask('', '+A\r\n');
  const third = '-MOVED 1 127.0.0.3:1\r\n';
  c.write(GET);
  await one.expect(GET, third);
  t.equal(await c.ask('', third), third);
  t.equal(proxy.value('cluster.redis.redis_cluster.max_upstream_unknown_connections_reached'), 1);
});

t.test('CLUSTERDOWN is a failure of the upstream; any other error is the client’s', async (t) => {
  const { one, c } = await stand(t);
  c.write(GET);
  await one.expect(GET, '-CLUSTERDOWN The cluster is down\r\n');
  t.equal(await c.ask('', '-upstream failure\r\n'), '-upstream failure\r\n');
  c.write(GET);
  await one.expect(GET, '-ERR MOVED\r\n');
  t.equal(await c.ask('', '-ERR MOVED\r\n'), '-ERR MOVED\r\n');
});

t.test('without enable_redirection the client hears of it', async (t) => {
  const { one, two, c } = await stand(t, { enableRedirection: false });
  const moved = `-MOVED 1 127.0.0.1:${two.port}\r\n`;
  c.write(GET);
  await one.expect(GET, moved);
  t.equal(await c.ask('', moved), moved);
});

t.test('a client that leaves, and a host that dies in the middle', async (t) => {
  const { one, two, proxy, c } = await stand(t);
  c.write(GET);
  await one.take(GET.length);
  c.close();
  const d = await Client.to(proxy.port);
  t.teardown(() => d.close());
  d.write(GET);
  await one.take(GET.length);
  one.send(`-MOVED 1 127.0.0.1:${two.port}\r\n`.repeat(2));
  await two.take(GET.length);
  two.sockets[0].destroy();
  t.equal(await d.ask('', '-upstream failure\r\n'), '-upstream failure\r\n');
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
});

t.test('a ring that grows and shrinks keeps each request with its own', (t) => {
  const ring = new PendingRing(true);
  let next = 0;
  let due = 0;
  const put = (n: number): void => {
    for (let i = 0; i < n; i++) {
      ring.push(NOBODY, null, next, 0, 0, 0);
      if (next % 3 !== 0) ring.keep(Buffer.from(`${next}`), next % 5);
      next++;
    }
  };
  const take = (n: number): void => {
    for (let i = 0; i < n; i++) {
      const at = ring.head;
      if (due % 3 !== 0 && (`${ring.requests![at]}` !== `${due}` || ring.hops[at] !== due % 5)) t.fail(`${due}`);
      if (due % 3 === 0 && ring.requests![at] !== null) t.fail(`${due}: none was kept`);
      ring.shift();
      due++;
    }
  };
  put(50);
  take(30);
  put(200);
  take(100);
  put(40_000);
  take(40_120);
  put(10);
  take(10);
  t.equal(ring.count, 0);
  t.end();
});

async function named(t: { teardown(fn: () => unknown): void }, more: object = {}): Promise<Stand & { dns: DnsServer }> {
  const dns = await DnsServer.start();
  t.teardown(() => dns.stop());
  const portValue = Number(dns.address.split(':')[1]);
  const dnsResolutionConfig = { resolvers: [{ socketAddress: { address: '127.0.0.1', portValue } }] };
  const dnsCacheConfig = { name: 'n', dnsLookupFamily: 'V4_ONLY', dnsResolutionConfig, ...more };
  return { ...(await stand(t, { dnsCacheConfig })), dns };
}

t.test('a name is looked up while others go on; its request follows, in its place', async (t) => {
  const { one, two, proxy, c, dns } = await named(t);
  dns.records.set('two.example', ['127.0.0.1']);
  dns.held = [];
  const other = request('GET', 'b').toString('latin1');
  c.write(GET + other);
  await one.take(GET.length + other.length);
  one.send(`-ASK 1 two.example:${two.port}\r\n$1\r\nB\r\n`);
  while (dns.held.length === 0) await new Promise((resolve) => setImmediate(resolve));
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0, 'no host is waited for');
  dns.release();
  t.equal(await two.take(ASKING.length + GET.length), ASKING + GET);
  two.send('+OK\r\n$1\r\nA\r\n');
  const answer = '$1\r\nA\r\n$1\r\nB\r\n';
  t.equal((await c.take(answer.length)).toString(), answer);
  c.write(GET);
  await one.expect(GET, `-MOVED 1 two.example:${two.port}\r\n`);
  await two.expect(GET, '$1\r\nC\r\n');
  t.equal((await c.take(7)).toString(), '$1\r\nC\r\n');
  t.same(dns.questions, ['A two.example'], 'asked once');
  t.equal(proxy.value('dns_cache.n.dns_query_success'), 1);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
});

t.test(
  'without an address the client hears the refusal; parts of split requests too; who has left nothing',
  async (t) => {
    const { one, two, proxy, c, dns } = await named(t);
    dns.held = [];
    const moved = '-MOVED 1 nowhere.example:1\r\n';
    const mget = request('MGET', 'a', 'b');
    c.write(Buffer.concat([Buffer.from(GET), mget]));
    await one.take(GET.length + 40);
    one.send(`${moved}$1\r\na\r\n${moved}`);
    const gone = await Client.to(proxy.port);
    gone.write(GET);
    await one.expect(GET, moved);
    while (dns.held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gone.close();
    while (proxy.value('redis.p.downstream_cx_active') > 1) await new Promise((resolve) => setImmediate(resolve));
    dns.release();
    const answer = `${moved}*2\r\n$1\r\na\r\n${moved}`;
    t.equal((await c.take(answer.length)).toString(), answer);
    t.equal(proxy.value('dns_cache.n.dns_query_failure'), 1);
    t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
    t.equal(two.sockets.length, 0);
  },
);

t.test('more names than the cache holds, or than may wait, are not looked up', async (t) => {
  const { one, proxy, c, dns } = await named(t, { maxHosts: 2, dnsCacheCircuitBreaker: { maxPendingRequests: 1 } });
  dns.held = [];
  const moved = (i: number): string => `-MOVED 1 n${i}.example:1\r\n`;
  c.write(GET.repeat(4));
  await one.take(GET.length * 4);
  one.send(moved(1) + moved(2) + moved(3) + moved(3));
  while (dns.held.length < 2) await new Promise((resolve) => setImmediate(resolve));
  dns.release();
  const answer = moved(1) + moved(2) + moved(3) + moved(3);
  t.equal((await c.take(answer.length)).toString(), answer);
  t.equal(proxy.value('dns_cache.n.host_overflow'), 2);
  t.equal(proxy.value('dns_cache.n.dns_rq_pending_overflow'), 1);
});
