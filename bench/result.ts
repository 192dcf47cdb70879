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
  options: { seconds: number; warmup: number; rounds: number; quick: boolean; concurrency: number };
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

/** All rounds of one figure. */
export function series(result: BenchResult, scenario: string, contender: string, key: string): number[] {
  return result.samples
    .filter((s) => s.scenario === scenario && s.contender === contender)
    .flatMap((s) => (s.values[key] === undefined ? [] : [s.values[key]]));
}
