/** The gradient controller by a clock of the test's; what its statistics are to clients is compared with Envoy: conformance adaptive-concurrency/*. */
import t from 'tap';
import type { GradientControllerConfig } from '../../../src/config/schema/types.ts';
import { GradientController } from '../../../src/http/filters/gradient-controller.ts';
import { Store } from '../../../src/stats/store.ts';
import { get, until } from '../proxy.ts';
import { rig } from './rig.ts';

class Rig {
  readonly store = new Store();
  readonly controller: GradientController;
  now = 1000;

  constructor(config: GradientControllerConfig) {
    this.controller = new GradientController(config, this.store.scope('g.'), this.now, () => 0.5);
  }
  /** One request that takes so long; false: it was turned away. */
  request(ms: number): boolean {
    const start = this.now;
    if (!this.controller.admit(start)) return false;
    this.now += ms;
    this.controller.done(start, this.now);
    return true;
  }
  gauge(name: string): number {
    return this.store.scope('g.').gauge(name).value;
  }
}

const CONFIG: GradientControllerConfig = {
  concurrencyLimitParams: { concurrencyUpdateInterval: 100, maxConcurrencyLimit: 50 },
  minRttCalcParams: {
    interval: 10_000,
    requestCount: 5,
    minConcurrency: 3,
    jitter: { value: 10 },
    buffer: { value: 0 },
  },
};

t.test('the limit grows while requests are as fast as the fastest, and shrinks when they are slow', (t) => {
  const r = new Rig(CONFIG);
  t.equal(r.gauge('min_rtt_calculation_active'), 1);
  for (let i = 0; i < 5; i++) r.request(10);
  t.equal(r.gauge('min_rtt_calculation_active'), 0);
  t.equal(r.gauge('min_rtt_msecs'), 10);
  t.equal(r.gauge('concurrency_limit'), 3);
  r.request(10);
  r.now += 100;
  r.request(10);
  t.equal(r.gauge('gradient'), 1000, 'as fast: the limit and its root');
  t.equal(r.gauge('concurrency_limit'), 4);
  t.equal(r.gauge('burst_queue_size'), 1);
  for (let i = 0; i < 10; i++) {
    r.now += 100;
    r.request(10);
  }
  const high = r.gauge('concurrency_limit');
  t.ok(high > 20, `${high}`);
  for (let i = 0; i < 30; i++) {
    r.now += 100;
    r.request(10);
  }
  t.equal(r.gauge('concurrency_limit'), 50, 'the most there may be');
  for (let i = 0; i < 2; i++) {
    r.now += 100;
    r.request(40);
  }
  t.equal(r.gauge('gradient'), 500, 'never less than half at once');
  t.equal(r.gauge('concurrency_limit'), 25 + 5);
  let lowest = 50;
  for (let i = 0; i < 20; i++) {
    r.now += 100;
    r.request(400);
    lowest = Math.min(lowest, r.gauge('concurrency_limit'));
  }
  t.equal(lowest, 3);
  t.end();
});

t.test('the shortest time is measured again after its interval, and after five windows at the lowest limit', (t) => {
  const r = new Rig(CONFIG);
  for (let i = 0; i < 5; i++) r.request(10);
  r.now += 10_000 + 499;
  r.request(0);
  t.equal(r.gauge('min_rtt_calculation_active'), 0, 'interval and half of the jitter');
  r.now += 2;
  // Two that began before do not count.
  const early = r.now;
  t.ok(r.controller.admit(early));
  t.equal(r.gauge('min_rtt_calculation_active'), 1);
  t.equal(r.gauge('concurrency_limit'), 3);
  for (let i = 0; i < 5; i++) r.request(20);
  t.equal(r.gauge('min_rtt_msecs'), 20);
  r.controller.cancel();
  let windows = 0;
  while (r.gauge('min_rtt_calculation_active') === 0 && windows < 20) {
    r.request(200);
    r.now += 100;
    windows++;
  }
  t.ok(windows > 5 && windows < 12, `long before the interval: after ${windows}`);
  t.end();
});

t.test('requests beyond the limit are turned away, and those that went away make room', (t) => {
  const r = new Rig(CONFIG);
  for (let i = 0; i < 3; i++) t.ok(r.controller.admit(r.now));
  t.notOk(r.controller.admit(r.now));
  t.notOk(r.controller.admit(r.now));
  t.equal(r.store.scope('g.').counter('rq_blocked').value, 2);
  r.controller.cancel();
  t.ok(r.controller.admit(r.now));
  t.end();
});

t.test('answers that take no time are no division by zero', (t) => {
  const r = new Rig({ ...CONFIG, minRttCalcParams: { ...CONFIG.minRttCalcParams, requestCount: 1 } });
  r.request(0);
  for (let i = 0; i < 40; i++) {
    r.request(0);
    r.now += 100;
  }
  t.equal(r.gauge('concurrency_limit'), 50);
  t.end();
});

t.test('adaptive_concurrency: a client that leaves makes room; nothing to go by is refused', async (t) => {
  const params = { interval: 100_000, minConcurrency: 1 };
  const gradient = { concurrencyLimitParams: { concurrencyUpdateInterval: 100_000 }, minRttCalcParams: params };
  const { p } = await rig(t, 'adaptive_concurrency.v3.AdaptiveConcurrency', { gradientControllerConfig: gradient });
  const c = p.connect();
  c.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nx');
  await until(() => p.value('http.h.downstream_rq_active') === 1);
  const d = p.connect();
  t.match(await d.send(get()).message(), { start: '503', body: 'reached concurrency limit' });
  c.close();
  await until(() => p.value('http.h.downstream_rq_active') === 0);
  t.match((await d.send(get()).message()).start, '200');
  d.close();
  await t.rejects(
    rig(t, 'adaptive_concurrency.v3.AdaptiveConcurrency', {
      gradientControllerConfig: { ...gradient, minRttCalcParams: {} },
    }),
    /neither `concurrency_update_interval` nor `fixed_value` set/,
  );
});
