/** The usual timing: a fresh process, a check, warm-up, the measured window; CPU and memory of exactly that window. */
import { type Bench, mustLive, NotMeasured, type Running, startContender, type Timing } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import type { Percentiles } from '../load/histogram.ts';
import type { Job } from '../load/job.ts';
import type { Generator } from '../load/remote.ts';
import { between, type ProcessDelta, sampleProcess } from '../measure/process.ts';
import type { Values } from '../result.ts';
import type { Tool, ToolResult } from '../tools/tool.ts';
import { toolFor } from '../tools/tools.ts';
import type { Scenario } from './scenarios.ts';

/** Failed requests tolerated before a timing counts for nothing: 1 %. */
const MAX_ERROR_SHARE = 0.01;

export async function runLoad(bench: Bench, scenario: Scenario, contender: Contender, rate: number): Promise<Timing[]> {
  const running = await startContender(bench, contender, scenario.group);
  try {
    return [await timed(bench, scenario, running, rate)];
  } finally {
    await running.child.stop();
  }
}

/** One measured window against a running contender. */
export async function timed(
  bench: Bench,
  scenario: Pick<Scenario, 'job'>,
  running: Running,
  rate: number,
  seconds = bench.options.seconds,
  warmup = bench.options.warmup,
): Promise<Timing> {
  const { child, port } = running;
  const job: Job = { ...scenario.job, port, rate, warmup, seconds, pid: child.pid };
  const setup = { dir: bench.dir, cpus: bench.machine.otherCpus };
  const tool = rate > 0 || bench.options.load === 'builtin' ? null : toolFor(job, setup);
  let timing: Measured;
  try {
    timing = tool === null ? await builtIn(bench.generator, job) : await withTool(tool, job);
  } finally {
    // A crash is the better reason than what the load saw of it.
    mustLive(child, 'the load');
  }
  const { requests, errors } = timing;
  if (requests === 0) throw new NotMeasured('load', `no request was answered, ${errors} failed`);
  if (errors > requests * MAX_ERROR_SHARE) throw new NotMeasured('load', `${errors} failed, ${requests} answered`);
  return { by: tool?.name ?? 'built-in', values: timing.values };
}

interface Measured {
  requests: number;
  errors: number;
  values: Values;
}

async function builtIn(generator: Generator, job: Job): Promise<Measured> {
  const r = await generator.run(job);
  const values: Values = { ...perRequest(r.used, r.requests), ...inMs(r.latency ?? {}), rate: r.requests / r.seconds };
  if (job.rate > 0) {
    // Late is this process, not the proxy: a large figure says that the machine had no room for the load.
    values.lateMs = r.lateMs;
    values.unsent = r.unsent;
  }
  return { requests: r.requests, errors: r.errors, values: { ...values, errors: r.errors } };
}

async function withTool(tool: Tool, job: Job): Promise<Measured> {
  await runTool(tool, job, job.warmup);
  const before = sampleProcess(job.pid);
  const r = await runTool(tool, job, job.seconds);
  const used = between(before, sampleProcess(job.pid));
  const values = {
    ...perRequest(used, r.requests),
    ...inMs(r.latency),
    rate: r.requests / r.seconds,
    errors: r.errors,
  };
  return { requests: r.requests, errors: r.errors, values };
}

/** A tool that gives up (connection refused, an answer it does not understand) must not end the whole run. */
async function runTool(tool: Tool, job: Job, seconds: number): Promise<ToolResult> {
  try {
    return await tool.run(job, seconds);
  } catch (error) {
    throw new NotMeasured('load', error instanceof Error ? error.message : String(error));
  }
}

function perRequest(used: ProcessDelta | null, requests: number): Values {
  if (used === null || requests === 0) return {};
  return {
    cpuUs: used.cpuUs / requests,
    switches: used.switches / requests,
    rssMb: used.rssMb,
    anonMb: used.anonMb,
  };
}

/** µs to ms. */
function inMs(latency: Partial<Percentiles>): Values {
  const out: Values = {};
  for (const key of ['p50', 'p99', 'p999'] as const) {
    const us = latency[key];
    if (us !== undefined) out[key] = us / 1000;
  }
  return out;
}
