import t from 'tap';
import type { Latencies, Percentiles } from '../../bench/load/histogram.ts';
import { type Clock, type Lane, Pacer } from '../../bench/load/pacer.ts';

/** Time that passes only when the test says so. */
class FakeClock implements Clock {
  time = 0;
  private timers: { at: number; call: () => void }[] = [];
  now(): number {
    return this.time;
  }
  setTimer(ms: number, call: () => void): unknown {
    const timer = { at: this.time + ms, call };
    this.timers.push(timer);
    return timer;
  }
  clearTimer(timer: unknown): void {
    this.timers = this.timers.filter((x) => x !== timer);
  }
  /** Runs timers in order up to `to`. */
  advance(to: number): void {
    for (;;) {
      const next = this.timers.filter((x) => x.at <= to).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.clearTimer(next);
      this.time = Math.max(this.time, next.at);
      next.call();
    }
    this.time = to;
  }
}

class Recorder {
  values: { us: number; count: number }[] = [];
  record(us: number, count: number): void {
    this.values.push({ us, count });
  }
  reset(): void {
    this.values = [];
  }
  percentiles(): Percentiles | null {
    return null;
  }
}

function setUp(rate: number, warmup = 0, seconds = 1) {
  const clock = new FakeClock();
  const recorder = new Recorder();
  const pacer = new Pacer({ rate, warmup, seconds }, recorder as unknown as Latencies, () => {}, clock);
  return { clock, recorder, pacer };
}

/** A proxy that takes `ms` for each request, on the fake clock; between `from` and `to` it answers nothing. */
function lane(clock: FakeClock, pacer: Pacer, ms: number, stall?: [number, number]): Lane {
  const self: Lane = {
    began: Number.NaN,
    size: 1,
    send: () => {
      let at = clock.time + ms;
      if (stall !== undefined && at > stall[0] && at < stall[1]) at = stall[1];
      clock.setTimer(at - clock.time, () => pacer.done(self));
    },
  };
  return self;
}

const ms = (recorder: Recorder): number[] => recorder.values.map((v) => v.us / 1000);

t.test('closed loop: the next request follows the answer', async (t) => {
  const { clock, recorder, pacer } = setUp(0);
  const running = pacer.run([lane(clock, pacer, 10), lane(clock, pacer, 20)]);
  clock.advance(1600);
  const result = await running;
  // What ends with the window's last instant may count or not.
  t.ok(result.requests >= 148 && result.requests <= 150, `${result.requests} requests`);
  t.equal(result.seconds, 1);
  t.equal(Math.max(...ms(recorder)), 20);
});

t.test('warm-up is not counted', async (t) => {
  const { clock, recorder, pacer } = setUp(0, 0.5, 0.2);
  const running = pacer.run([lane(clock, pacer, 10)]);
  clock.advance(1300);
  t.equal((await running).requests, 20);
  t.equal(recorder.values.length, 21, 'and what was on its way at the end');
});

t.test('open loop: requests are due whatever the answers do', async (t) => {
  const { clock, recorder, pacer } = setUp(100);
  const running = pacer.run([lane(clock, pacer, 5)]);
  clock.advance(1600);
  const result = await running;
  t.ok(Math.abs(result.requests - 100) <= 1, `${result.requests} in a second at 100 per second`);
  t.same(new Set(ms(recorder)), new Set([5]), 'no waiting: each takes what the proxy takes');
  t.equal(result.unsent, 0);
});

t.test('what a stalled warm-up owes is not charged to the window', async (t) => {
  const { clock, recorder, pacer } = setUp(100, 1, 1);
  const run = pacer.run([lane(clock, pacer, 5, [0, 1100]), lane(clock, pacer, 5, [0, 1100])]);
  clock.advance(3000);
  const result = await run;
  // 100 a second are due in the window; the two of the warm-up that were on their way are answered in it, too.
  t.ok(result.requests >= 98 && result.requests <= 102, `${result.requests} requests`);
  t.ok(Math.max(...ms(recorder)) <= 105, 'nothing counts from before the window');
  t.equal(result.unsent, 0);
});

t.test('a stall is charged to every request that was due meanwhile, not to the one on its way', async (t) => {
  const { clock, recorder, pacer } = setUp(100);
  // One lane; nothing is answered from 200 to 700 ms: 50 requests are due in that time.
  const running = pacer.run([lane(clock, pacer, 1, [200, 700])]);
  clock.advance(1600);
  const result = await running;
  const slow = ms(recorder).filter((v) => v > 50);
  t.ok(slow.length >= 40, `${slow.length} requests saw more than 50 ms`);
  t.ok(Math.max(...slow) >= 480, 'the first one nearly all of it');
  t.ok(result.lateMs <= 1, 'nothing of it counts as the generator being late');
});

t.test('a stall that outlasts the window is charged, too', async (t) => {
  const { clock, recorder, pacer } = setUp(100);
  // Two lanes; nothing is answered from 500 ms on: two requests are on their way, the others were never sent.
  const lanes = [1, 2].map(() => lane(clock, pacer, 1, [500, 60_000]));
  const running = pacer.run(lanes);
  clock.advance(2000);
  const result = await running;
  t.ok(Math.abs(result.requests - 50) <= 1, `${result.requests} answered`);
  t.ok(result.unsent >= 48, `${result.unsent} were due and never sent`);
  const all = ms(recorder).sort((a, b) => a - b);
  t.ok(Math.abs(all.length - 101) <= 1, `${all.length} of about 101 that were due have a latency`);
  t.ok(all[Math.floor(all.length * 0.75)] > 500, 'a quarter of them waited for more than half a second');
  const counted = recorder.values.length;
  clock.advance(61_000);
  t.equal(recorder.values.length, counted, 'an answer after the end counts in no run');
});

t.test('closed loop: what is on its way when the window ends counts with its whole latency', async (t) => {
  const { clock, recorder, pacer } = setUp(0);
  const running = pacer.run([lane(clock, pacer, 10), lane(clock, pacer, 10, [500, 1200])]);
  clock.advance(1600);
  t.ok((await running).requests >= 148);
  t.ok(Math.max(...ms(recorder)) >= 690);
});

t.test('a late timer of the generator itself is not the proxy’s latency', async (t) => {
  const { clock, recorder, pacer } = setUp(100);
  const running = pacer.run([lane(clock, pacer, 1), lane(clock, pacer, 1)]);
  clock.advance(105);
  // The process was not scheduled for 30 ms, with lanes free.
  clock.time = 135;
  clock.advance(1600);
  const result = await running;
  t.ok(result.lateMs >= 20, `late by ${result.lateMs} ms`);
  t.ok(Math.max(...ms(recorder)) < 20);
});

t.test('offered more than can be sent: what was never sent is said', async (t) => {
  const { clock, pacer } = setUp(1000);
  const running = pacer.run([lane(clock, pacer, 10)]);
  clock.advance(1600);
  const result = await running;
  t.ok(result.unsent > 800, `${result.unsent} unsent`);
});

t.test('failures are counted apart and do not end the run', async (t) => {
  const { clock, recorder, pacer } = setUp(0);
  let n = 0;
  const self: Lane = {
    began: Number.NaN,
    size: 1,
    send: () => clock.setTimer(10, () => (n++ % 2 === 0 ? pacer.failed(self) : pacer.done(self))),
  };
  const running = pacer.run([self]);
  clock.advance(1600);
  const result = await running;
  t.ok(result.errors > 20 && result.requests > 20);
  t.ok(recorder.values.length - result.requests <= 1, 'failed ones have no latency');
});
