/**
 * Two results beside each other: what got better or worse beyond the noise. A figure has changed when all three hold:
 * its medians differ by more than the floor; they differ by more than twice the rounds' own spread; and chance would part
 * the rounds that far in at most one of a hundred deals (permutation.ts), which takes five rounds a side.
 */
import { METRICS, type Metric } from '../measure/metrics.ts';
import { type BenchResult, concerns, ownNames, REFERENCE, scenarioOf, series } from '../result.ts';
import { permutationP, smallestP } from './permutation.ts';
import { median, spread } from './summary.ts';

export interface CompareOptions {
  /** Smaller differences are never called a change; 0.05 = 5 %. */
  floor: number;
  /** Chance allowed per figure. */
  alpha: number;
  /** A contender to divide by, round by round: takes out what the machine did. '' = none. */
  relativeTo: string;
  /** Scenarios in which it was not timed are compared as they are, instead of not at all. */
  orAbsolute: boolean;
}

export const DEFAULT_COMPARE: CompareOptions = { floor: 0.05, alpha: 0.01, relativeTo: '', orAbsolute: false };

/** Times the combined spread a difference must reach. */
const SPREADS = 2;
/** Offered rates may differ by this share before latencies at them are strangers. */
const SAME_OFFER = 0.1;
/** Figures so small that their ratios mean nothing. */
const NEGLIGIBLE = 1e-9;

export type Verdict = 'better' | 'worse' | 'same' | 'too few rounds';

export interface Change {
  scenario: string;
  contender: string;
  metric: Metric;
  before: number;
  after: number;
  /** after / before. */
  ratio: number;
  p: number;
  /** Has the rounds it takes for a verdict. */
  enough: boolean;
  verdict: Verdict;
}

export interface Comparison {
  changes: Change[];
  /** Why the figures may not be comparable at all. */
  warnings: string[];
  /** Scenario and contender that are in one file only. */
  onlyBefore: string[];
  onlyAfter: string[];
  /** Judged figures of envoylet that got worse, its rows that are missing now, and its failures. */
  regressions: string[];
  /** Figures that could have become a regression: judged ones of envoylet with enough rounds on both sides. */
  judged: number;
}

function divided(result: BenchResult, scenario: string, contender: string, key: string, by: string): number[] {
  if (by === '') return series(result, scenario, contender, key);
  const rounds = (name: string): Map<number, number> =>
    new Map(
      result.samples
        .filter((s) => s.scenario === scenario && s.contender === name && s.values[key] !== undefined)
        .map((s) => [s.round, s.values[key] as number]),
    );
  const base = rounds(by);
  return [...rounds(contender)].flatMap(([round, v]) => {
    const b = base.get(round);
    return b === undefined || b < NEGLIGIBLE ? [] : [v / b];
  });
}

export function judge(
  metric: Metric,
  before: number[],
  after: number[],
  options: CompareOptions,
): Omit<Change, 'scenario' | 'contender'> {
  const a = median(before);
  const b = median(after);
  const enough = smallestP(before.length, after.length) <= options.alpha;
  const change = { metric, before: a, after: b, ratio: b / a, p: permutationP(before, after), enough };
  const far = Math.abs(b - a) > options.floor * Math.abs(a);
  const beyondSpread = Math.abs(b - a) > SPREADS * Math.hypot(spread(before), spread(after));
  // Rounds that could not show a difference do not show that there is none either.
  if (!enough) return { ...change, verdict: 'too few rounds' };
  if (!far || !beyondSpread) return { ...change, verdict: 'same' };
  if (change.p > options.alpha) return { ...change, verdict: 'same' };
  return { ...change, verdict: b < a === (metric.better === 'lower') ? 'better' : 'worse' };
}

const pairs = (r: BenchResult): Set<string> => new Set(r.samples.map((s) => `${s.scenario} · ${s.contender}`));

