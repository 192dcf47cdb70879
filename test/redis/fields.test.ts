/** custom_commands, key_formatter and connection_rate_limit, as real Envoy 1.40 has them. */
import t from 'tap';
import type { RedisProxy } from '../../src/config/schema/types.ts';
import { commandTable } from '../../src/redis/commands.ts';
import { FakeRedis, type FakeStand, fakeStand, request, startProxy, latin1 as text } from './harness.ts';

const stand = (
  t: { teardown(fn: () => unknown): void },
  config: Partial<RedisProxy>,
  more: { opTimeout?: number } = {},
): Promise<FakeStand> => fakeStand(t, { config, ...more });

t.test('custom commands go whole to the host of their first word, whatever they were before', async (t) => {
  const { redis, proxy, c } = await stand(t, {
    customCommands: ['My.Cmd', 'blpop', 'mget', 'flushall', 'PING', 'multi'],
  });
  const sent = [
    request('MY.CMD', 'a', 'b'),
    request('blpop', 'l', '0'),
    request('MGET', 'a', 'b'),
    request('FLUSHALL', 'x'),
  ];
  c.write(Buffer.concat(sent));
  await redis.expect(text(...sent), ':1\r\n:2\r\n:3\r\n:4\r\n');
  t.equal((await c.take(16)).toString(), ':1\r\n:2\r\n:3\r\n:4\r\n');
  t.equal(await c.ask(request('my.cmd'), '-invalid request\r\n'), '-invalid request\r\n');
  t.equal(proxy.value('redis.p.command.my.cmd.total'), 1);
  t.equal(proxy.value('redis.p.command.my.cmd.success'), 1);
  const [pong, begun] = ['+PONG\r\n', '+OK\r\n'];
  t.equal(await c.ask(request('PING', 'x'), pong), pong, 'answered here as ever');
  t.equal(await c.ask(request('MULTI'), begun), begun);
  c.write(request('MY.CMD', 'a'));
  await redis.expect(text(request('MULTI'), request('MY.CMD', 'a')), '+OK\r\n+QUEUED\r\n', 1);
  t.equal((await c.take(9)).toString(), '+QUEUED\r\n', 'may stand in a transaction');
  t.not(commandTable(false), commandTable(false, ['x']));
  t.equal(commandTable(false).numberOf('my.cmd'), -1, 'of this filter alone');
});

const route = (prefix: string, keyFormatter: string, removePrefix = false) => ({
  prefix,
  keyFormatter,
  removePrefix,
  cluster: 'redis',
});

t.test('keys are sent as key_formatter says', async (t) => {
  const { redis, c } = await stand(t, {
    prefixRoutes: {
      routes: [
        route('s:', '{%KEY%}:%KEY%', true),
        route('f:', 'n-%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%-%KEY%'),
        route('e:', 'const'),
        route('z:', '%KEY%', true),
        route('b:', '%REQ(X)%%KEY%%%x%CONNECTION_ID%'),
      ],
      catchAllRoute: { cluster: 'redis', keyFormatter: 'all.%KEY%' },
    },
  });
  const rows: [key: string, sent: string][] = [
    ['s:a', '{a}:a'],
    ['s:', '{}:'],
    ['s:%KEY%', '{%KEY%}:%KEY%'],
    ['s:%REQ(a)%\xff\r\n', '{%REQ(a)%\xff\r\n}:%REQ(a)%\xff\r\n'],
    ['f:a', 'n-127.0.0.1-f:a'],
    ['e:a', 'const'],
    ['z:', ''],
    ['b:a', 'b:a%x'],
    ['', 'all.'],
    ['q', 'all.q'],
  ];
  for (const [key, sent] of rows) {
    const latin1 = (words: string[]): Buffer =>
      Buffer.from(`*${words.length}\r\n${words.map((w) => `$${w.length}\r\n${w}\r\n`).join('')}`, 'latin1');
    c.write(latin1(['SET', key, 's:v']));
    const expected = latin1(['SET', sent, 's:v']);
    await redis.expect(expected.toString('latin1'), '+OK\r\n');
    await c.take(5);
    t.pass(key);
  }
  c.write(Buffer.concat([request('MSET', 's:b', '1', 'f:b', '2'), request('EVAL', 'x', '2', 's:a', 's:b')]));
  await redis.expect(
    text(
      request('set', '{b}:b', '1'),
      request('set', 'n-127.0.0.1-f:b', '2'),
      request('EVAL', 'x', '2', '{a}:a', 's:b'),
    ),
    '+OK\r\n+OK\r\n:1\r\n',
  );
  t.equal((await c.take(9)).toString(), '+OK\r\n:1\r\n');
  c.write(Buffer.concat([request('MULTI'), request('MGET', 's:a', 's:b')]));
  await redis.expect(text(request('MULTI'), request('MGET', '{a}:a', '{b}:b')), '+OK\r\n+QUEUED\r\n', 1);
  t.equal((await c.take(14)).toString(), '+OK\r\n+QUEUED\r\n');
  const big = 'x'.repeat(300_000);
  c.write(request('SET', 's:big', big));
  await redis.expect(text(request('SET', '{big}:big', big)), '+OK\r\n');
});

