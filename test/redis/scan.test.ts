/** SCAN, INFO, INFO.SHARD and CLUSTER with one host and with several. */
import t from 'tap';
import { Client, RealRedis, request, startProxy } from './harness.ts';
import { stand } from './two-hosts.ts';

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const page = (cursor: string, ...keys: string[]): string =>
  `*2\r\n${bulk(cursor)}*${keys.length}\r\n${keys.map(bulk).join('')}`;
const ONE_ERROR = '-finished with 1 error(s)\r\n';

t.test(
  'SCAN goes through several hosts one after the other, with cursors that lead back to the same host',
  async (t) => {
    const { one, two, proxy, c } = await stand(t);
    const asked: string[] = [];
    one.answer = (request) => {
      asked.push(`one ${request.split('\r\n')[4]}`);
      return request.includes('$1\r\n0\r\n') ? page('17', 'a', 'b') : page('0', 'c');
    };
    two.answer = (request) => {
      asked.push(`two ${request.split('\r\n')[4]}`);
      return request.includes('$1\r\n0\r\n') ? page('4503599627370495') : page('0', 'd');
    };
    const steps: [cursor: string, reply: string][] = [
      ['0', page(`${17 * 4096}`, 'a', 'b')],
      [`${17 * 4096}`, page('1', 'c')],
      ['1', page(`${4503599627370495n * 4096n + 1n}`)],
      [`${4503599627370495n * 4096n + 1n}`, page('0', 'd')],
    ];
    for (const [cursor, reply] of steps)
      t.equal(await c.ask(request('SCAN', cursor, 'COUNT', '2'), reply), reply, cursor);
    t.same(asked, ['one 0', 'one 17', 'two 0', 'two 4503599627370495']);
    t.equal(proxy.value('redis.p.command.scan.success'), 4);
    const before = one.asked + two.asked;
    t.equal(await c.ask(request('SCAN', '4095'), page('0')), page('0'), 'a host that has left: nothing more');
    for (const bad of ['x', '', '-1', '18446744073709551616', '999999999999999999999'])
      t.equal(await c.ask(request('SCAN', bad), ONE_ERROR), ONE_ERROR, bad);
    t.equal(one.asked + two.asked, before);
    for (const bad of ['-ERR no\r\n', '+OK\r\n', '*1\r\n$1\r\n0\r\n', page('4503599627370496'), page('x'), 'close']) {
      one.answer = () => bad;
      t.equal(await c.ask(request('SCAN', '0'), ONE_ERROR), ONE_ERROR, JSON.stringify(bad));
    }
    t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  },
);

t.test('every key is found once behind two real servers', async (t) => {
  const [one, two] = [await RealRedis.start(), await RealRedis.start()];
  const proxy = await startProxy([one.port, two.port], { envoy16: false });
  const c = await Client.to(proxy.port);
  t.teardown(async () => {
    c.close();
    await proxy.close();
    await one.stop();
    await two.stop();
  });
  const keys = Array.from({ length: 500 }, (_, i) => `key${i}`);
  await c.ask(request('MSET', ...keys.flatMap((k) => [k, '1'])), '+OK\r\n');
  const seen: string[] = [];
  let cursor = '0';
  do {
    c.write(request('SCAN', cursor, 'COUNT', '20'));
    // The whole reply: as many keys as it says.
    const text = await c.until((s) => {
      const m = /^\*2\r\n\$\d+\r\n\d+\r\n\*(\d+)\r\n/.exec(s);
      return m !== null && s.split('\r\n').length === 5 + 2 * Number(m[1]);
    }, 10_000);
    await c.take(text.length);
    const lines = text.split('\r\n');
    cursor = lines[2];
    for (let i = 5; i < lines.length; i += 2) seen.push(lines[i]);
  } while (cursor !== '0');
  t.same([...new Set(seen)].sort(), [...keys].sort());
});

t.test('with one host its reply is forwarded, and what is no array is one error', async (t) => {
  const { one, two, c } = await stand(t);
  const alone = await startProxy([one.port], { envoy16: false });
  const d = await Client.to(alone.port);
  t.teardown(async () => {
    d.close();
    await alone.close();
  });
  one.answer = () => page('17', 'a');
  t.equal(await d.ask(request('SCAN', '5'), page('17', 'a')), page('17', 'a'));
  for (const bad of ['-ERR invalid cursor\r\n', '+OK\r\n', 'close']) {
    one.answer = () => bad;
    t.equal(await d.ask(request('SCAN', 'x'), ONE_ERROR), ONE_ERROR, JSON.stringify(bad));
  }
  one.answer = () => '$7\r\nloading\r\n';
  t.equal(await d.ask(request('INFO'), '$7\r\nloading\r\n'), '$7\r\nloading\r\n', 'INFO is whole');
  for (const name of ['SCAN', 'scan']) {
    const reply = `-ERR wrong number of arguments for '${name}' command\r\n`;
    t.equal(await c.ask(request(name), reply), reply);
  }
  t.equal(two.asked, 0);
});

