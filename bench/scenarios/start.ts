/** Start-up: wall time from exec until it listens, CPU used until the check is over, memory at rest. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, mustAnswer, NotMeasured, setupFor, type Timing } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import { type Child, startProgram, waitForPort } from '../contenders/process.ts';
import { sampleProcess } from '../measure/process.ts';
import type { Values } from '../result.ts';
import type { Scenario } from './scenarios.ts';

const LIMIT_MS = 60_000;
/** ms of rest before CPU and memory are read: what is done in the background belongs to the start. */
const REST_MS = 300;

export async function runStart(bench: Bench, scenario: Scenario, contender: Contender): Promise<Timing[]> {
  const setup = await setupFor(bench);
  const command = contender.command(scenario.group, setup);
  const { child, values } = await startMeasured(bench, command, setup.dir, setup.port);
  try {
    await mustAnswer(scenario.group, setup.port, child);
    return [{ by: 'built-in', values }];
  } finally {
    await child.stop();
  }
}

/** Starts a command and reads its figures; the caller stops the child. */
export async function startMeasured(
  bench: Bench,
  command: string[],
  dir: string,
  port: number,
): Promise<{ child: Child; values: Values }> {
  const child = startProgram(command, bench.machine.proxyCpu, `${dir}/output.log`);
  try {
    const readyMs = await waitForPort(port, child, LIMIT_MS);
    await sleep(REST_MS);
    const s = sampleProcess(child.pid);
    return {
      child,
      values: s === null ? { readyMs } : { readyMs, startCpuMs: s.cpuUs / 1000, rssMb: s.rssMb, anonMb: s.anonMb },
    };
  } catch (error) {
    await child.stop();
    throw new NotMeasured('start', error instanceof Error ? error.message : String(error));
  }
}
