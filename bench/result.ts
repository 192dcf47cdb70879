/** The file `--json` writes and `compare` and `report` read. */
import { readFileSync } from 'node:fs';
import type { Machine } from './measure/machine.ts';

export const FORMAT = 1;

export type Values = Partial<Record<string, number>>;

/** Memory of a process while it was watched; all three of the same length. */
export interface OverTime {
  /** Since it was ready. */
  seconds: number[];
  rssMb: number[];
  anonMb: number[];
  /** When the load began and ended, in the same seconds. */
  load: [number, number];
}

export interface Sample {
  scenario: string;
  contender: string;
  round: number;
  /** What made the load: `built-in`, `wrk`, … */
  by: string;
  values: Values;
  over?: OverTime;
}

export interface ScenarioInfo {
  name: string;
  title: string;
  /** What a request is called here. */
  unit: string;
  /** Open loop: requests per second offered. */
  offered?: number;
}

export interface Failure {
  scenario: string;
  contender: string;
  /** `start`: never listened; `wrong`: answered wrongly; `crash`: ended under load; `load`: the load itself failed. */
  kind: 'start' | 'wrong' | 'crash' | 'load';
  message: string;
}

export interface BenchResult {
  format: number;
  date: string;
  machine: Machine;
  options: {
    seconds: number;
    warmup: number;
    rounds: number;
    quick: boolean;
    concurrency: number;
    /** Scenarios that were asked for, open loops by their own names; older files have none. */
    selected?: string[];
  };
  contenders: { name: string; version: string; kind: string }[];
  scenarios: ScenarioInfo[];
  samples: Sample[];
  failures: Failure[];
  /** What was not measured, and why. */
  notes: string[];
}

export function readResult(path: string): BenchResult {
  const r = JSON.parse(readFileSync(path, 'utf8')) as BenchResult;
  if (r.format !== FORMAT)
    throw new Error(`${path}: not a result of this bench (format ${r.format}, expected ${FORMAT})`);
  return r;
}

/** Whom the others are divided by where it was timed. */
export const REFERENCE = 'envoy';

/** Names of envoylet's builds. */
export function ownNames(result: BenchResult): Set<string> {
  return new Set(result.contenders.filter((c) => c.kind === 'envoylet').map((c) => c.name));
}

/** An open loop (`http1-small@70`) or a row of AION's configs (`aion-x-http1`) belongs to the scenario it came from. */
export function scenarioOf(row: string): string {
  return row.startsWith('aion-') ? 'aion' : row.replace(/@.*$/, '');
}

const AION_ROWS = ['http1', 'grpc', 'redis', 'tcp'];

/** Did it happen in that row, in the scenario it came from or at the start of its AION config? */
export function concerns(f: Failure, row: string): boolean {
  if (f.scenario === row || f.scenario === scenarioOf(row)) return true;
  return f.scenario.startsWith('aion-') && AION_ROWS.some((group) => row === `${f.scenario}-${group}`);
}

/** Does what failed make that row worthless? */
function spoils(f: Failure, row: string): boolean {
  // A wrong answer stays one at whatever rate it was asked.
  if (f.kind === 'wrong' && scenarioOf(f.scenario) === row) return true;
  // A load that was too much says nothing about the open loop that follows it.
  if (f.kind === 'load' && f.scenario !== row && f.scenario === scenarioOf(row)) return false;
  return concerns(f, row);
}

/** Takes out the figures of whoever failed, those of its earlier rounds, too: who is not timed has no figures. */
export function dropFailed(result: BenchResult): void {
  const failed = (s: Sample): boolean =>
    result.failures.some((f) => f.contender === s.contender && spoils(f, s.scenario));
  result.samples = result.samples.filter((s) => !failed(s));
  result.scenarios = result.scenarios.filter((info) => result.samples.some((s) => s.scenario === info.name));
}

/** All rounds of one figure. */
export function series(result: BenchResult, scenario: string, contender: string, key: string): number[] {
  return result.samples
    .filter((s) => s.scenario === scenario && s.contender === contender)
    .flatMap((s) => (s.values[key] === undefined ? [] : [s.values[key]]));
}
