import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import t from 'tap';
import { Client, RealRedis, request, startProxy, type TestProxy } from './harness.ts';

const run = promisify(execFile);
const MB = 1024 * 1024;

function ioredis(port: number): Redis {
  return new Redis({
    port,
    host: '127.0.0.1',
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
}

t.test('one redis-server', async (t) => {
  const redis = await RealRedis.start();
  const proxy: TestProxy = await startProxy([redis.port]);
  const client = ioredis(proxy.port);
  t.teardown(async () => {
    client.disconnect();
    await proxy.close();
    await redis.stop();
  });

  await t.test('values of every kind', async (t) => {
    t.equal(await client.set('a', '1'), 'OK');
    t.equal(await client.get('a'), '1');
    t.equal(await client.incr('a'), 2);
    t.equal(await client.get('missing'), null);
    t.equal(await client.hset('h', 'x', '1', 'y', '2'), 2);
    t.same(await client.hgetall('h'), { x: '1', y: '2' });
    await client.rpush('l', 'a', 'b', 'c');
    t.same(await client.lrange('l', 0, -1), ['a', 'b', 'c']);
    await client.geoadd('g', 13.4, 52.5, 'berlin');
    const positions = await client.geopos('g', 'berlin', 'nowhere');
    t.equal(positions[1], null, 'a null array of redis-server');
    t.same(await client.eval('return {KEYS[1], ARGV[1], {1, 2}}', 1, 'k', 'v'), ['k', 'v', [1, 2]]);
    await t.rejects(client.lpush('a', 'x'), /WRONGTYPE/);
    await t.rejects(client.call('SELECT', '1'), /ERR SELECT is not allowed in cluster mode/);
    t.equal(await client.call('SELECT', '0'), 'OK');
    await t.rejects(client.call('SELECT', '0', '1'), /wrong number of arguments/);
  });

  await t.test('ioredis with its own defaults becomes ready, and with the name of a database', async (t) => {
    for (const options of [{}, { db: 0, connectionName: 'me' }]) {
      const own = new Redis({ port: proxy.port, host: '127.0.0.1', ...options });
      await new Promise<void>((resolve, reject) => own.once('ready', resolve).once('error', reject));
      t.equal(await own.set('ready', '1'), 'OK');
      t.match(await own.info('server'), /redis_version:\d/);
      t.match(await own.info(), /loading:0/);
      own.disconnect();
    }
    t.equal(proxy.value('redis.p.splitter.unsupported_command'), 0);
  });

  await t.test('binary keys and values', async (t) => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await client.set(all, all);
    t.ok((await client.getBuffer(all))!.equals(all));
    const line = Buffer.from('a\r\n$5\r\nb');
    await client.mset(line, line, all, Buffer.alloc(0));
    const [x, y] = await client.mgetBuffer(line, all);
    t.ok(x!.equals(line));
    t.equal(y!.length, 0);
  });

  await t.test('splits', async (t) => {
    const n = 500;
    const pairs = Array.from({ length: n }, (_, i) => [`s${i}`, `v${i}`]).flat();
    t.equal(await client.mset(...pairs), 'OK');
    const keys = Array.from({ length: n }, (_, i) => `s${i}`);
    t.same(await client.mget(...keys, 'none'), [...keys.map((k) => k.replace('s', 'v')), null]);
    t.equal(await client.exists(...keys, 'none', 's1'), n + 1);
    t.equal(await client.touch(...keys), n);
    t.equal(await client.unlink('s0', 's1', 'none'), 2);
    t.equal(await client.del(...keys), n - 2);
  });

  await t.test('pipelines of 10,000 on 8 connections', async (t) => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, c) => {
        const one = ioredis(proxy.port);
        const p = one.pipeline();
        for (let i = 0; i < 5000; i++) p.set(`p${c}:${i}`, `${c}.${i}`).get(`p${c}:${i}`);
        const results = (await p.exec())!;
        const wrong = results.filter(([e, v], i) => e !== null || v !== (i % 2 === 0 ? 'OK' : `${c}.${i >> 1}`));
        t.equal(wrong.length, 0);
        one.disconnect();
      }),
    );
  });

  await t.test('10 MB values, next to small ones', async (t) => {
    const value = Buffer.alloc(10 * MB);
    for (let i = 0; i < value.length; i += 4) value.writeUInt32LE((i * 2654435761) >>> 0, i);
    await client.set('big', value);
    const other = ioredis(proxy.port);
    const [big, small, many] = await Promise.all([
      client.getBuffer('big'),
      other.set('small', 'x').then(() => other.get('small')),
      other.mgetBuffer('big', 'small', 'big'),
    ]);
    t.ok(big!.equals(value));
    t.equal(small, 'x');
    t.ok(many[0]!.equals(value));
    t.equal(many[1]!.toString(), 'x');
    t.ok(many[2]!.equals(value));
    await client.mset('m1', value, 'm2', 'y');
    t.ok((await client.getBuffer('m1'))!.equals(value));
    other.disconnect();
  });

  await t.test('redis-cli', async (t) => {
    const cli = async (...args: string[]): Promise<string> =>
      (await run('redis-cli', ['-p', `${proxy.port}`, ...args])).stdout.trim();
    t.equal(await cli('PING'), 'PONG');
    t.equal(await cli('SET', 'cli', 'hello world'), 'OK');
    t.equal(await cli('GET', 'cli'), 'hello world');
    t.equal(await cli('MGET', 'cli', 'nope'), 'hello world');
    t.match(await cli('INFO'), /redis_version/);
    t.match(await cli('KEYS', '*'), /unsupported command 'KEYS'/);
  });

  await t.test('inline requests', async (t) => {
    const c = await Client.to(proxy.port);
    const expected = '+OK\r\n$3\r\na b\r\n+PONG\r\n';
    t.equal(await c.ask('SET inline "a b"\r\nget inline\r\nPING\n', expected), expected);
    c.close();
  });

  await t.test('nothing is left over', async (t) => {
    t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
    t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
    t.equal(proxy.value('cluster.redis.upstream_cx_protocol_error'), 0);
    t.equal(proxy.value('redis.p.downstream_cx_protocol_error'), 0);
  });
});

