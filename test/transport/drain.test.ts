/** When a connection ends in a drain sequence: the rules that 1.40 was measured to follow. */
import t from 'tap';
import { DrainSequence, ListenerDrain } from '../../src/transport/drain.ts';

/** `ask` at a time in seconds, for which share of all random numbers it says yes. */
function shares(strategy: 'gradual' | 'immediate', timeS: number, ask: 'closes' | 'closesHttp'): (s: number) => number {
  let now = 5000;
  let random = 0;
  const sequence = new DrainSequence(
    { strategy, timeMs: timeS * 1000 },
    () => random,
    () => now,
  );
  return (s) => {
    now = 5000 + s * 1000;
    let yes = 0;
    for (let i = 0; i < 1000; i++) {
      random = i / 1000;
      if (sequence[ask]()) yes++;
    }
    return yes / 1000;
  };
}

t.test('HTTP, gradual: not in the first second, then more each second, all from half of the time on', async (t) => {
  const eight = shares('gradual', 8, 'closesHttp');
  t.same([0, 0.999, 1, 1.5, 2, 3, 3.999, 4, 7, 100].map(eight), [0, 0, 0.25, 0.25, 0.5, 0.75, 0.75, 1, 1, 1]);
  const three = shares('gradual', 3, 'closesHttp');
  t.same([0, 1, 2].map(three), [0, 0.5, 1], 'half of three seconds is two');
  t.same([0, 0.9, 1].map(shares('gradual', 1, 'closesHttp')), [0, 0, 1]);
});

t.test('other protocols, gradual: the share of the drain time that has begun', async (t) => {
  const four = shares('gradual', 4, 'closes');
  t.same([0, 0.9, 1, 2, 3, 4, 9].map(four), [0.25, 0.25, 0.5, 0.75, 1, 1, 1]);
});

t.test('immediate, or no time at all: at once', async (t) => {
  for (const ask of ['closes', 'closesHttp'] as const) {
    t.equal(shares('immediate', 600, ask)(0), 1);
    t.equal(shares('gradual', 0, ask)(0), 1);
  }
});

t.test('a connection without requests: somewhere in the second half, early enough to say goodbye', async (t) => {
  let now = 0;
  let random = 0;
  const make = (timeMs: number): DrainSequence =>
    new DrainSequence(
      { strategy: 'immediate', timeMs },
      () => random,
      () => now,
    );
  const sequence = make(4000);
  t.equal(sequence.idleDelayMs(200), 2000);
  random = 0.5;
  t.equal(sequence.idleDelayMs(200), 2900);
  now = 1500;
  t.equal(sequence.idleDelayMs(200), 1400, 'counted from the beginning of the drain');
  now = 2000;
  t.equal(sequence.idleDelayMs(200), 0, 'too late');
  t.equal(make(4000).idleDelayMs(5000), 0, 'no room for the goodbye');
});

t.test('a listener: health and sequences', async (t) => {
  const drain = new ListenerDrain();
  t.equal(drain.closesHttp(), false);
  drain.setHealthFailed(true);
  t.equal(drain.closesHttp(), true);
  t.equal(drain.closes(), true);
  drain.setHealthFailed(false);
  t.equal(drain.closes(), false);
  const gradual = new DrainSequence({ strategy: 'gradual', timeMs: 600_000 });
  t.equal(drain.begin(gradual), true);
  t.equal(drain.begin(new DrainSequence({ strategy: 'immediate', timeMs: 1 })), false, 'the first one goes on');
  t.equal(drain.closesHttp(), false);
  drain.setHealthFailed(true);
  t.equal(drain.closesHttp(), true, 'a failed health check does not wait');
  const modifyOnly = new ListenerDrain(true);
  modifyOnly.setHealthFailed(true);
  t.equal(modifyOnly.closes(), false, 'MODIFY_ONLY');
  modifyOnly.begin(new DrainSequence({ strategy: 'immediate', timeMs: 1 }));
  t.equal(modifyOnly.closes(), true);
});
