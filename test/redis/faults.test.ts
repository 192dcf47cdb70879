/** `faults`: errors in place of answers, and answers that are kept back; counters and bytes as real Envoy 1.40. */
import t from 'tap';
import type { RedisProxyRedisFault } from '../../src/config/schema/types.ts';
import { Client, type FakeStand, fakeStand, request, latin1 as text } from './harness.ts';

const INJECTED = '-Fault Injected: Error\r\n';
const DELAY = 30;

const fault = (
  faultType: 'DELAY' | 'ERROR',
  commands: string[],
  more: Partial<RedisProxyRedisFault> = {},
): RedisProxyRedisFault => ({
  faultType,
  commands,
  faultEnabled: { defaultValue: { numerator: 100 } },
  ...more,
});

const stand = (
  t: { teardown(fn: () => unknown): void },
  faults: RedisProxyRedisFault[],
  bufferLimit?: number,
): Promise<FakeStand> => fakeStand(t, { config: { faults }, bufferLimit });

t.test('an error is answered at once and asked of nobody', async (t) => {
  const { proxy, c } = await stand(t, [fault('ERROR', ['GET', 'multi', 'flushall', 'mget'])]);
  for (const words of [['GET', 'a'], ['get', 'b'], ['MULTI'], ['MULTI'], ['FLUSHALL'], ['MGET', 'a', 'b']])
    t.equal(await c.ask(request(...words), INJECTED), INJECTED, words.join(' '));
  t.equal(await c.ask(request('GET'), '-invalid request\r\n'), '-invalid request\r\n');
  t.equal(await c.ask(request('PING'), '+PONG\r\n'), '+PONG\r\n');
  t.equal(proxy.value('redis.p.command.get.total'), 2);
  t.equal(proxy.value('redis.p.command.get.error'), 2);
  t.equal(proxy.value('redis.p.command.get.error_fault'), 2);
  t.equal(proxy.value('cluster.redis.upstream_rq_total'), 0);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
});

t.test('a delay keeps the answer back, and what comes behind waits for it', async (t) => {
  const { redis, proxy, c } = await stand(t, [
    fault('DELAY', ['set', 'mget', 'del', 'keys'], { delay: DELAY }),
    fault('ERROR', ['incr'], { delay: DELAY }),
    fault('DELAY', ['hget']),
  ]);
  const sent = [
    request('SET', 'a', '1'),
    request('GET', 'a'),
    request('MGET', 'b', 'c'),
    request('DEL', 'd', 'e'),
    request('KEYS', '*'),
  ];
  c.write(Buffer.concat([...sent, request('INCR', 'x'), request('PING'), request('HGET', 'h', 'f')]));
  const parts = [
    sent[0],
    sent[1],
    request('get', 'b'),
    request('get', 'c'),
    request('DEL', 'd'),
    request('DEL', 'e'),
    sent[4],
    request('HGET', 'h', 'f'),
  ];
  await redis.take(text(...parts).length);
  const started = process.hrtime.bigint();
  redis.send('+OK\r\n$1\r\n1\r\n$1\r\nb\r\n$-1\r\n:1\r\n:2\r\n*1\r\n$1\r\nk\r\n$1\r\nf\r\n');
  const answer = `+OK\r\n$1\r\n1\r\n*2\r\n$1\r\nb\r\n$-1\r\n:3\r\n*1\r\n$1\r\nk\r\n${INJECTED}+PONG\r\n$1\r\nf\r\n`;
  t.equal((await c.take(answer.length)).toString('latin1'), answer);
  t.ok(Number(process.hrtime.bigint() - started) / 1e6 >= DELAY - 2, 'not before');
  for (const command of ['set', 'mget', 'del', 'keys', 'incr'])
    t.equal(proxy.value(`redis.p.command.${command}.delay_fault`), 1, command);
  for (const command of ['set', 'mget', 'del', 'keys'])
    t.equal(proxy.value(`redis.p.command.${command}.success`), 1, command);
  t.equal(proxy.value('redis.p.command.incr.error_fault'), 1);
  t.equal(proxy.value('redis.p.command.hget.delay_fault'), 0, 'a delay of nothing is none');
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
});

t.test('of several faults a request gets one, by their shares; those without commands are for all', async (t) => {
  const half = { faultEnabled: { defaultValue: { numerator: 50 } } };
  const { redis, proxy, c } = await stand(t, [
    fault('ERROR', [], half),
    fault('DELAY', ['GET'], { delay: 1, ...half }),
  ]);
  redis.onData = (socket, data) => socket.write('$1\r\na\r\n'.repeat(data.toString().split('*2').length - 1));
  const N = 200;
  c.write(Buffer.concat(Array.from({ length: N }, () => request('GET', 'a'))));
  const value = (n: string): number => proxy.value(`redis.p.command.get.${n}`);
  while (value('error_fault') + value('delay_fault') < N) await new Promise((resolve) => setImmediate(resolve));
  t.equal(value('success') + value('error'), N, 'each of them one or the other');
  t.ok(value('error_fault') > 0 && value('delay_fault') > 0);
  t.equal(proxy.value('redis.p.command.set.total'), 0);
});

t.test('what is kept back is bounded, and forgotten with its client', async (t) => {
  const LIMIT = 64 * 1024;
  const LARGE = 40_000;
  const { redis, proxy, c } = await stand(t, [fault('DELAY', ['get', 'mget'], { delay: DELAY })], LIMIT);
  const bulk = (n: number): string => `$${n}\r\n${'x'.repeat(n)}\r\n`;
  const tooLong = '-ERR the reply of a host is longer than per_connection_buffer_limit_bytes\r\n';
  c.write(request('GET', 'a'));
  await redis.take(20);
  redis.send(bulk(LIMIT));
  t.equal((await c.take(tooLong.length)).toString(), tooLong);
  c.write(request('MGET', 'a', 'b'));
  await redis.take(40);
  redis.send(bulk(LARGE) + bulk(LARGE));
  t.equal((await c.take(tooLong.length)).toString(), tooLong);
  const MANY = 10;
  const big = bulk(LARGE);
  c.write(Buffer.concat(Array.from({ length: MANY }, () => request('GET', 'a'))));
  await redis.take(20 * MANY);
  redis.send(big.repeat(MANY));
  t.equal((await c.take(big.length * MANY)).toString(), big.repeat(MANY), 'one after the other');
  const gone = await Client.to(proxy.port);
  gone.write(request('GET', 'a'));
  await redis.take(20);
  redis.send('$1\r\na\r\n', redis.sockets.length - 1);
  gone.close();
  while (proxy.value('redis.p.downstream_cx_active') > 1) await new Promise((resolve) => setImmediate(resolve));
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
});