/**
 * Who can be divided by: Envoy where it was timed in both files, else whoever else was in most scenarios of both; the same version
 * and not envoylet. '' = nobody.
 */
export function commonBase(before: BenchResult, after: BenchResult): string {
  const own = new Set([...ownNames(before), ...ownNames(after)]);
  const both = timedInBoth(before, after);
  const same = before.contenders.filter(
    ({ name, version }) => !own.has(name) && after.contenders.some((c) => c.name === name && c.version === version),
  );
  const shared = same.map(({ name }) => ({
    name,
    scenarios: before.scenarios.filter((s) => both(s.name, name)).length,
  }));
  const found = shared.filter((c) => c.scenarios > 0).sort((a, b) => b.scenarios - a.scenarios);
  return (found.find((c) => c.name === REFERENCE) ?? found[0])?.name ?? '';
}

function timedInBoth(before: BenchResult, after: BenchResult): (scenario: string, contender: string) => boolean {
  const [had, has] = [pairs(before), pairs(after)];
  return (scenario, contender) => [had, has].every((p) => p.has(`${scenario} · ${contender}`));
}

export function compareResults(before: BenchResult, after: BenchResult, options: CompareOptions): Comparison {
  const changes: Change[] = [];
  const [had, has] = [pairs(before), pairs(after)];
  const strangers = new Set(atOtherLoad(before, after).map(([name]) => name));
  const both = timedInBoth(before, after);
  const baseOf = (scenario: string): string =>
    options.orAbsolute && !both(scenario, options.relativeTo) ? '' : options.relativeTo;
  for (const { name: scenario } of before.scenarios) {
    const base = baseOf(scenario);
    if (base === '' && strangers.has(scenario)) continue;
    for (const { name: contender } of before.contenders) {
      if (contender === base) continue;
      for (const metric of METRICS) {
        const a = divided(before, scenario, contender, metric.key, base);
        const b = divided(after, scenario, contender, metric.key, base);
        if (a.length === 0 || b.length === 0 || Math.abs(median(a)) < NEGLIGIBLE) continue;
        changes.push({ scenario, contender, ...judge(metric, a, b, options) });
      }
    }
  }
  const own = new Set([...ownNames(before), ...ownNames(after)]);
  // That nginx got slower says something about the machine, not about a commit. Where no envoylet was measured, everybody counts.
  const judged = own.size > 0 ? own : new Set(before.contenders.map((c) => c.name));
  const counting = changes.filter((c) => c.metric.judged && judged.has(c.contender));
  const regressions = counting
    .filter((c) => c.verdict === 'worse')
    .map((c) => `${c.scenario} · ${c.contender}: ${c.metric.label} × ${c.ratio.toFixed(2)}`);
  for (const f of after.failures) {
    const key = `${f.scenario} · ${f.contender}`;
    if (own.has(f.contender) || (had.has(key) && judged.has(f.contender)))
      regressions.push(`${key}: ${f.kind} (${f.message.split('\n')[0]})`);
  }
  regressions.push(...missingRows(before, after, own, has));
  return {
    changes,
    judged: counting.filter((c) => c.enough).length,
    warnings: [
      ...differences(before, after, options),
      ...withoutBase(before, both, judged, options),
      ...driftOf(changes, judged, options.relativeTo),
    ],
    onlyBefore: [...had].filter((k) => !has.has(k)),
    onlyAfter: [...has].filter((k) => !had.has(k)),
    regressions,
  };
}

/** Rows of envoylet that the first file has and the second has not, though their scenario was asked for. */
function missingRows(
  before: BenchResult,
  after: BenchResult,
  own: ReadonlySet<string>,
  has: ReadonlySet<string>,
): string[] {
  const out = new Set<string>();
  for (const { scenario, contender } of before.samples) {
    const key = `${scenario} · ${contender}`;
    if (has.has(key) || !own.has(contender) || !wasSelected(after, scenario)) continue;
    const known = after.failures.some((f) => f.contender === contender && concerns(f, scenario));
    // A failure is said already, with its reason.
    if (!known) out.add(`${key}: timed before, missing now`);
  }
  return [...out];
}

