/** Copies of requests to other clusters, and reads that go elsewhere, as real Envoy 1.40 sends them. */
import t from 'tap';
import type { RedisProxyPrefixRoutesRoute } from '../../src/config/schema/types.ts';
import { Client, FakeRedis, request, startProxy, type TestProxy, latin1 as text } from './harness.ts';

interface Stand {
  readonly own: FakeRedis;
  readonly other: FakeRedis;
  readonly proxy: TestProxy;
  readonly c: Client;
}

async function stand(
  t: { teardown(fn: () => unknown): void },
  route: Partial<RedisProxyPrefixRoutesRoute>,
  bufferLimit?: number,
): Promise<Stand> {
  const [own, other] = [await FakeRedis.start(), await FakeRedis.start()];
  const catchAllRoute = { cluster: 'redis', ...route };
  const proxy = await startProxy([own.port], {
    envoy16: false,
    more: { other: [other.port] },
    cluster: {},
    bufferLimit,
    config: {
      prefixRoutes: route.prefix === undefined ? { catchAllRoute } : { routes: [catchAllRoute] },
    },
  });
  const c = await Client.to(proxy.port);
  t.teardown(async () => {
    c.close();
    await proxy.close();
    await own.close();
    await other.close();
  });
  return { own, other, proxy, c };
}

const GET = request('GET', 'a');
const SET = request('SET', 'a', '1');

t.test(
  'what is asked is also said to the mirror, whose answers nobody hears, in whatever order they come',
  async (t) => {
    const { own, other, proxy, c } = await stand(t, { requestMirrorPolicy: [{ cluster: 'other' }] });
    c.write(Buffer.concat([SET, GET]));
    t.equal(await own.take(SET.length + GET.length), text(SET, GET));
    t.equal(await other.take(SET.length + GET.length), text(SET, GET));
    other.send('-ERR no\r\n$5\r\nwrong\r\n');
    own.send('+OK\r\n$1\r\n1\r\n');
    t.equal(await c.ask('', '+OK\r\n$1\r\n1\r\n'), '+OK\r\n$1\r\n1\r\n');
    t.equal(proxy.value('redis.p.command.set.total'), 1, 'counted once');
    t.equal(proxy.value('cluster.other.upstream_rq_total'), 2);
    t.equal(proxy.value('cluster.redis.upstream_rq_total'), 2);
  },
);

t.test('a mirror that is not there, does not answer or leaves in the middle is nobody’s trouble', async (t) => {
  const { own, other, c } = await stand(t, {
    requestMirrorPolicy: [{ cluster: 'none' }, { cluster: 'other' }],
  });
  for (const value of ['1', '22', '333']) {
    c.write(GET);
    await own.expect(text(GET), `$${value.length}\r\n${value}\r\n`);
    const reply = `$${value.length}\r\n${value}\r\n`;
    t.equal(await c.ask('', reply), reply);
    await other.take(GET.length);
    other.sockets.at(-1)?.destroy();
  }
});

t.test(
  'exclude_read_commands leaves out what changes nothing, parts of MGET too; MSET goes as its parts',
  async (t) => {
    const { own, other, c } = await stand(t, {
      requestMirrorPolicy: [{ cluster: 'other', excludeReadCommands: true }],
    });
    const parts = [request('get', 'k1'), request('get', 'k2')];
    c.write(request('MGET', 'k1', 'k2'));
    await own.expect(text(...parts), '$-1\r\n$-1\r\n');
    await c.ask('', '*2\r\n$-1\r\n$-1\r\n');
    c.write(request('MSET', 'k1', 'x', 'k2', 'y'));
    const sets = text(request('set', 'k1', 'x'), request('set', 'k2', 'y'));
    await own.expect(sets, '+OK\r\n+OK\r\n');
    t.equal(await other.take(sets.length), sets, 'nothing of the MGET came before');
    await c.ask('', '+OK\r\n');
  },
);

t.test('a share of none is never copied', async (t) => {
  const { own, other, c } = await stand(t, {
    requestMirrorPolicy: [{ cluster: 'other', runtimeFraction: { defaultValue: { numerator: 0 } } }],
  });
  for (let i = 0; i < 20; i++) {
    c.write(SET);
    await own.expect(text(SET), '+OK\r\n');
    await c.ask('', '+OK\r\n');
  }
  t.equal(other.sockets.length, 0);
});

t.test('the copy’s key has lost its prefix too, also in parts and in a request of many reads', async (t) => {
  const { own, other, c } = await stand(t, {
    prefix: 'p:',
    removePrefix: true,
    requestMirrorPolicy: [{ cluster: 'other' }],
  });
  const big = 'v'.repeat(300_000);
  const sent = text(request('GET', 'a'), request('del', 'x'), request('del', 'y'), request('SET', 'b', big));
  c.write(request('GET', 'p:a'));
  c.write(request('del', 'p:x', 'p:y'));
  c.write(request('SET', 'p:b', big));
  t.ok((await own.take(sent.length)) === sent);
  t.ok((await other.take(sent.length)) === sent);
});

t.test('copies are given up where their host does not read, and counted; the client goes on', async (t) => {
  const { own, other, proxy, c } = await stand(t, { requestMirrorPolicy: [{ cluster: 'other' }] });
  own.onData = (s, d) => void s.write('+OK\r\n'.repeat(d.toString('latin1').split('SET').length - 1));
  other.onData = () => {};
  const big = request('SET', 'k', 'x'.repeat(100_000));
  await c.ask(big, '+OK\r\n');
  await other.connections(1);
  other.sockets[0].pause();
  for (let i = 0; i < 200 && proxy.value('redis.p.splitter.mirror_abandoned_total') === 0; i++)
    await c.ask(big, '+OK\r\n');
  t.ok(proxy.value('redis.p.splitter.mirror_abandoned_total') > 0);
});

t.test('read_command_policy sends what changes nothing to its own cluster, the parts of MGET too', async (t) => {
  const { own, other, c } = await stand(t, { readCommandPolicy: { cluster: 'other' } });
  c.write(GET);
  await other.expect(text(GET), '$1\r\nr\r\n');
  await c.ask('', '$1\r\nr\r\n');
  c.write(SET);
  await own.expect(text(SET), '+OK\r\n');
  await c.ask('', '+OK\r\n');
  c.write(request('mget', 'a'));
  await other.expect(text(request('get', 'a')), '$1\r\nr\r\n');
  t.equal(await c.ask('', '*1\r\n$1\r\nr\r\n'), '*1\r\n$1\r\nr\r\n');
});
