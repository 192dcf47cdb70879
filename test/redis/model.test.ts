/**
 * A model checker: fifty clients send random commands of all types while their Redis is killed, stopped, restarted, hands over and is resharded;
 * every reply is one that the model allows, and nobody gets what is another one's. MODEL_SECONDS makes it longer, MODEL_SEED another one.
 */
import t, { type Test } from 'tap';
import { LoadedClusterTypes } from '../../src/upstream/discovery/cluster-types.ts';
import { type ProxyOptions, RealRedis, startProxy, type TestProxy } from './harness.ts';
import { ask } from './model/ask.ts';
import { ModelClient, type Tally, type Weather } from './model/client.ts';
import { RedisCluster } from './model/cluster.ts';
import { Listener, speak } from './model/listener.ts';

const SECONDS = Number(process.env['MODEL_SECONDS'] ?? 12);
const SEED = Number(process.env['MODEL_SEED'] ?? 1);
const CLIENTS = 50;
const OP_TIMEOUT_MS = 500;
const TYPE = 'envoy.extensions.clusters.redis.v3.RedisClusterConfig';

t.setTimeout((SECONDS * 2 + 120) * 1000);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The same numbers each time; one says nothing about the next (mulberry32). */
function generator(seed: number): (n: number) => number {
  let state = (seed * 2654435761) >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

/** What is done to the upstream, and what clients may see of it. */
type Event = (weather: Weather, draw: (n: number) => number) => Promise<void>;

/** Replies may be failures meanwhile. */
async function foul(weather: Weather, act: () => Promise<void>): Promise<void> {
  weather.failing = true;
  await act();
  weather.failedUntil = performance.now();
  weather.failing = false;
}

async function play(proxy: TestProxy, events: readonly Event[], seconds: number, sessions: boolean): Promise<Tally> {
  const { upstreamRqTimeout } = proxy.clusters.get('redis')!.info.stats;
  const timeouts = (): number => upstreamRqTimeout.value;
  const weather: Weather = { failing: false, timeouts, failedUntil: 0, deciding: false, lost: new Set(), lateUntil: 0 };
  const tally: Tally = { commands: 0, failed: new Map(), wrong: [], suspects: [], closed: 0 };
  const end = performance.now() + seconds * 1000;
  let storms = true;
  const over = (): boolean => tally.wrong.length > 0 || (performance.now() > end && !storms);
  const clients = Array.from({ length: CLIENTS }, (_, id) =>
    new ModelClient({ id, port: () => proxy.port, draw: generator(SEED * 1000 + id), weather, tally, sessions }).run(
      over,
    ),
  );
  const draw = generator(SEED * 1000 + CLIENTS);
  const chaos = (async () => {
    while (performance.now() < end && tally.wrong.length === 0) {
      await pause(100 + draw(300));
      await events[draw(events.length)](weather, draw);
    }
    storms = false;
  })();
  await Promise.all([chaos, ...clients]);
  return tally;
}

function judge(t: Test, proxy: TestProxy, tally: Tally, name: string): void {
  t.strictSame(tally.wrong, []);
  const failures = [...tally.failed].map(([text, n]) => `${n} ${text}`).join(', ');
  t.comment(`${name}: ${tally.commands} commands, failed: ${failures || 'none'}, ${tally.closed} connections closed`);
  t.ok(tally.commands > 0, 'they have asked');
  t.equal(proxy.value('redis.p.downstream_cx_protocol_error'), 0);
  t.equal(proxy.value('cluster.redis.upstream_cx_protocol_error'), 0);
}

/** Written before it is answered: what was acknowledged is there after the death. */
async function durable(t: Test, port = 0, dir = t.testdir()): Promise<RealRedis> {
  return RealRedis.start(port, ['--appendonly', 'yes', '--appendfsync', 'no', '--dir', dir]);
}

for (const sessions of [false, true]) {
  const name = sessions ? 'session mode' : 'one Redis';
  t.test(`${name} that is killed, stopped and disconnected`, async (t) => {
    const dir = t.testdir();
    let redis = await durable(t, 0, dir);
    const { port } = redis;
    const metadata = { filterMetadata: new Map([['envoylet.redis', { session_mode: true, idle_timeout: 0.1 }]]) };
    const options: ProxyOptions = { envoy16: false, opTimeout: OP_TIMEOUT_MS };
    const proxy = await startProxy([port], sessions ? { ...options, cluster: { metadata } as never } : options);
    const kill: Event = (weather, draw) =>
      foul(weather, async () => {
        await redis.stop();
        await pause(draw(100));
        redis = await durable(t, port, dir);
      });
    const stop: Event = async (weather, draw) => {
      weather.lateUntil = Number.POSITIVE_INFINITY;
      await foul(weather, async () => {
        redis.signal('SIGSTOP');
        await pause(draw(OP_TIMEOUT_MS * 2));
        redis.signal('SIGCONT');
        await ask(port, 'PING');
        await pause(50);
      });
      weather.lateUntil = performance.now();
    };
    const disconnect: Event = (weather) =>
      foul(weather, async () => void (await ask(port, 'CLIENT', 'KILL', 'TYPE', 'normal')));
    const tally: Promise<Tally> = play(proxy, [kill, stop, disconnect, disconnect], SECONDS / 4, sessions);
    if (!sessions) judge(t, proxy, await tally, name);
    else {
      const ears = [0, 1, 2].map((id) => new Listener(id));
      let over = false;
      for (const ear of ears) ear.listen(proxy.port);
      const mouth = speak(proxy.port, ears.length, () => over);
      const done = await tally;
      // Whoever has had no fair weather yet has it now.
      while (ears.some((ear) => ear.heard === 0)) await pause(5);
      over = true;
      await mouth;
      for (const ear of ears) {
        ear.end();
        done.wrong.push(...ear.wrong);
      }
      judge(t, proxy, done, name);
    }
    while (proxy.value('redis.p.downstream_cx_active') > 0) await pause(5);
    t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
    if (sessions) while (proxy.value('redis.p.session.pinned_active') > 0) await pause(5);
    await proxy.close();
    await redis.stop();
  });
}

t.test('a Redis Cluster that hands over, fails over and is resharded', async (t) => {
  const types = new LoadedClusterTypes();
  await types.prepare([{ clusterType: { name: 'envoy.clusters.redis', typedConfig: { typeUrl: TYPE, value: {} } } }]);
  const cluster = await RedisCluster.start(t.testdir());
  t.teardown(() => cluster.stop());
  const value = { clusterRefreshRate: 500, redirectRefreshInterval: 0, redirectRefreshThreshold: 1 };
  const proxy = await startProxy([cluster.nodes[0].port], {
    envoy16: false,
    types,
    opTimeout: OP_TIMEOUT_MS * 4,
    cluster: {
      type: undefined,
      lbPolicy: 'CLUSTER_PROVIDED',
      clusterType: { name: 'envoy.clusters.redis', typedConfig: { typeUrl: TYPE, value } },
    },
    config: { settings: { opTimeout: OP_TIMEOUT_MS * 4, enableRedirection: true } },
  });
  let deaths = 0;
  const proofs: string[] = [];
  const kill: Event = async (weather, draw) => {
    weather.deciding = true;
    await foul(weather, async () => {
      const { lost, proof } = await cluster.kill(draw);
      for (const key of lost) weather.lost.add(key);
      proofs.push(...proof);
      deaths++;
    });
    weather.deciding = false;
  };
  const handOver: Event = (_weather, draw) => cluster.handOver(draw);
  const reshard: Event = (_weather, draw) => cluster.moveSlots(draw, 50);
  const tally = await play(proxy, [kill, handOver, reshard, reshard], SECONDS / 2, false);
  judge(t, proxy, tally, 'cluster');
  for (const key of new Set(tally.suspects.slice(0, 3))) t.comment((await cluster.evidence(key)).join('\n'));
  t.comment(
    `${deaths} primaries died, acknowledged and lost by Redis: ${proofs.length} writes\n${proofs.slice(0, 5).join('\n')}`,
  );
  while (proxy.value('redis.p.downstream_cx_active') > 0) await pause(5);
  t.equal(proxy.value('redis.p.downstream_rq_active'), 0);
  await proxy.close();
});