/** A file that does not say what was asked for says it by what it has. */
function wasSelected(result: BenchResult, scenario: string): boolean {
  const { selected } = result.options;
  if (selected === undefined)
    return result.scenarios.some((s) => s.name === scenario) || result.failures.some((f) => f.scenario === scenario);
  return selected.includes(scenario) || (scenarioOf(scenario) === 'aion' && selected.includes('aion'));
}

/** Rows that cannot be divided, because whom they are divided by was not timed there. */
function withoutBase(
  before: BenchResult,
  both: ReturnType<typeof timedInBoth>,
  judged: ReadonlySet<string>,
  { relativeTo: base, orAbsolute }: CompareOptions,
): string[] {
  if (base === '') return [];
  const how = orAbsolute ? 'compared as it is' : 'not compared';
  return before.scenarios
    .filter((s) => !both(s.name, base) && [...judged].some((c) => c !== base && both(s.name, c)))
    .map((s) => `${s.name}: ${how}: ${base} was not timed there in both files`);
}

/** In how many figures the others changed, who run the same program in both files. */
function driftOf(changes: readonly Change[], judged: ReadonlySet<string>, base: string): string[] {
  const others = changes.filter((c) => !judged.has(c.contender) && c.metric.judged);
  const changed = others.filter((c) => c.verdict === 'better' || c.verdict === 'worse');
  if (changed.length === 0) return [];
  const who = [...new Set(changed.map((c) => c.contender))].join(', ');
  const advice = base === '' ? '; see --relative' : '';
  return [`others changed, too (${who}; ${changed.length} of ${others.length} figures): the machine did${advice}`];
}

/** Open loops that were offered other rates: name, before, after. */
function atOtherLoad(a: BenchResult, b: BenchResult): [string, number, number][] {
  return a.scenarios.flatMap((s): [string, number, number][] => {
    const offered = b.scenarios.find((x) => x.name === s.name)?.offered;
    if (s.offered === undefined || offered === undefined) return [];
    return Math.abs(offered / s.offered - 1) > SAME_OFFER ? [[s.name, s.offered, offered]] : [];
  });
}

/** What makes absolute figures of two files strangers to each other. */
function differences(a: BenchResult, b: BenchResult, options: CompareOptions): string[] {
  const out: string[] = [];
  const say = (what: string, x: unknown, y: unknown): void => {
    if (x !== y) out.push(`${what} differs: ${x} → ${y}`);
  };
  if (options.relativeTo === '') {
    say('CPU', a.machine.cpu, b.machine.cpu);
    say('number of cores', a.machine.cores, b.machine.cores);
    say('frequency governor', a.machine.governor, b.machine.governor);
  }
  say('Node', a.machine.node, b.machine.node);
  say('workers', a.options.concurrency, b.options.concurrency);
  say('seconds per round', a.options.seconds, b.options.seconds);
  for (const [name, x, y] of atOtherLoad(a, b)) {
    const kept = options.relativeTo === '' ? 'not compared, see --rates' : 'compared by ratio only';
    out.push(`${name}: latency at ${x} → ${y} requests per second: ${kept}`);
  }
  for (const c of a.contenders) {
    const other = b.contenders.find((x) => x.name === c.name);
    if (other !== undefined && c.kind !== 'envoylet') say(`version of ${c.name}`, c.version, other.version);
  }
  for (const s of a.samples) {
    const other = b.samples.find((x) => x.scenario === s.scenario && x.contender === s.contender);
    if (other !== undefined && other.by !== s.by) {
      out.push(`${s.scenario}: load by ${s.by} → ${other.by}`);
      break;
    }
  }
  return out;
}
