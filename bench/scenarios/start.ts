/**
 * Start-up: wall time from exec until it accepts a connection; CPU used and memory a moment later, before any request.
 * Whether it answers rightly is found out on a process before, and again on the measured one after.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, mustAnswer, NotMeasured, setupFor, startContender, type Timing } from '../bench.ts';
import type { Contender, Group } from '../contenders/contender.ts';
import { type Child, startProgram, waitForPort } from '../contenders/process.ts';
import { sampleProcess } from '../measure/process.ts';
import type { Values } from '../result.ts';
import type { Scenario } from './scenarios.ts';

const LIMIT_MS = 60_000;
/** ms of rest before CPU and memory are read: what is done in the background belongs to the start. */
const REST_MS = 300;

export async function runStart(bench: Bench, scenario: Scenario, contender: Contender): Promise<Timing[]> {
  await answersElsewhere(bench, contender, scenario.group);
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

/**
 * Checks another process of the contender, where the check would spoil what is measured: the measured one has to be cold.
 * Throws NotMeasured.
 */
export async function answersElsewhere(bench: Bench, contender: Contender, group: Group): Promise<void> {
  const { child } = await startContender(bench, contender, group);
  await child.stop();
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
