/** What every scenario works with: the machine, backends, generator, and where results go. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { clearKeys, fillRedis, mustBeSpread } from './backends/redis-keys.ts';
import type { Backends } from './backends/start.ts';
import { check } from './checks/check.ts';
import { type Contender, type Group, isRedis, redisPorts, type Setup } from './contenders/contender.ts';
import { freePort } from './contenders/ports.ts';
import { type Child, startProgram, waitForPort } from './contenders/process.ts';
import type { Generator } from './load/remote.ts';
import type { Machine } from './measure/machine.ts';
import type { Options } from './options.ts';
import type { Failure, OverTime, Values } from './result.ts';
import type { Scenario } from './scenarios/scenarios.ts';

/** ms a contender may take until it listens, on a slow machine. */
const START_LIMIT_MS = 30_000;

/** A contender could not be measured; says what kind of failure it is. */
export class NotMeasured extends Error {
  readonly kind: Failure['kind'];
  constructor(kind: Failure['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export interface Bench {
  options: Options;
  machine: Machine;
  backends: Backends;
  generator: Generator;
  dir: string;
  /** One line for the report: something was left out, and why. */
  note(text: string): void;
  /** Something could not be measured while the rest of its scenario goes on. */
  fail(failure: Failure): void;
}

/** One timing's figures; `scenario` is given when a scenario yields several rows. */
export interface Timing {
  scenario?: { name: string; title: string; unit: string };
  by: string;
  values: Values;
  over?: OverTime;
}

export interface Running {
  child: Child;
  port: number;
  /** ms from exec until it listened. */
  readyMs: number;
}

export async function setupFor(bench: Bench): Promise<Setup> {
  return {
    port: await freePort(),
    adminPort: await freePort(),
    backends: bench.backends,
    workers: bench.options.concurrency,
    dir: mkdtempSync(join(bench.dir, 'proxy-')),
  };
}

/** Somebody else took the free port before the contender did. */
const TAKEN = /EADDRINUSE|in use/i;

/** Starts a contender and makes sure that it answers rightly. Throws NotMeasured; the caller stops the child. */
export async function startContender(bench: Bench, contender: Contender, group: Group): Promise<Running> {
  try {
    return await startOnce(bench, contender, group);
  } catch (error) {
    if (!TAKEN.test(reason(error))) throw error;
    return await startOnce(bench, contender, group);
  }
}

async function startOnce(bench: Bench, contender: Contender, group: Group): Promise<Running> {
  const setup = await setupFor(bench);
  const servers = redisPorts(group, bench.backends);
  if (group === 'redis-cluster' && servers.length === 0)
    throw new NotMeasured('start', 'there is no Redis Cluster to be put behind it');
  const command = contender.command(group, setup);
  const child = startProgram(command, bench.machine.proxyCpu, join(setup.dir, 'output.log'));
  try {
    const readyMs = await waitForPort(setup.port, child, START_LIMIT_MS);
    // Whose a key is in a Redis Cluster is no contender's choice.
    const chooses = isRedis(group) && group !== 'redis-cluster';
    if (chooses) await clearKeys(servers);
    await mustAnswer(group, setup.port, child);
    if (isRedis(group)) await mustFill(setup.port);
    if (chooses) await mustBeSpread(servers).catch(isWrong);
    return { child, port: setup.port, readyMs };
  } catch (error) {
    await child.stop();
    if (error instanceof NotMeasured) throw error;
    throw new NotMeasured('start', reason(error));
  }
}

/** Sets the load's keys through a contender. Throws NotMeasured. */
export async function mustFill(port: number, bytes?: number): Promise<void> {
  await fillRedis(port, bytes).catch(isWrong);
}

const isWrong = (error: unknown): never => {
  throw new NotMeasured('wrong', reason(error));
};

/** `limitMs`: for all answers of the check. Throws NotMeasured. */
export async function mustAnswer(group: Group, port: number, child: Child, limitMs?: number): Promise<void> {
  try {
    await check(group, port, limitMs);
  } catch (error) {
    if (child.gone) throw new NotMeasured('crash', `ended during the check: ${child.lastWords()}`);
    throw new NotMeasured('wrong', reason(error));
  }
}

/** Throws when the contender did not survive what was done to it. */
export function mustLive(child: Child, during: string): void {
  if (child.gone) throw new NotMeasured('crash', `ended during ${during}: ${child.lastWords()}`);
}

export type ScenarioRun = (
  bench: Bench,
  scenario: Scenario,
  contender: Contender,
  /** Requests per second offered; 0 = closed loop. */
  rate: number,
) => Promise<Timing[]>;
