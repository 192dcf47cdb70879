/**
 * Runs scenarios: for each of them round after round, in each round every contender once, each round beginning with
 * another one, so that a machine that gets warm or busy hits all alike. Each timing has a process of its own: what one
 * start happened to do (memory layout, what the JIT saw first) is part of the noise, not of the result.
 */
import { type Bench, NotMeasured, type ScenarioRun, startContender, type Timing } from './bench.ts';
import type { Contender } from './contenders/contender.ts';
import { syscallsMissing, syscallsPerRequest } from './measure/syscalls.ts';
import type { Progress } from './report/progress.ts';
import { type BenchResult, dropFailed, REFERENCE, readResult, type Sample, series } from './result.ts';
import { runAion } from './scenarios/aion.ts';
import { runEdge } from './scenarios/edge.ts';
import { runIdle } from './scenarios/idle.ts';
import { runLoad } from './scenarios/load.ts';
import { runMemory } from './scenarios/memory.ts';
import { runScaling } from './scenarios/scaling.ts';
import type { Scenario } from './scenarios/scenarios.ts';
import { runStart } from './scenarios/start.ts';
import { median } from './stats/summary.ts';

const RUNS: Record<Scenario['kind'], ScenarioRun> = {
  load: runLoad,
  idle: runIdle,
  memory: runMemory,
  start: runStart,
  scaling: runScaling,
  edge: runEdge,
  aion: runAion,
};

/** Minutes per contender and round: more rounds would cost more than they tell. */
const MAX_ROUNDS: Partial<Record<Scenario['kind'], number>> = { edge: 2, memory: 1 };

const roundsOf = (s: Scenario, rounds: number): number => Math.min(rounds, MAX_ROUNDS[s.kind] ?? rounds);

export function contendersOf(scenario: Scenario, contenders: readonly Contender[]): Contender[] {
  return contenders.filter((c) => c.groups.includes(scenario.group) && (scenario.only?.(c) ?? true));
}

/** The open loop that belongs to a scenario; `share` of 1. */
const openLoopOf = (scenario: Scenario, share: number): string => `${scenario.name}@${Math.round(share * 100)}`;

/** What a run is going to measure, by the names of its rows. */
export function selectedNames(scenarios: readonly Scenario[], offered: number): string[] {
  return scenarios.flatMap((s) => (s.equalLoad && offered > 0 ? [s.name, openLoopOf(s, offered)] : [s.name]));
}

/** Timings a run will take, for the progress bar. */
export function countTimings(
  bench: Pick<Bench, 'options'>,
  scenarios: readonly Scenario[],
  contenders: readonly Contender[],
): number {
  let n = 0;
  for (const s of scenarios) {
    const passes = s.equalLoad && bench.options.offered > 0 ? 2 : 1;
    n += contendersOf(s, contenders).length * roundsOf(s, bench.options.rounds) * passes;
  }
  return n;
}

export class Runner {
  private readonly bench: Bench;
  private readonly result: BenchResult;
  private readonly progress: Progress;
  private readonly began = performance.now();
  private outOfTime = false;

  constructor(bench: Bench, result: BenchResult, progress: Progress) {
    this.bench = bench;
    this.result = result;
    this.progress = progress;
  }

  async run(scenarios: readonly Scenario[], contenders: readonly Contender[]): Promise<void> {
    for (const scenario of scenarios) {
      const able = contendersOf(scenario, contenders);
      if (able.length === 0) continue;
      const living = await this.rounds(scenario, scenario.name, scenario.title, able, 0);
      if (scenario.equalLoad && this.bench.options.offered > 0) await this.equalLoad(scenario, able, living);
      if (scenario.kind === 'load' && this.bench.options.syscalls) await this.syscalls(scenario, living);
    }
    if (this.outOfTime)
      this.bench.note(`the time budget of ${this.bench.options.budget} s was used up: some timings are missing`);
  }

  /** All rounds of a scenario; returns the contenders that made it to the end. */
  private async rounds(
    scenario: Scenario,
    name: string,
    title: string,
    able: Contender[],
    rate: number,
  ): Promise<Contender[]> {
    const total = roundsOf(scenario, this.bench.options.rounds);
    let living = [...able];
    for (let round = 0; round < total; round++) {
      for (let i = 0; i < able.length; i++) {
        const contender = able[(i + round) % able.length];
        this.progress.step(`${name}, round ${round + 1} of ${total}: ${contender.name}`);
        if (!living.includes(contender) || this.timeIsUp()) continue;
        try {
          for (const t of await this.timings(scenario, contender, rate)) {
            this.record(t.scenario ?? { name, title, unit: scenario.unit }, contender, round, t, rate);
          }
        } catch (error) {
          living = living.filter((c) => c !== contender);
          this.failed(name, contender, error);
        }
        dropFailed(this.result);
      }
    }
    return living;
  }

