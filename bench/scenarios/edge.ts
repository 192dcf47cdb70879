/**
 * The edge box: 2 ms of CPU per 100 ms and 512 MiB, a Kubernetes sidecar's limits. Cold code counts here, so there is no
 * warm-up: the first ten seconds are measured, then twice as long after them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, mustAnswer, mustLive, NotMeasured, setupFor, type Timing } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import { startProgram, waitForPort } from '../contenders/process.ts';
import { type Cgroup, makeCgroup } from '../measure/cgroup.ts';
import type { Scenario } from './scenarios.ts';
import { answersElsewhere } from './start.ts';

const LIMITS = { cpus: 0.02, memoryMb: 512 };
const FIRST_S = 10;
const LATER_S = 20;
/** ms until it must listen, and for the answers of the check. */
const LIMIT_MS = 180_000;

export async function runEdge(bench: Bench, scenario: Scenario, contender: Contender): Promise<Timing[]> {
  const cgroup = makeCgroup(LIMITS);
  if ('missing' in cgroup) {
    bench.note(`edge: not measured: ${cgroup.missing}`);
    return [];
  }
  try {
    await answersElsewhere(bench, contender, scenario.group);
    return [await runLimited(bench, scenario, contender, cgroup)];
  } finally {
    cgroup.remove();
  }
}

async function runLimited(bench: Bench, scenario: Scenario, contender: Contender, cgroup: Cgroup): Promise<Timing> {
  const setup = await setupFor(bench);
  const command = cgroup.enter(contender.command(scenario.group, setup));
  const child = startProgram(command, bench.machine.proxyCpu, `${setup.dir}/output.log`);
  bench.note(`edge: limits by ${cgroup.what}`);
  try {
    const readyMs = await waitForPort(setup.port, child, LIMIT_MS).catch((error: Error) => {
      throw new NotMeasured('start', error.message);
    });
    await sleep(scenario.restSeconds * 1000);
    const job = { ...scenario.job, port: setup.port, rate: 0, warmup: 0, pid: child.pid };
    const first = await bench.generator.run({ ...job, seconds: FIRST_S });
    const later = await bench.generator.run({ ...job, seconds: LATER_S });
    mustLive(child, 'the load');
    // The check's 64 KiB bodies would warm code up that the load does not use: before it another process was asked.
    await mustAnswer(scenario.group, setup.port, child, LIMIT_MS);
    return {
      by: 'built-in',
      values: {
        readyMs,
        firstRate: first.requests / first.seconds,
        rate: later.requests / later.seconds,
        p50: (later.latency?.p50 ?? 0) / 1000,
        p99: (later.latency?.p99 ?? 0) / 1000,
        p999: (later.latency?.p999 ?? 0) / 1000,
        ...(later.used === null || later.requests === 0
          ? {}
          : { cpuUs: later.used.cpuUs / later.requests, rssMb: later.used.rssMb, anonMb: later.used.anonMb }),
      },
    };
  } finally {
    await child.stop();
  }
}
