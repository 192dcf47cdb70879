/** Many idle connections: memory before, with them, and after they left; CPU while nothing happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, mustLive, NotMeasured, startContender, type Timing } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import { sampleProcess } from '../measure/process.ts';
import type { Scenario } from './scenarios.ts';

/** ms after the connections have closed. */
const REST_MS = 1000;

export async function runIdle(bench: Bench, scenario: Scenario, contender: Contender): Promise<Timing[]> {
  const { child, port } = await startContender(bench, contender, scenario.group);
  try {
    await sleep(REST_MS / 2);
    const before = sampleProcess(child.pid);
    const { seconds } = bench.options;
    const r = await bench.generator.run({ ...scenario.job, port, rate: 0, warmup: 0.5, seconds, pid: child.pid });
    mustLive(child, 'holding connections');
    if (r.requests < scenario.job.connections) {
      throw new NotMeasured('load', `${r.requests} of ${scenario.job.connections} connections stayed open`);
    }
    await sleep(REST_MS);
    const after = sampleProcess(child.pid);
    if (before === null || after === null || r.used === null) return [];
    return [
      {
        by: 'built-in',
        values: {
          rssMb: r.used.rssMb,
          anonMb: r.used.anonMb,
          perConnectionKb: ((r.used.anonMb - before.anonMb) * 1024) / r.requests,
          idleCpuMs: r.used.cpuUs / 1000 / r.seconds,
          afterRssMb: after.rssMb,
        },
      },
    ];
  } finally {
    await child.stop();
  }
}
