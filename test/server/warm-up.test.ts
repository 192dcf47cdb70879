/** Requests before the first: all protocols are spoken, nobody hears of them, and they end when somebody comes. */
import t from 'tap';
import type { Cluster, Listener } from '../../src/config/schema/types.ts';
import { heldMemory } from '../../src/platform/held-memory.ts';
import { type WarmUpOptions, warmUp } from '../../src/server/warm-up/warm-up.ts';
import { connectionIds } from '../../src/transport/connection.ts';
import { internal } from '../../src/transport/internal.ts';
import { HTTP_PROTOCOL_OPTIONS } from '../../src/upstream/http-settings.ts';
import { answering, cluster, get, OK, TestProxy, Upstream } from '../http/proxy.ts';

const chain = (typeUrl: string): Listener =>
  ({ filterChains: [{ filters: [{ typedConfig: { typeUrl, value: {} } }] }] }) as Listener;
const HTTP = chain('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager');
const REDIS = chain('envoy.extensions.filters.network.redis_proxy.v3.RedisProxy');
const TCP = chain('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy');
const H1: Cluster = { name: 'a' };
const H2 = { name: 'b', http2ProtocolOptions: {} } as Cluster;
const TYPED_H2: Cluster = {
  name: 'c',
  typedExtensionProtocolOptions: new Map([
    [
      HTTP_PROTOCOL_OPTIONS,
      { typeUrl: HTTP_PROTOCOL_OPTIONS, value: { explicitHttpConfig: { http2ProtocolOptions: {} } } },
    ],
  ]),
};

const run = (options: Partial<WarmUpOptions>): Promise<number> =>
  warmUp({ clusters: [], listeners: [], over: () => false, cpus: Number.POSITIVE_INFINITY, ...options });

const EACH = 1050;

t.test('each protocol that the config speaks is spoken, to the last request', async (t) => {
  t.equal(await run({ listeners: [HTTP], clusters: [H1] }), EACH, 'HTTP/1');
  t.equal(await run({ listeners: [HTTP], clusters: [H2] }), EACH, 'HTTP/2');
  t.equal(await run({ listeners: [HTTP], clusters: [H1, TYPED_H2] }), 2 * EACH, 'both, by typed options');
  t.equal(await run({ listeners: [REDIS], clusters: [H1] }), EACH, 'Redis');
  t.equal(await run({ listeners: [HTTP, REDIS, TCP], clusters: [H1, H2] }), 3 * EACH, 'all');
  t.equal(await run({ listeners: [TCP], clusters: [H1] }), 0, 'nothing to speak');
});

t.test('it leaves nothing behind', async (t) => {
  const before = [connectionIds.next, heldMemory.bytes, internal.connect];
  t.equal(await run({ listeners: [HTTP, REDIS], clusters: [H1, H2] }), 3 * EACH);
  await new Promise(setImmediate);
  t.same([connectionIds.next, heldMemory.bytes, internal.connect], before, 'but one request that waits in memory');
});

t.test('it ends when somebody comes, and he is served meanwhile', async (t) => {
  const u = await Upstream.start(answering(OK));
  const p = await TestProxy.start({ clusters: [cluster('u', [u.port])] });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  let asked = 0;
  const first = connectionIds.next;
  const warm = run({ listeners: [HTTP], clusters: [H1], over: () => p.engine.connections > 0 && asked++ >= 0 });
  const c = p.connect();
  c.send(get('/'));
  t.match((await c.message()).start, /200/);
  const answered = await warm;
  t.ok(answered < EACH, `${answered}`);
  t.ok(asked > 0);
  t.ok(connectionIds.next > first, 'ids that were given stay given');
  t.equal(p.value('http.h.downstream_rq_total'), 1, 'its store knows of that one only');
  t.equal(p.value('cluster.u.upstream_rq_total'), 1);
  c.close();
});

t.test('a share of a CPU limit is used, no more', async (t) => {
  const pauses: number[] = [];
  const pause = async (ms: number): Promise<void> => void pauses.push(ms);
  t.equal(await run({ listeners: [HTTP], clusters: [H1], cpus: 0.0001, pause }), EACH);
  t.equal(pauses.length, EACH / 50, 'after each batch');
  for (let i = 1; i < pauses.length; i++) t.ok(pauses[i] > pauses[i - 1], 'what is used adds up');
  pauses.length = 0;
  t.equal(await run({ listeners: [HTTP], clusters: [H1], pause }), EACH);
  t.same(pauses, [], 'without a limit');
});
