/** AUTH to the hosts of a cluster: RedisProtocolOptions. */
import t from 'tap';
import type { RedisProtocolOptions } from '../../src/config/schema/types.ts';
import { captureLog } from '../../src/log/logger.ts';
import { Client, FakeRedis, RealRedis, request, startProxy, type TestProxy } from './harness.ts';

const GET = request('GET', 'a').toString('latin1');

function options(value: RedisProtocolOptions, name = 'envoy.filters.network.redis_proxy'): object {
  return {
    typedExtensionProtocolOptions: new Map([
      [name, { typeUrl: 'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions', value }],
    ]),
  };
}

async function first(
  t: { teardown(fn: () => unknown): void },
  cluster: (port: number) => object,
): Promise<[FakeRedis, Client, TestProxy]> {
  const host = await FakeRedis.start();
  const proxy = await startProxy([host.port], { cluster: cluster(host.port) });
  const c = await Client.to(proxy.port);
  t.teardown(async () => {
    c.close();
    await proxy.close();
    await host.close();
  });
  return [host, c, proxy];
}

t.test(
  'a password, and a user with a password, are said first on each connection; the reply is no client’s',
  async (t) => {
    for (const [value, words] of [
      [{ authPassword: { inlineString: 'geheim' } }, ['geheim']],
      [{ authUsername: { inlineString: 'app' }, authPassword: { inlineString: 'geheim' } }, ['app', 'geheim']],
    ] as const) {
      for (const name of ['envoy.filters.network.redis_proxy', 'envoy.redis_proxy']) {
        const [host, c, proxy] = await first(t, () => options(value, name));
        c.write(GET);
        const auth = request('auth', ...words).toString('latin1');
        t.equal(await host.take(auth.length + GET.length), auth + GET);
        host.send('+OK\r\n$1\r\nv\r\n');
        t.equal(await c.ask('', '$1\r\nv\r\n'), '$1\r\nv\r\n');
        t.equal(proxy.value('cluster.redis.upstream_rq_total'), 2);
        t.equal(proxy.value('cluster.redis.upstream_rq_active'), 0);
      }
    }
  },
);

t.test('an address of `credentials` has its own, the others the cluster’s', async (t) => {
  const own = (address: string) => (port: number) =>
    options({
      authPassword: { inlineString: 'usual' },
      credentials: [
        { address: { socketAddress: { address, portValue: port } }, authPassword: { inlineString: 'special' } },
      ],
    });
  for (const [address, password] of [
    ['127.0.0.1', 'special'],
    ['127.0.0.2', 'usual'],
  ]) {
    const [host, c] = await first(t, own(address));
    c.write(GET);
    const auth = request('auth', password).toString('latin1');
    t.equal(await host.take(auth.length), auth);
  }
});

t.test(
  'a refused AUTH is said in the log, without the password, and the client hears what the host says to its own request',
  async (t) => {
    const [host, c] = await first(t, () => options({ authPassword: { inlineString: 'geheim' } }));
    const lines: string[] = [];
    t.teardown(captureLog((line: string) => void lines.push(line)));
    c.write(GET);
    await host.take(1);
    host.send('-WRONGPASS invalid\r\n-NOAUTH Authentication required.\r\n');
    await c.ask('', '-NOAUTH Authentication required.\r\n');
    t.match(lines.join(''), /a connection begins with is refused by 127\.0\.0\.1:\d+: "WRONGPASS invalid"/);
    t.notMatch(lines.join(''), /geheim/);
  },
);

t.test('a secret that cannot be read is refused in Envoy’s words', async (t) => {
  await t.rejects(startProxy([1], { cluster: options({ authPassword: { filename: '/does/not/exist' } }) }), {
    message: /Invalid path: \/does\/not\/exist/,
  });
});

t.test('with a real server that asks for a password', async (t) => {
  const server = await RealRedis.start();
  t.teardown(() => server.stop());
  const direct = await Client.to(server.port);
  await direct.ask(request('CONFIG', 'SET', 'requirepass', 'geheim'), '+OK\r\n');
  direct.close();
  const proxy = await startProxy([server.port], { cluster: options({ authPassword: { inlineString: 'geheim' } }) });
  const c = await Client.to(proxy.port);
  t.teardown(async () => {
    c.close();
    await proxy.close();
  });
  t.equal(await c.ask(request('SET', 'k', 'v'), '+OK\r\n'), '+OK\r\n');
  t.equal(await c.ask(request('MGET', 'k', 'none'), '*2\r\n$1\r\nv\r\n$-1\r\n'), '*2\r\n$1\r\nv\r\n$-1\r\n');
});
