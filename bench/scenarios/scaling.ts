/**
 * What a second worker brings: the same load with one worker and with two (or `--concurrency`), one after the other. Two
 * answers: how many times the requests per second, which takes a CPU for each worker and more for load and backends; and
 * how many times the capacity, workers × CPU per request with one / CPU per request with all, which holds on any machine:
 * it is what the proxy's own cost allows, once every worker has a CPU.
 */
import { type Bench, startContender, type Timing } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import { Generator } from '../load/remote.ts';
import { describeMachine } from '../measure/machine.ts';
import { timed } from './load.ts';
import type { Scenario } from './scenarios.ts';

const LEAST_WORKERS = 2;

export async function runScaling(bench: Bench, scenario: Scenario, contender: Contender): Promise<Timing[]> {
  const workers = Math.max(LEAST_WORKERS, bench.options.concurrency);
  const machine = describeMachine(workers);
  if (machine.proxyCpu === '')
    bench.note(
      `scaling: ${machine.cores} CPUs are too few for ${workers} workers and the load: read the capacity, not the rate`,
    );
  // Load that shares no CPU with the workers.
  const generator = await Generator.start(machine.otherCpus, bench.dir);
  const measured = async (concurrency: number): Promise<Timing> => {
    const own: Bench = { ...bench, machine, generator, options: { ...bench.options, concurrency } };
    const running = await startContender(own, contender, scenario.group);
    try {
      return await timed(own, scenario, running, 0);
    } finally {
      await running.child.stop();
    }
  };
  try {
    const one = await measured(1);
    const all = await measured(workers);
    return [{ by: all.by, values: { ...all.values, workers, ...scaled(one.values, all.values, workers) } }];
  } finally {
    await generator.stop();
  }
}

/** Times one worker; a figure that is missing on either side is left out. */
export function scaled(one: Timing['values'], all: Timing['values'], workers: number): Timing['values'] {
  const out: Timing['values'] = {};
  if (one.rate && all.rate) out.scaleRate = all.rate / one.rate;
  if (one.cpuUs && all.cpuUs) out.scaleCapacity = (workers * one.cpuUs) / all.cpuUs;
  return out;
}
