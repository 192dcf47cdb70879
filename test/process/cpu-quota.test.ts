import t from 'tap';
import { onTurnClock, turnMs } from '../../src/platform/clock.ts';
import { keepQuota, LOOK_EVERY_MS, QuotaKeeper } from '../../src/process/cpu-quota.ts';
import { applyV8Settings } from '../../src/process/v8-settings.ts';

const CPUS = 0.02;

/** A keeper on a made-up clock, whose process uses `cpus`; how often it asked for the CPU time. */
function kept(): { run(ms: number, cpus: number, turnEveryMs?: number): number } {
  let now = 1000;
  let used = 0;
  let asked = 0;
  const keeper = new QuotaKeeper(CPUS, now, () => {
    asked++;
    return used;
  });
  return {
    run: (ms, cpus, turnEveryMs = 0.125) => {
      const before = asked;
      for (const end = now + ms; now < end; now += turnEveryMs) {
        used += turnEveryMs * cpus;
        keeper.turn(now);
      }
      return asked - before;
    },
  };
}

t.test('the quota is charged every fifth of a ms while it is used up, and else looked at twice a second', async (t) => {
  const { run } = kept();
  t.equal(run(10 * LOOK_EVERY_MS, CPUS / 2), 9, 'half of it used');
  run(2 * LOOK_EVERY_MS, CPUS);
  t.equal(run(100, CPUS), 400, 'every second turn');
  t.equal(run(100, CPUS, 5), 20, 'never more often than there are turns');
  run(2 * LOOK_EVERY_MS, CPUS / 2);
  t.ok(run(10 * LOOK_EVERY_MS, CPUS / 2) <= 10, 'and no longer once there is some left');
});

t.test('a lone burst is let through: less than the quota of half a second', async (t) => {
  const { run } = kept();
  run(LOOK_EVERY_MS, 0);
  t.ok(run(5, 1) <= 1, '5 ms of CPU at once');
  t.ok(run(2 * LOOK_EVERY_MS, 0) <= 3);
});

t.test("it is asked on turns' time, only under a small limit", async (t) => {
  t.teardown(() => onTurnClock(null));
  const seen: number[] = [];
  onTurnClock((now) => seen.push(now));
  const turn = (): Promise<number> => new Promise((done) => setImmediate(() => done(turnMs())));
  t.same([await turn(), await turn()], seen);
  const asks = async (cpus: string): Promise<number> => {
    onTurnClock(null);
    let asked = 0;
    const { cpuUsage } = process;
    process.cpuUsage = Object.assign(() => {
      asked++;
      return cpuUsage.call(process);
    }, cpuUsage);
    try {
      applyV8Settings(cpus);
      await turn();
    } finally {
      process.cpuUsage = cpuUsage;
    }
    return asked;
  };
  t.equal(await asks('off'), 0);
  t.equal(await asks('4'), 0);
  t.equal(await asks('0.02'), 1);
  keepQuota(CPUS);
  t.ok((await turn()) > 0, 'with the real CPU time');
});