const SERVER = '# Server\r\nredis_version:7.0.0\r\nredis_mode:standalone\r\nuptime_in_seconds:';
const first = `${SERVER}12\r\n\r\n# Memory\r\nused_memory:1048576\r\nmaxmemory:0\r\n# Keyspace\r\ndb0:keys=1,expires=2,avg_ttl=3\r\n`;
const second = `${SERVER}700\r\n# Memory\r\nused_memory:524288\r\nother:1\r\n# Keyspace\r\ndb0:keys=10,expires=0,avg_ttl=4\r\n`;

t.test('INFO of several hosts is added up', async (t) => {
  const { one, two, c } = await stand(t);
  one.answer = () => bulk(first);
  two.answer = () => bulk(second);
  c.write(request('INFO'));
  const text = await c.until((s) => s.endsWith('avg_ttl=2\r\n\r\n'), 10_000);
  for (const line of [
    'redis_version:7.0.0',
    'redis_mode:cluster',
    'uptime_in_seconds:700',
    'used_memory:1572864',
    'used_memory_human:1.50M',
    'cluster_enabled:1',
    'connected_clients:0',
    'db0:keys=11,expires=2,avg_ttl=2',
  ])
    t.ok(text.includes(`\r\n${line}\r\n`), line);
  t.notMatch(text, /maxmemory_human|other:/);
  t.equal(Number(/^\$(\d+)/.exec(text)?.[1]), text.length - text.indexOf('\n') - 3);
  await c.take(text.length);
  const keyspace = bulk('# Keyspace\r\ndb0:keys=11,expires=2,avg_ttl=2\r\n');
  t.equal(await c.ask(request('info', 'KEYSPACE', 'x'), keyspace), keyspace, 'one section');
  two.answer = () => '+OK\r\n';
  const wrong = '-unexpected response type received from shard\r\n';
  t.equal(await c.ask(request('INFO'), wrong), wrong);
});

t.test('INFO.SHARD is one host’s, by its place', async (t) => {
  const { one, two, proxy, c } = await stand(t);
  const asked: string[] = [];
  const answering = (reply: string) => (request: string) => {
    asked.push(request);
    return reply;
  };
  one.answer = answering('$1\r\n1\r\n');
  two.answer = answering('-ERR no\r\n');
  t.equal(await c.ask(request('INFO.SHARD', '0'), '$1\r\n1\r\n'), '$1\r\n1\r\n');
  t.equal(await c.ask(request('info.shard', '1', 'cpu'), '-ERR no\r\n'), '-ERR no\r\n');
  t.same(asked, ['*1\r\n$4\r\nINFO\r\n', '*2\r\n$4\r\nINFO\r\n$3\r\ncpu\r\n']);
  const rows: [words: string[], reply: string][] = [
    [['2'], '-ERR shard_id 2 out of range (0-1)\r\n'],
    [['x'], '-ERR invalid shard_id - must be a numeric shard index\r\n'],
    [['70000'], '-ERR invalid shard_id - must be a numeric shard index\r\n'],
    [['1', 'cpu', 'x'], "-wrong number of arguments for 'INFO.SHARD' command\r\n"],
    [[], '-invalid request\r\n'],
  ];
  for (const [words, reply] of rows)
    t.equal(await c.ask(request('INFO.SHARD', ...words), reply), reply, words.join(' '));
  t.equal(asked.length, 2);
  t.equal(proxy.value('redis.p.command.info.shard.total'), 6);
  t.equal(proxy.value('redis.p.command.info.shard.error'), 5);
});

t.test('what any host knows of a Redis Cluster is asked of one; the rest of CLUSTER is refused', async (t) => {
  const { one, two, c } = await stand(t, { envoy16: true });
  for (const words of [
    ['CLUSTER', 'Info'],
    ['cluster', 'SLOTS'],
    ['CLUSTER', 'KEYSLOT', 'a'],
    ['CLUSTER', 'nodes'],
  ])
    t.equal(await c.ask(request(...words), '+OK\r\n'), '+OK\r\n', words.join(' '));
  t.equal(one.asked + two.asked, 4);
  const reply = "-ERR cluster subcommand 'meet' is not supported\r\n";
  t.equal(await c.ask(request('CLUSTER', 'MEET', 'x'), reply), reply);
  t.equal(await c.ask(request('CLUSTER'), '-invalid request\r\n'), '-invalid request\r\n');
  t.equal(one.asked + two.asked, 4);
});
