/** Commands for all hosts of a cluster: how their replies become one, as real Envoy 1.40 was seen to join them (its order of hosts is its own). */
import t from 'tap';
import { Client, request } from './harness.ts';
import { stand } from './two-hosts.ts';

const ARRAY_1 = '*2\r\n$1\r\na\r\n:1\r\n';
const ARRAY_2 = '*1\r\n$1\r\nb\r\n';
const NO_ARRAY = '-non-array response received from shard\r\n';
const NOT_SAME = '-all responses not same\r\n';
const CONCATENATED = ['keys *', 'CONFIG get x', 'config get', 'slowlog get', 'SLOWLOG GET 3'];
const SAME = [
  'flushall',
  'flushall async',
  'flushdb',
  'script load x',
  'config set a b',
  'config rewrite',
  'config resetstat',
  'slowlog reset',
];
const SUMMED = ['slowlog len'];
const NESTED = ['role'];

type Row = [replies: [string, string], words: readonly string[], reply: string];
const ROWS: readonly Row[] = [
  [[ARRAY_1, ARRAY_2], CONCATENATED, '*3\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n'],
  [[ARRAY_1, ARRAY_2], NESTED, `*2\r\n${ARRAY_1}${ARRAY_2}`],
  [[ARRAY_1, ARRAY_2], SAME, NOT_SAME],
  [[ARRAY_1, ARRAY_2], SUMMED, '-non-integer response received from shard\r\n'],
  [['*0\r\n', ARRAY_2], CONCATENATED, ARRAY_2],
  [['*0\r\n', ARRAY_2], NESTED, `*2\r\n*0\r\n${ARRAY_2}`],
  [['*-1\r\n', ARRAY_2], [...CONCATENATED, ...NESTED], NO_ARRAY],
  [['+OK\r\n', '+OK\r\n'], SAME, '+OK\r\n'],
  [['+OK\r\n', '+OK\r\n'], [...CONCATENATED, ...NESTED], NO_ARRAY],
  [['$-1\r\n', '$-1\r\n'], SAME, '$-1\r\n'],
  [[':1\r\n', ':2\r\n'], SUMMED, ':3\r\n'],
  [[':5\r\n', ':-1\r\n'], SUMMED, '-negative value received from upstream\r\n'],
  [[':1\r\n', ':2\r\n'], SAME, NOT_SAME],
  [['-ERR 1\r\n', '-ERR 2\r\n'], [...SAME, ...CONCATENATED, ...NESTED, ...SUMMED], '-ERR 1\r\n'],
  [[ARRAY_1, '-ERR 2\r\n'], [...SAME, ...CONCATENATED, ...NESTED, ...SUMMED], '-ERR 2\r\n'],
  [[ARRAY_1, 'close'], [...SAME, ...CONCATENATED, ...NESTED, ...SUMMED], '-upstream failure\r\n'],
];

t.test('one reply of all replies', async (t) => {
  const { one, two, proxy, c } = await stand(t);
  for (const [[first, second], commands, reply] of ROWS) {
    one.answer = () => first;
    two.answer = () => second;
    for (const words of commands) t.equal(await c.ask(request(...words.split(' ')), reply), reply, words);
  }
  t.equal(one.asked, two.asked, 'each was asked each time');
  t.equal(proxy.value('redis.p.command.role.total'), 7);
  t.equal(proxy.value('redis.p.command.role.success'), 2);
  t.equal(proxy.value('redis.p.command.role.error'), 5);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
});

t.test('answers that need no host, and any one host', async (t) => {
  const { one, two, proxy, c } = await stand(t);
  const unsupported = '-ERR unsupported cluster scope command or invalid arguments\r\n';
  for (const words of [
    ['config', 'foo'],
    ['SLOWLOG', 'x'],
    ['config', 'constructor'],
  ])
    t.equal(await c.ask(request(...words), unsupported), unsupported, words.join(' '));
  for (const words of [['keys'], ['script'], ['config']])
    t.equal(await c.ask(request(...words), '-invalid request\r\n'), '-invalid request\r\n', words.join(' '));
  t.equal(one.asked + two.asked, 0);
  t.equal(proxy.value('redis.p.command.config.error'), 2);
  one.answer = () => '$1\r\n1\r\n';
  two.answer = () => '$1\r\n2\r\n';
  const seen = new Set<string>();
  for (let i = 0; i < 1000 && seen.size < 2; i++) seen.add(await c.ask(request('RANDOMKEY'), '$1\r\n1\r\n'));
  t.equal(seen.size, 2, 'now one, now the other');
});

