/**
 * What memory does over time: at rest, after a minute of load over a thousand connections, and after a quiet minute;
 * every second between is kept for the report's lines.
 * A proxy whose memory only ever grows shows here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, mustAnswer, mustLive, startContender, type Timing } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import { sampleProcess } from '../measure/process.ts';
import type { OverTime } from '../result.ts';
import { mustSucceed } from './load.ts';
import type { Scenario } from './scenarios.ts';

/** Seconds of load and of rest; shorter only when a run asks for seconds below this share of the default. */
const LOAD_S = 60;
const QUIET_S = 60;
/** `--seconds` that stands for the full minute. */
const USUAL_S = 3;

/** ms between looks. */
const EVERY_MS = 1000;

/** Looks at a process every second until `stop`. */
export function watch(pid: number): { over: OverTime; now(): number; stop(): void } {
  const began = performance.now();
  const now = (): number => (performance.now() - began) / 1000;
  const over: OverTime = { seconds: [], rssMb: [], anonMb: [], load: [0, 0] };
  const look = (): void => {
    const s = sampleProcess(pid);
    if (s === null) return;
    over.seconds.push(Number(now().toFixed(2)));
    over.rssMb.push(Number(s.rssMb.toFixed(2)));
    over.anonMb.push(Number(s.anonMb.toFixed(2)));
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return {
    over,
    now,
    stop: () => {
      clearInterval(timer);
      look();
    },
  };
}

export async function runMemory(bench: Bench, scenario: Scenario, contender: Contender): Promise<Timing[]> {
  const { child, port } = await startContender(bench, contender, scenario.group);
  const watched = watch(child.pid);
  try {
    const share = Math.min(1, bench.options.seconds / USUAL_S);
    await sleep(1000);
    const idle = sampleProcess(child.pid);
    const seconds = LOAD_S * share;
    watched.over.load[0] = watched.now();
    const r = await bench.generator.run({ ...scenario.job, port, rate: 0, warmup: 0, seconds, pid: child.pid });
    watched.over.load[1] = watched.now();
    mustLive(child, 'the load');
    mustSucceed(r);
    const loaded = sampleProcess(child.pid);
    await sleep(QUIET_S * share * 1000);
    const after = sampleProcess(child.pid);
    await mustAnswer(scenario.group, port, child);
    if (idle === null || loaded === null || after === null) return [];
    return [
      {
        by: 'built-in',
        values: {
          idleRssMb: idle.rssMb,
          rssMb: loaded.rssMb,
          anonMb: loaded.anonMb,
          afterRssMb: after.rssMb,
          afterRatio: after.rssMb / idle.rssMb,
          peakRssMb: Math.max(...watched.over.rssMb, loaded.rssMb),
        },
        over: watched.over,
      },
    ];
  } finally {
    watched.stop();
    await child.stop();
  }
}