  /** `--quick`: half a second without an answer may be a busy machine's fault, twice in turn is not. */
  private async timings(scenario: Scenario, contender: Contender, rate: number): Promise<Timing[]> {
    const once = (): Promise<Timing[]> => RUNS[scenario.kind](this.bench, scenario, contender, rate);
    try {
      return await once();
    } catch (error) {
      if (!this.bench.options.quick || !(error instanceof NotMeasured) || error.kind !== 'load') throw error;
      return await once();
    }
  }

  private timeIsUp(): boolean {
    const { budget } = this.bench.options;
    if (budget > 0 && performance.now() - this.began > budget * 1000) this.outOfTime = true;
    return this.outOfTime;
  }

  private record(
    info: { name: string; title: string; unit: string },
    contender: Contender,
    round: number,
    t: Timing,
    rate: number,
  ): void {
    if (!this.result.scenarios.some((s) => s.name === info.name)) {
      this.result.scenarios.push(rate > 0 ? { ...info, offered: rate } : info);
    }
    const sample: Sample = { scenario: info.name, contender: contender.name, round, by: t.by, values: t.values };
    this.result.samples.push(t.over === undefined ? sample : { ...sample, over: t.over });
  }

  private failed(scenario: string, contender: Contender, error: unknown): void {
    // A defect of the bench itself must not look like a contender's.
    if (!(error instanceof NotMeasured)) throw error;
    const failure = { scenario, contender: contender.name, kind: error.kind, message: error.message };
    this.result.failures.push(failure);
    this.progress.say(`${contender.name}, ${scenario}: ${error.kind}: ${error.message.split('\n')[0]}`);
  }

  /** Latency at the same offered rate for all: a share of what the reference reached. */
  private async equalLoad(scenario: Scenario, able: Contender[], living: Contender[]): Promise<void> {
    const percent = Math.round(this.bench.options.offered * 100);
    const name = openLoopOf(scenario, this.bench.options.offered);
    const offer = this.offerFor(scenario, name, living);
    if (offer === null || !(offer.rate > 0)) return;
    const title = `${scenario.title}: latency at ${offer.rate.toLocaleString('en')} per second, ${percent} % of ${offer.of}`;
    await this.rounds(
      scenario,
      name,
      title,
      able.filter((c) => living.includes(c)),
      offer.rate,
    );
  }

  /** What an earlier result offered, where one is given; else a share of what the reference reached just now. */
  private offerFor(scenario: Scenario, name: string, living: Contender[]): { rate: number; of: string } | null {
    const { offered, reference, rates } = this.bench.options;
    const earlier = rates === '' ? undefined : readResult(rates).scenarios.find((s) => s.name === name)?.offered;
    if (earlier !== undefined) return { rate: earlier, of: 'the maximum in an earlier run' };
    const wanted = reference === '' ? [REFERENCE, 'envoylet'] : [reference];
    const base = wanted.find((n) => living.some((c) => c.name === n)) ?? living[0]?.name;
    if (base === undefined) return null;
    const rate = Math.round(offered * median(series(this.result, scenario.name, base, 'rate')));
    return { rate, of: `${base}'s maximum` };
  }

  private async syscalls(scenario: Scenario, living: Contender[]): Promise<void> {
    if (syscallsMissing() !== '') return;
    for (const contender of living) {
      if (this.timeIsUp()) return;
      this.progress.say('', `${scenario.name}, system calls: ${contender.name}`);
      try {
        const running = await startContender(this.bench, contender, scenario.group);
        try {
          const calls = await syscallsPerRequest(this.bench, scenario, running);
          // One figure per run: it belongs to the first round.
          const first = this.result.samples.find((s) => s.scenario === scenario.name && s.contender === contender.name);
          if (calls !== null && first !== undefined) first.values.calls = calls;
          if (calls === null) this.bench.note('system calls: strace could not attach (ptrace forbidden?)');
        } finally {
          await running.child.stop();
        }
      } catch (error) {
        // Under strace everything is slow: only what it answers is held against a contender.
        if (error instanceof NotMeasured && error.kind === 'load')
          this.bench.note(`system calls of ${contender.name}, ${scenario.name}: not counted: ${error.message}`);
        else this.failed(scenario.name, contender, error);
        dropFailed(this.result);
      }
    }
  }
}
