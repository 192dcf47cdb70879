/** envoy.filters.http.local_ratelimit: buckets by value, and time. What it answers is compared with Envoy: conformance local-ratelimit/*. */
import t from 'tap';
import type { LocalRateLimit } from '../../../src/config/schema/types.ts';
import { LocalRateLimiter } from '../../../src/http/filters/local-rate-limiter.ts';
import type { Descriptor } from '../../../src/http/route/rate-limits.ts';
import { TokenBucket } from '../../../src/platform/token-bucket.ts';
import { answering, cluster, get, OK, type ProxyConfig, ROUTER, TestProxy, Upstream, until } from '../proxy.ts';

const BUCKET = { maxTokens: 1, tokensPerFill: 1, fillInterval: 1_000_000 };
const descriptor = (...entries: [string, string][]): Descriptor => ({
  entries: entries.map(([key, value]) => ({ key, value })),
  limit: null,
  hitsAddend: -1,
  negativeHits: false,
  xHeaders: null,
});

t.test('values of a client get buckets, never more than max_dynamic_descriptors: the oldest is given up', (t) => {
  const limiter = new LocalRateLimiter({
    maxDynamicDescriptors: 2,
    descriptors: [{ entries: [{ key: 'user' }], tokenBucket: BUCKET }],
  });
  const allowed = (user: string): boolean => limiter.ask([descriptor(['user', user])]).allowed;
  t.strictSame(['a', 'a', 'b', 'a'].map(allowed), [true, false, true, false]);
  t.equal(allowed('c'), true, 'b, not used for longest, makes room');
  t.equal(allowed('a'), false);
  t.equal(allowed('b'), true, 'and is new');
  for (let i = 0; i < 1000; i++) allowed(`x${i}`);
  t.equal(limiter['dynamic'][0]['buckets'].size, 2);
  t.end();
});

t.test('the slowest of several descriptors is asked first, and the default bucket last', (t) => {
  const limiter = new LocalRateLimiter({
    tokenBucket: { ...BUCKET, maxTokens: 2 },
    descriptors: [
      { entries: [{ key: 'a', value: '1' }], tokenBucket: { ...BUCKET, maxTokens: 5, tokensPerFill: 5 } },
      { entries: [{ key: 'b', value: '1' }], tokenBucket: BUCKET },
    ],
  });
  const both = [descriptor(['a', '1']), descriptor(['b', '1'])];
  t.equal(limiter.ask(both).allowed, true);
  const second = limiter.ask(both);
  t.equal(second.allowed, false);
  t.equal(second.bucket?.maxTokens, 1);
  t.equal(limiter.ask([descriptor(['a', '1'])]).allowed, true);
  t.equal(limiter.ask([descriptor(['a', '1'])]).bucket?.maxTokens, 2, 'the default one is empty');
  t.end();
});

t.test('a bucket fills all the time, up to its size', async (t) => {
  const b = new TokenBucket(2, 1, 50);
  t.strictSame([b.take(), b.take(), b.take()], [true, true, false]);
  t.ok(b.secondsUntil(1) === 1);
  await until(() => b.remaining === 2);
  t.strictSame([b.take(2), b.take()], [true, false]);
});

t.test('configs that Envoy refuses', (t) => {
  const refuses = (c: LocalRateLimit, why: RegExp): void => {
    t.throws(() => new LocalRateLimiter(c), why);
  };
  refuses({ tokenBucket: { ...BUCKET, fillInterval: 49 } }, /fill timer must be >= 50ms/);
  const same = { entries: [{ key: 'a', value: 'b' }], tokenBucket: BUCKET };
  refuses({ descriptors: [same, same] }, /duplicate descriptor in the local rate descriptor: a=b/);
  t.end();
});

t.test('each filter has buckets of its own, which all its connections share (H126)', async (t) => {
  const u = await Upstream.start(answering(OK));
  t.teardown(() => u.stop());
  const always = { defaultValue: { numerator: 100 } };
  const value: LocalRateLimit = { statPrefix: 's', tokenBucket: BUCKET, filterEnabled: always, filterEnforced: always };
  const typeUrl = 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit';
  const config = {
    hcm: { httpFilters: [{ name: 'l', typedConfig: { typeUrl, value } }, ROUTER] },
    clusters: [cluster('u', [u.port])],
  } as ProxyConfig;
  for (const loop of [1, 2]) {
    const p = await TestProxy.start(config);
    t.teardown(() => p.stop());
    const statuses: string[] = [];
    for (let i = 0; i < 2; i++) {
      const c = p.connect();
      statuses.push((await c.send(get()).message()).start.split(' ')[1]);
      c.close();
    }
    t.strictSame(statuses, ['200', '429'], `loop ${loop}`);
    t.equal(p.value('s.http_local_rate_limit.enforced'), 1);
  }
});