t.test('with redirections the key that was sent is sent again', async (t) => {
  const other = await FakeRedis.start();
  t.teardown(() => other.close());
  const { redis, c } = await stand(t, {
    settings: { opTimeout: 5000, enableRedirection: true },
    prefixRoutes: { catchAllRoute: { cluster: 'redis', keyFormatter: '<%KEY%>' } },
  });
  c.write(request('GET', 'a'));
  await redis.expect(text(request('GET', '<a>')), `-MOVED 1 127.0.0.1:${other.port}\r\n`);
  await other.expect(text(request('GET', '<a>')), '+here\r\n');
  t.equal((await c.take(7)).toString(), '+here\r\n');
});

t.test('a format that is none is refused, by name of its field', async (t) => {
  for (const keyFormatter of ['%BAD-%KEY%', '%%KEY%', '%NO_SUCH_COMMAND%']) {
    const config = { prefixRoutes: { catchAllRoute: { cluster: 'redis', keyFormatter } } };
    const refused = await startProxy([1], { config }).then(
      () => null,
      (error: { reasons?: { field?: string }[] }) => error,
    );
    t.equal(refused?.reasons?.[0]?.field, 'key_formatter', keyFormatter);
  }
});

t.test('no more connections a second than connection_rate_limit', async (t) => {
  const { redis, proxy, c } = await stand(t, {
    settings: { opTimeout: 5000, connectionRateLimit: { connectionRateLimitPerSec: 1 } },
  });
  const lose = async (n: number): Promise<void> => {
    redis.sockets[n].destroy();
    while (proxy.value('cluster.redis.upstream_cx_active') > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const none = '-no upstream host\r\n';
  // However fast this runs: of some in a row one is too many.
  let connected = 0;
  let refused = 0;
  for (let i = 0; i < 20 && refused === 0; i++) {
    c.write(request('GET', 'a'));
    const before = proxy.value('cluster.redis.redis_cluster.connection_rate_limited');
    while (
      redis.sockets.length === connected &&
      proxy.value('cluster.redis.redis_cluster.connection_rate_limited') === before
    )
      await new Promise((resolve) => setImmediate(resolve));
    if (redis.sockets.length === connected) {
      refused++;
    } else {
      await redis.expect(text(request('GET', 'a')), '+1\r\n', connected);
      await c.take(4);
      await lose(connected++);
    }
  }
  t.equal(refused, 1);
  t.equal((await c.take(none.length)).toString(), none);
  const both = `*2\r\n${none}${none}`;
  t.equal(await c.ask(request('MGET', 'a', 'b'), both), both);
  for (const words of [
    ['DEL', 'a'],
    ['SCAN', '0'],
  ]) {
    const error = '-finished with 1 error(s)\r\n';
    t.equal(await c.ask(request(...words), error), error, words[0]);
  }
  t.equal(await c.ask(request('ROLE'), none), none);
  t.equal(await c.ask(request('RANDOMKEY'), none), none);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
});
