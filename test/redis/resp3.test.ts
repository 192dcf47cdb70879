/** `protocol_version: RESP3`, beside what test/conformance/cases/redis-resp3 compares with Envoy. */
import t from 'tap';
import { Client, FakeRedis, RealRedis, request, startProxy } from './harness.ts';

const HELLO = '*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n';
const GET = request('GET', 'a').toString('latin1');
const config = { protocolVersion: 'RESP3' } as const;

/** HELLO 3, its answer. */
async function agreed(port: number): Promise<Client> {
  const c = await Client.to(port);
  c.write(HELLO);
  const text = await c.until((s) => s.endsWith('modules\r\n*0\r\n'), 5000);
  t.match(text, /^%7\r\n/);
  await c.take(text.length);
  return c;
}

t.test(
  'a new upstream connection says HELLO 3, with AUTH where there is one, and what was asked for follows at once',
  async (t) => {
    for (const [value, hello] of [
      [undefined, HELLO],
      [{ authPassword: { inlineString: 'pw' } }, request('HELLO', '3', 'AUTH', 'default', 'pw').toString('latin1')],
      [
        { authUsername: { inlineString: 'me' }, authPassword: { inlineString: 'pw' } },
        request('HELLO', '3', 'AUTH', 'me', 'pw').toString('latin1'),
      ],
    ] as const) {
      const host = await FakeRedis.start();
      const typedExtensionProtocolOptions = new Map([
        ['envoy.filters.network.redis_proxy', { typeUrl: 'RedisProtocolOptions', value }],
      ]);
      const cluster = value === undefined ? {} : { typedExtensionProtocolOptions };
      const proxy = await startProxy([host.port], { config, envoy16: false, cluster });
      const c = await agreed(proxy.port);
      c.write(GET);
      t.equal(await host.take(hello.length + GET.length), hello + GET);
      host.send('%1\r\n+proto\r\n:3\r\n_\r\n');
      t.equal(await c.ask('', '_\r\n'), '_\r\n');
      t.equal(proxy.value('cluster.redis.redis_cluster.upstream_resp3_hello_failure'), 0);
      c.close();
      await proxy.close();
      await host.close();
    }
  },
);

t.test('a host that does not speak RESP3 answers nobody', async (t) => {
  for (const reply of ["-ERR unknown command 'HELLO'\r\n", '*2\r\n+proto\r\n:2\r\n', '+OK\r\n']) {
    const host = await FakeRedis.start();
    const proxy = await startProxy([host.port], { config, envoy16: false });
    const c = await agreed(proxy.port);
    c.write(GET);
    await host.take(HELLO.length + GET.length);
    host.send(`${reply}$1\r\nx\r\n`);
    t.equal(await c.ask('', '-upstream failure\r\n'), '-upstream failure\r\n');
    t.equal(proxy.value('cluster.redis.redis_cluster.upstream_resp3_hello_failure'), 1);
    c.write(GET);
    await host.connections(2);
    c.close();
    await proxy.close();
    await host.close();
  }
});

t.test('what one host says of itself is its verbatim string; its map of a setting is an array', async (t) => {
  const redis = await RealRedis.start();
  const proxy = await startProxy([redis.port], { config, envoy16: false });
  const c = await agreed(proxy.port);
  c.write(request('INFO', 'server'));
  t.match(await c.until((s) => s.includes('executable'), 5000), /^=\d+\r\ntxt:# Server\r\n/);
  c.close();
  const d = await agreed(proxy.port);
  const setting = '*2\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n';
  t.equal(await d.ask(request('CONFIG', 'GET', 'maxmemory'), setting), setting);
  d.close();
  await proxy.close();
  await redis.stop();
});
