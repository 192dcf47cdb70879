/** Measures, prints the table, writes the files. Exit code 1: envoylet answered wrongly, crashed or did not start. */
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackends } from '../backends/start.ts';
import type { Bench } from '../bench.ts';
import { isRedis } from '../contenders/contender.ts';
import { findContenders } from '../contenders/find.ts';
import { Generator } from '../load/remote.ts';
import { describeMachine } from '../measure/machine.ts';
import { syscallsMissing } from '../measure/syscalls.ts';
import { type Options, parseOptions } from '../options.ts';
import { Progress } from '../report/progress.ts';
import { table } from '../report/table.ts';
import { type BenchResult, type Failure, FORMAT, ownNames, readResult } from '../result.ts';
import { countTimings, Runner, selectedNames } from '../runner.ts';
import { aionConfigs } from '../scenarios/aion.ts';
import { chooseScenarios, SCENARIOS } from '../scenarios/scenarios.ts';
import { versionOf, which } from '../tools/which.ts';
import { writeReports } from './report.ts';

const root = join(import.meta.dirname, '../..');
const TOOLS = ['wrk', 'h2load', 'ghz', 'redis-benchmark', 'redis-server', 'strace', 'taskset'];

function ownDefault(): string {
  return process.env.ENVOYLET_CMD || (existsSync(join(root, 'dist/envoylet.js')) ? 'dist' : 'src');
}

/** `wrk (wrk 4.1.0 …)`: a result should say what it was made with. */
function withVersion(tool: string): string {
  const version = versionOf(tool);
  return version === '' ? tool : `${tool} (${version.replace(/ Copyright.*| sha=.*/, '')})`;
}

export function list(): number {
  const { contenders, missing, notes } = findContenders([], [ownDefault()]);
  const out = ['scenarios:', ...SCENARIOS.map((s) => `  ${s.name.padEnd(20)} ${s.title}`), '', 'contenders here:'];
  for (const c of contenders) out.push(`  ${c.name.padEnd(20)} ${c.version}  [${c.groups.join(', ')}]`);
  out.push(...missing.map((m) => `  – ${m}`), ...notes.map((n) => `  ! ${n}`), '', 'tools:');
  for (const t of TOOLS) out.push(`  ${t.padEnd(20)} ${which(t) === null ? '– not found' : versionOf(t) || 'found'}`);
  process.stdout.write(`${out.join('\n')}\n`);
  return 0;
}

export async function measure(args: string[]): Promise<number> {
  const options = parseOptions(args, ownDefault());
  const machine = describeMachine(options.concurrency);
  const { contenders, missing, notes } = findContenders(options.contenders, options.envoylet);
  if (contenders.length === 0) throw new Error(`none of these contenders is here: ${options.contenders.join(', ')}`);
  const scenarios = chooseScenarios(options.only, options.quick);
  const dir = mkdtempSync(join(tmpdir(), 'envoylet-bench-'));
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  const result: BenchResult = {
    format: FORMAT,
    date: new Date().toISOString(),
    machine,
    options: {
      seconds: options.seconds,
      warmup: options.warmup,
      rounds: options.rounds,
      quick: options.quick,
      concurrency: options.concurrency,
      selected: selectedNames(scenarios, options.offered),
    },
    contenders: contenders.map(({ name, version, kind }) => ({ name, version, kind })),
    scenarios: [],
    samples: [],
    failures: [],
    notes: [...missing, ...notes],
  };
  const note = (text: string): void => {
    if (!result.notes.includes(text)) result.notes.push(text);
  };
  // An hour's figures must not be lost to what is found out at its end.
  if (options.rates !== '') readResult(options.rates);
  for (const file of [options.json, options.html]) if (file !== '') appendFileSync(file, '');
  const publish = (): void => {
    process.stdout.write(`${table(result)}\n`);
    if (options.json !== '') writeFileSync(options.json, `${JSON.stringify(result, null, 1)}\n`);
    writeReports(result, options);
  };
  // Ctrl-C: what was measured so far is written; children are killed on exit (contenders/process.ts).
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      note(`ended early by ${signal}: some timings are missing`);
      if (result.samples.length > 0) publish();
      process.exit(130);
    });
  }
  if (options.syscalls && syscallsMissing() !== '') note(syscallsMissing());
  if (machine.proxyCpu === '')
    note('nothing is pinned to a CPU (no CPU to spare, or no taskset): proxy, load and backends compete');
  const used = TOOLS.filter((t) => which(t) !== null);
  note(`tools found: ${used.length === 0 ? 'none' : used.map(withVersion).join('; ')}`);
  if (scenarios.some((s) => s.kind === 'aion') && aionConfigs().length === 0)
    note("aion: AION's configs are not in this tree");

  const withCluster = scenarios.some((s) => s.group === 'redis-cluster');
  const backends = await startBackends(machine, dir, withCluster);
  if (backends.noCluster !== '') note(`no Redis Cluster: ${backends.noCluster}`);
  if (scenarios.some((s) => isRedis(s.group))) note(`Redis servers: ${backends.redisIs}`);
  const generator = await Generator.start(machine.otherCpus, dir);
  const fail = (failure: Failure): void => {
    const same = (f: Failure): boolean => f.scenario === failure.scenario && f.contender === failure.contender;
    if (!result.failures.some(same)) result.failures.push(failure);
  };
  const bench: Bench = { options, machine, backends, generator, dir, note, fail };
  const progress = new Progress(countTimings(bench, scenarios, contenders));
  try {
    await new Runner(bench, result, progress).run(scenarios, contenders);
  } catch (error) {
    note(`ended early: ${error instanceof Error ? error.message : String(error)}`);
    if (result.samples.length > 0) publish();
    throw error;
  } finally {
    progress.end();
    await generator.stop();
    await backends.stop();
  }
  publish();
  return ownFailures(result, options);
}

function ownFailures(result: BenchResult, options: Options): number {
  const own = ownNames(result);
  const bad = result.failures.filter((f) => own.has(f.contender));
  const asked = options.contenders.length === 0 || own.size > 0;
  if (bad.length > 0) process.stdout.write(`\n${bad.length} failures of envoylet\n`);
  return bad.length > 0 || (asked && result.samples.length === 0) ? 1 : 0;
}