t.test('they keep their place among other replies', async (t) => {
  const { one, two, c } = await stand(t);
  one.answer = (asked) => (asked.includes('keys') ? ARRAY_1 : '$1\r\nv\r\n');
  two.answer = (asked) => (asked.includes('keys') ? ARRAY_2 : '$1\r\nv\r\n');
  c.write(
    Buffer.concat([
      request('GET', 'a'),
      request('keys', '*'),
      request('PING'),
      request('GET', 'b'),
      request('GET', 'c'),
    ]),
  );
  const expected = '$1\r\nv\r\n*3\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n+PONG\r\n$1\r\nv\r\n$1\r\nv\r\n';
  t.equal((await c.take(expected.length)).toString('latin1'), expected);
});

t.test('without a host, or a route for no key, there is none to ask', async (t) => {
  const none = '-no upstream host\r\n';
  const { c } = await stand(t, { cluster: { loadAssignment: { clusterName: 'redis', endpoints: [] } } });
  t.equal(await c.ask(request('FLUSHALL'), none), none);
  const only = await stand(t, { config: { prefixRoutes: { routes: [{ prefix: 'p', cluster: 'redis' }] } } });
  t.equal(await only.c.ask(request('KEYS', '*'), none), none);
  t.equal(only.one.asked, 0);
});

t.test('with a v2 config clients cannot do to whole servers what they could not before', async (t) => {
  const { one, two, c } = await stand(t, { envoy16: true });
  for (const words of [
    ['FLUSHALL', 'x'],
    ['CONFIG', 'SET', 'dir', '/'],
    ['KEYS', '*'],
    ['SCRIPT', 'FLUSH'],
  ]) {
    const reply = `-unsupported command '${words[0]}'\r\n`;
    t.equal(await c.ask(request(...words), reply), reply);
  }
  t.equal(one.asked + two.asked, 0);
});

t.test('what is kept of replies is bounded: for one request, and for all of a client', async (t) => {
  const LIMIT = 64 * 1024;
  const { one, two, proxy, c } = await stand(t, { bufferLimit: LIMIT, opTimeout: 20_000 });
  const array = (bytes: number): string => `*1\r\n$${bytes}\r\n${'x'.repeat(bytes)}\r\n`;
  const tooLong = '-ERR the reply of a host is longer than per_connection_buffer_limit_bytes\r\n';
  one.answer = () => array(LIMIT);
  two.answer = () => '*0\r\n';
  t.equal(await c.ask(request('KEYS', '*'), tooLong), tooLong);
  one.answer = () => array(LIMIT / 2);
  const whole = array(LIMIT / 2);
  t.equal(await c.ask(request('KEYS', '*'), whole), whole);
  // The first host answers all, the second none yet: the first is not read any more.
  two.answer = () => null;
  const before = one.asked;
  const MANY = 100;
  c.write(Buffer.concat(Array.from({ length: MANY }, () => request('KEYS', '*'))));
  const paused = (): number => proxy.value('cluster.redis.upstream_flow_control_paused_reading_total');
  while (paused() === 0 || one.asked < before + MANY) await new Promise((resolve) => setImmediate(resolve));
  const [waiting] = two.sockets;
  waiting.write('*0\r\n'.repeat(MANY));
  t.equal((await c.take(whole.length * MANY)).toString('latin1'), whole.repeat(MANY));
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
});

t.test('a client that leaves while parts are on their way harms nobody', async (t) => {
  const { one, two, proxy, c } = await stand(t);
  one.answer = () => ARRAY_1;
  two.answer = () => null;
  const gone = await Client.to(proxy.port);
  gone.write(request('KEYS', '*'));
  while (two.asked === 0) await new Promise((resolve) => setImmediate(resolve));
  gone.close();
  while (proxy.value('redis.p.downstream_cx_active') > 1) await new Promise((resolve) => setImmediate(resolve));
  two.answer = () => ARRAY_2;
  for (const s of two.sockets) s.write(ARRAY_2);
  const reply = '*3\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n';
  t.equal(await c.ask(request('KEYS', '*'), reply), reply);
  t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
});