t.test('redis-server killed and started again underneath', async (t) => {
  let redis = await RealRedis.start();
  const proxy = await startProxy([redis.port]);
  const client = ioredis(proxy.port);
  t.equal(await client.set('a', '1'), 'OK');
  await redis.stop();
  await t.rejects(client.get('a'), /upstream failure/);
  await t.rejects(client.get('a'), /upstream failure/);
  redis = await RealRedis.start(redis.port);
  t.equal(await client.set('a', '2'), 'OK');
  t.equal(await client.get('a'), '2');

  // Killed under load: every request is answered, and the client connections survive.
  const c = await Client.to(proxy.port);
  const get = request('GET', 'a');
  const count = 2000;
  c.write(Buffer.concat(new Array(count).fill(get)));
  await c.take(7);
  await redis.stop();
  c.write(request('PING'));
  let text = '';
  while (!text.endsWith('+PONG\r\n')) text += (await c.take(1)).toString('latin1');
  const rest = text.replaceAll('$1\r\n2\r\n', '').replaceAll('-upstream failure\r\n', '');
  t.equal(rest, '+PONG\r\n');
  c.close();
  client.disconnect();
  await proxy.close();
});

t.test('three servers by MAGLEV: a key stays where it is, hashtags keep keys together', async (t) => {
  const servers = await Promise.all([RealRedis.start(), RealRedis.start(), RealRedis.start()]);
  const proxy = await startProxy(
    servers.map((s) => s.port),
    {
      cluster: { lbPolicy: 'MAGLEV' },
      config: { settings: { opTimeout: 5000, enableHashtagging: true } },
    },
  );
  const client = ioredis(proxy.port);
  const n = 600;
  const keys = Array.from({ length: n }, (_, i) => `key:${i}`);
  t.equal(await client.mset(...keys.flatMap((k) => [k, k])), 'OK');
  t.same(await client.mget(...keys), keys);
  const p = client.pipeline();
  for (const k of keys) p.get(k);
  t.same(
    (await p.exec())!.map(([, v]) => v),
    keys,
  );
  await client.mset(...keys.flatMap((k) => [`{tag}${k}`, k]));
  const tagged: number[] = [];
  for (const s of servers) {
    const direct = ioredis(s.port);
    const all = await direct.keys('*');
    tagged.push(all.filter((k) => k.startsWith('{tag}')).length);
    t.ok(all.filter((k) => !k.startsWith('{tag}')).length > n / 6, 'a fair share');
    direct.disconnect();
  }
  t.same(tagged.sort(), [0, 0, n]);
  t.equal(await client.del(...keys), n);
  client.disconnect();
  await proxy.close();
  for (const s of servers) await s.stop();
});
