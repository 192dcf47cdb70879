/** Hot keys, biggest replies and slowest commands: what is told is so, what is kept is bounded, and nothing is where nobody asks. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import t from 'tap';
import { page } from '../../src/admin/pages/redis-top.ts';
import { Query } from '../../src/admin/query.ts';
import type { ServerView } from '../../src/admin/server-view.ts';
import { type ClusterTop, snapshot } from '../../src/redis/top.ts';
import { FrequentNames, Largest } from '../../src/redis/top-sketch.ts';
import { freePort as processPort } from '../support/ports.ts';
import { envoyletCommand, get, startProxy as startProcess } from '../support/proxy-process.ts';
import { Client, FakeRedis, RealRedis, request, startProxy } from './harness.ts';

const r = request;
const TOP = (more: object = {}): object => ({
  metadata: { filterMetadata: new Map([['envoylet.redis', { top: true, ...more }]]) },
});

function top(cluster = 'redis'): ClusterTop {
  const found = snapshot().find((s) => s.cluster === cluster);
  if (found === undefined) throw new Error(`${cluster} is not followed`);
  return found;
}

const countOf = (key: string): number => top().keys.find((k) => k.key === key)?.count ?? 0;

async function pageText(query: string, concurrency = 1): Promise<string> {
  const server = { commandLineOptions: { concurrency } } as unknown as ServerView;
  const { body } = await page({ query: new Query(query) } as Parameters<typeof page>[0], server);
  return body as string;
}

t.test('no count is too low, none too high by more than its error, and only so many names are kept', (t) => {
  const sketch = new FrequentNames(64);
  const real = new Map<string, number>();
  let seed = 7;
  const draw = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32;
  for (let i = 0; i < 100_000; i++) {
    // A tenth is of five names, the rest of ten thousand.
    const name = draw() < 0.1 ? `hot${Math.floor(draw() * 5)}` : `cold${Math.floor(draw() * 10_000)}`;
    real.set(name, (real.get(name) ?? 0) + 1);
    sketch.add(name);
  }
  const list = sketch.list();
  t.equal(list.length, 64);
  for (const { key, count, error } of list) {
    const is = real.get(key) ?? 0;
    t.ok(count >= is && count - error <= is, `${key}: ${is} is within ${count - error} and ${count}`);
  }
  const hottest = list.sort((a, b) => b.count - b.error - (a.count - a.error)).slice(0, 5);
  t.ok(hottest.every((h) => h.key.startsWith('hot')));
  t.end();
});

t.test('the largest are kept, one of a command and key', (t) => {
  const largest = new Largest(3);
  for (const [key, value] of [
    ['a', 5],
    ['b', 1],
    ['a', 9],
    ['c', 7],
    ['d', 0],
    ['e', 8],
    ['a', 2],
  ] as const)
    largest.add('get', key, value);
  t.strictSame(
    [...largest.list()].sort((x, y) => y.value - x.value).map((k) => `${k.key}${k.value}`),
    ['a9', 'e8', 'c7'],
  );
  t.end();
});

for (const sessions of [false, true]) {
  t.test(`a real Redis${sessions ? ' in session mode' : ''}: every request is told of`, async (t) => {
    const redis = await RealRedis.start();
    const proxy = await startProxy([redis.port], { envoy16: false, cluster: TOP({ session_mode: sessions }) });
    const c = await Client.to(proxy.port);
    t.teardown(async () => {
      c.close();
      await proxy.close();
      await redis.stop();
    });
    const name = sessions ? 's' : 'p';
    const big = 300_000;
    const gets = Buffer.concat(new Array(40).fill(r('GET', `${name}:hot`)));
    t.equal(await c.ask(gets, '$-1\r\n'.repeat(40)), '$-1\r\n'.repeat(40));
    t.equal(await c.ask(r('MSET', `${name}:a`, '1', `${name}:b`, '2'), '+OK\r\n'), '+OK\r\n');
    const two = '*2\r\n$1\r\n1\r\n$1\r\n2\r\n';
    t.equal(await c.ask(r('MGET', `${name}:a`, `${name}:b`), two), two);
    t.equal(await c.ask(r('SETRANGE', `${name}:big`, `${big - 1}`, 'x'), `:${big}\r\n`), `:${big}\r\n`);
    const reply = `$${big}\r\n${'\0'.repeat(big - 1)}x\r\n`;
    t.equal(await c.ask(r('GET', `${name}:big`), reply), reply);
    const busy = r('EVAL', "local n=0 while n<3e6 do n=n+1 end return redis.call('TYPE',KEYS[1])", '1', `${name}:slow`);
    t.equal(await c.ask(busy, '+none\r\n'), '+none\r\n');
    t.equal(
      await c.ask(Buffer.concat([r('MULTI'), r('GET', `${name}:t`), r('EXEC')]), '+OK\r\n+QUEUED\r\n*1\r\n$-1\r\n'),
      '+OK\r\n+QUEUED\r\n*1\r\n$-1\r\n',
    );
    if (sessions) t.equal(await c.ask(r('BLPOP', `${name}:blocks`, '0.2'), '*-1\r\n'), '*-1\r\n');

    t.equal(countOf(`${name}:hot`), 40);
    for (const key of ['a', 'b', 'big']) t.equal(countOf(`${name}:${key}`), 2, key);
    t.equal(countOf(`${name}:t`), 1);
    const { biggest, slowest } = top();
    t.strictSame(
      biggest.find((b) => b.key === `${name}:big`),
      { command: 'get', key: `${name}:big`, value: reply.length },
    );
    const slow = slowest.find((s) => s.key === `${name}:slow`);
    t.match(slow, { command: 'eval' });
    t.ok(slow !== undefined && slow.value > 1);
    t.notOk(
      slowest.some((s) => s.command === 'blpop'),
      'what waits is not slow',
    );
    if (sessions) return;
    const told = JSON.parse(await pageText('format=json&n=1')).clusters[0];
    t.strictSame(told.hot_keys, [{ key: 'p:hot', count: 40, error: 0 }]);
    t.equal(told.name, 'redis');
    t.strictSame(told.biggest_replies, [{ command: 'get', key: 'p:big', bytes: reply.length }]);
    t.equal(told.slowest_commands.length, 1);
    t.match(await pageText(''), /^cluster redis, the last minute\nhot keys .*\n {2}40 0 "p:hot"\n/);
    for (const n of ['0', 'x', '257', '1.5']) t.match(await pageText(`n=${n}`), /^n must be 1 to 256/);
  });
}

t.test('replies of nobody, of refused and of lost requests leave the others’ in their places', async (t) => {
  const redis = await FakeRedis.start();
  const proxy = await startProxy([redis.port], { cluster: TOP() });
  const c = await Client.to(proxy.port);
  for (const [i, ends] of [
    [0, false],
    [1, true],
    [2, false],
  ] as const) {
    const asked = Buffer.concat([r('GET', `o${i}`), r('GET', `l${i}`)]);
    c.write(asked);
    await redis.take(asked.length);
    if (ends) {
      redis.sockets[0].destroy();
      await c.take('-upstream failure\r\n'.length * 2);
    } else {
      redis.send(`$1\r\nx\r\n$3000\r\n${'y'.repeat(3000)}\r\n`, redis.sockets.length - 1);
      await c.take(7 + 3009);
    }
  }
  const of = (key: string): number | undefined => top().biggest.find((b) => b.key === key)?.value;
  t.strictSame(['o0', 'l0', 'o2', 'l2'].map(of), [7, 3009, 7, 3009]);
  c.close();
  await proxy.close();
  await redis.close();
});

t.test('the key of a request of many reads is told of once, whether it goes on in pieces or joined', async (t) => {
  for (const enableRedirection of [false, true]) {
    const redis = await FakeRedis.start();
    const proxy = await startProxy([redis.port], {
      cluster: TOP(),
      config: { settings: { opTimeout: 5000, enableRedirection } },
    });
    const c = await Client.to(proxy.port);
    const key = `pieces:${enableRedirection}`;
    const asked = r('SET', key, 'x'.repeat(2_000_000));
    c.write(asked);
    await redis.take(asked.length);
    redis.send('+OK\r\n');
    await c.take('+OK\r\n'.length);
    t.equal(countOf(key), 1, key);
    c.close();
    await proxy.close();
    await redis.close();
  }
});

t.test('where a cluster asks for nothing nothing is kept, and what it asks for must be known', async (t) => {
  const redis = await RealRedis.start();
  const proxy = await startProxy([redis.port], {
    cluster: { name: 'silent' } as object,
    config: { prefixRoutes: { catchAllRoute: { cluster: 'silent' } } },
  });
  const c = await Client.to(proxy.port);
  await c.ask(r('GET', 'k'), '$-1\r\n');
  t.notOk(snapshot().some((s) => s.cluster === 'silent'));
  c.close();
  await proxy.close();
  await redis.stop();
  await t.rejects(startProxy([1], { cluster: TOP({ top: 1 }) }), /metadata envoylet.redis: top must be true or false/);
});

t.test('other event loops are asked; one that does not answer is left out', async (t) => {
  const other = new BroadcastChannel('envoylet.redis.top');
  t.teardown(() => other.close());
  const tops: ClusterTop[] = [
    {
      cluster: 'elsewhere',
      keys: [{ key: 'k', count: 3, error: 1 }],
      biggest: [],
      slowest: [{ command: 'get', key: 'k', value: 2 }],
    },
    { cluster: 'redis', keys: [{ key: 'p:hot', count: 2, error: 0 }], biggest: [], slowest: [] },
  ];
  other.onmessage = ({ data }) => void (data.ask !== undefined && other.postMessage({ to: data.ask, tops }));
  for (const loops of [2, 3]) {
    const { clusters } = JSON.parse(await pageText('format=json', loops));
    t.strictSame(clusters[0], {
      name: 'elsewhere',
      hot_keys: [{ key: 'k', count: 3, error: 1 }],
      biggest_replies: [],
      slowest_commands: [{ command: 'get', key: 'k', ms: 2 }],
    });
    t.match(clusters[1].hot_keys[0], { key: 'p:hot', count: 42 });
  }
});

t.test('a process of two event loops answers for both', async (t) => {
  const redis = await RealRedis.start();
  const [port, admin] = [await processPort(), await processPort()];
  const address = (p: number): object => ({ socket_address: { address: '127.0.0.1', port_value: p } });
  const path = join(t.testdir(), 'envoy.json');
  const filter = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy',
    stat_prefix: 'p',
    settings: { op_timeout: '5s' },
    prefix_routes: { catch_all_route: { cluster: 'both' } },
  };
  const cluster = {
    name: 'both',
    connect_timeout: '1s',
    metadata: { filter_metadata: { 'envoylet.redis': { top: true } } },
    load_assignment: {
      cluster_name: 'both',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(redis.port) } }] }],
    },
  };
  const filters = [{ name: 'envoy.filters.network.redis_proxy', typed_config: filter }];
  const listeners = [{ address: address(port), filter_chains: [{ filters }] }];
  writeFileSync(
    path,
    JSON.stringify({ admin: { address: address(admin) }, static_resources: { listeners, clusters: [cluster] } }),
  );
  const args = ['-c', path, '--concurrency', '2', '-l', 'error', '--use-dynamic-base-id'];
  const proxy = await startProcess({ command: envoyletCommand(), args, adminPort: admin });
  const clients = await Promise.all(Array.from({ length: 16 }, () => Client.to(port)));
  for (const c of clients) await c.ask(r('GET', 'k'), '$-1\r\n');
  const answer = await get(admin, '/redis/top?format=json');
  t.equal(answer?.status, 200);
  t.match(JSON.parse(answer?.body ?? ''), { clusters: [{ name: 'both', hot_keys: [{ key: 'k', count: 16 }] }] });
  t.match((await get(admin, '/redis/top'))?.body, /^cluster both, the last minute/);
  for (const c of clients) c.close();
  await proxy.stop();
  await redis.stop();
});
