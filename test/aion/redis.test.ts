// The four AION sidecars with redis_proxy before a real redis-server: ioredis and redis-cli, started as their deployments do.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as net from 'node:net';
import { Redis } from 'ioredis';
import t, { type Test } from 'tap';
import { RedisServer } from '../support/redis-server.ts';
import { haveRedis } from '../tools/oracles.ts';
import { realEnvoy, Sidecar, type SidecarName } from './sidecar.ts';

const NAMES: SidecarName[] = ['service-broker', 'service-broker-master', 'status-kanban', 'kanban-replicator'];
const BIG = 10 * 1024 * 1024;

if (!haveRedis(false)) t.pass('no redis-server on this machine', { skip: 'redis-server is missing' });
else for (const name of NAMES) t.test(`${name}: Redis through the sidecar`, (t) => suite(t, name));

async function suite(t: Test, name: SidecarName): Promise<void> {
  let server = await RedisServer.start();
  t.teardown(() => server.stop());
  const sidecar = await Sidecar.start(name, { redis: server.port });
  t.teardown(() => sidecar.stop());
  const client = connect(sidecar.redisPort);
  t.teardown(() => client.disconnect());

  await t.test('values of every type, binary safe', async (t) => {
    const value = randomBytes(3000);
    await client.set('bin', value);
    t.strictSame(await client.getBuffer('bin'), value);
    t.equal(await client.incrby('n', 41), 41);
    await client.hset('h', { a: '1', b: '' });
    t.strictSame(await client.hgetall('h'), { a: '1', b: '' });
    await client.rpush('l', 'x', 'y', 'z');
    t.strictSame(await client.lrange('l', 0, -1), ['x', 'y', 'z']);
    t.equal(await client.get('missing'), null);
    t.equal(await client.eval('return {KEYS[1], ARGV[1], 7}', 1, 'k', 'v').then(String), 'k,v,7');
  });

  await t.test('pipelines of 1,000 commands from five clients are answered in order', async (t) => {
    const clients = Array.from({ length: 5 }, () => connect(sidecar.redisPort));
    const runs = clients.map(async (c, who) => {
      const pipeline = c.pipeline();
      for (let i = 0; i < 500; i++) pipeline.set(`p:${who}:${i}`, `${who}-${i}`).get(`p:${who}:${i}`);
      const replies = (await pipeline.exec()) ?? [];
      return replies.every(
        ([error, reply], i) => error === null && reply === (i % 2 === 0 ? 'OK' : `${who}-${i >> 1}`),
      );
    });
    t.strictSame(await Promise.all(runs), [true, true, true, true, true]);
    for (const c of clients) c.disconnect();
  });

  await t.test('10 MB values', async (t) => {
    const value = randomBytes(BIG);
    await client.set('big', value);
    const [a, b] = await Promise.all([client.getBuffer('big'), client.getBuffer('big')]);
    t.ok(a?.equals(value) && b?.equals(value), 'the same 10 MB, twice');
    await client.del('big');
  });

  await t.test('MGET, MSET, DEL, EXISTS, TOUCH and UNLINK are split and put together again', async (t) => {
    const keys = Array.from({ length: 60 }, (_, i) => `split:${i}`);
    t.equal(await client.mset(new Map(keys.map((key, i) => [key, String(i)]))), 'OK');
    t.strictSame(await client.mget('none', ...keys), [null, ...keys.map((_, i) => String(i))]);
    t.equal(await client.exists('none', ...keys), 60);
    t.equal(await client.touch(...keys, 'none'), 60);
    t.equal(await client.unlink(...keys.slice(0, 20)), 20);
    t.equal(await client.del(...keys), 40);
    await client.lpush('list', 'x');
    t.match(await client.mget('n', 'list').then(String, String), /41|WRONGTYPE/);
  });

  await t.test("an unknown command is answered in 1.16's words", { skip: realEnvoy !== '' }, async (t) => {
    await t.rejects(client.call('FOO', 'a'), { message: "unsupported command 'FOO'" });
    await t.rejects(client.call('GET'), { message: 'invalid request' });
    await t.rejects(client.call('MSET', 'a', 'b', 'c'), { message: "wrong number of arguments for 'MSET' command" });
    t.equal(await client.get('n'), '41', 'and the connection goes on');
  });

  await t.test('an inline PING, as a probe sends it', async (t) => {
    const probe = net.connect({ port: sidecar.redisPort, host: '127.0.0.1' });
    probe.write('PING\r\n');
    const [answer] = (await once(probe, 'data')) as [Buffer];
    probe.destroy();
    t.equal(answer.toString(), '+PONG\r\n');
  });

  await t.test('redis-cli', async (t) => {
    const cli = (args: string[], input = ''): Promise<string> => redisCli(sidecar.redisPort, args, input);
    t.equal(await cli(['SET', 'cli', 'a b']), 'OK\n');
    t.equal(await cli(['GET', 'cli']), 'a b\n');
    t.equal(await cli(['PING']), 'PONG\n');
    t.equal(await cli([], 'SET c1 1\nINCR c1\nGET c1\nMGET c1 cli\n'), 'OK\n2\n2\n2\na b\n');
    t.equal(await cli(['-x', 'SET', 'big'], 'y'.repeat(BIG)), 'OK\n');
    t.equal(await cli(['STRLEN', 'big']), `${BIG}\n`);
  });

  await t.test('redis-server restarted underneath: errors while it is away, then answers again', async (t) => {
    await server.stop();
    await t.rejects(client.get('n'), { message: 'upstream failure' });
    await t.rejects(client.get('n'), { message: 'upstream failure' });
    server = await RedisServer.start(server.port);
    t.equal(await client.set('after', 'restart'), 'OK', 'the same client connection');
    t.equal(await client.get('after'), 'restart');
  });

  await t.test('SIGTERM: exit code 0', async (t) => {
    t.equal(await sidecar.stop(), 0);
  });
}

function connect(port: number): Redis {
  const redis = new Redis({
    port,
    host: '127.0.0.1',
    // 1.16 has no HELLO, INFO or CLIENT; its users switch them off.
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null,
  });
  redis.on('error', () => {});
  return redis;
}

async function redisCli(port: number, args: readonly string[], input: string): Promise<string> {
  const child = spawn('redis-cli', ['-p', String(port), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  // Who needs no input may be gone before it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  await once(child, 'close');
  return out;
}
