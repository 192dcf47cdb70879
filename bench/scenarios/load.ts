/** The usual timing: a fresh process, a check, warm-up, the measured window, a check; CPU and memory of exactly that window. */

import { answerLength } from '../backends/http1.ts';
import {
  type Bench,
  mustAnswer,
  mustFill,
  mustLive,
  NotMeasured,
  type Running,
  startContender,
  type Timing,
} from '../bench.ts';
import { type Contender, isRedis } from '../contenders/contender.ts';
import type { Percentiles } from '../load/histogram.ts';
import { messageBytes } from '../load/http2.ts';
import type { Job } from '../load/job.ts';
import type { Generator } from '../load/remote.ts';
import { between, type ProcessDelta, sampleProcess } from '../measure/process.ts';
import type { Values } from '../result.ts';
import type { Tool, ToolResult } from '../tools/tool.ts';
import { toolFor } from '../tools/tools.ts';
import type { Scenario } from './scenarios.ts';

/** Failed requests tolerated before a timing counts for nothing: 1 %. */
const MAX_ERROR_SHARE = 0.01;

/** Seconds of the tool's load again by the built-in generator, which reads every answer. */
const REPLAY_S = 0.2;

export async function runLoad(bench: Bench, scenario: Scenario, contender: Contender, rate: number): Promise<Timing[]> {
  const running = await startContender(bench, contender, scenario.group);
  const { group, job } = scenario;
  try {
    if (isRedis(group) && job.what !== 'set' && job.bodyBytes > 0) await mustFill(running.port, job.bodyBytes);
    return [await timed(bench, scenario, running, rate)];
  } finally {
    await running.child.stop();
  }
}

/** One measured window against a running contender, which must answer rightly during it and after it. */
export async function timed(
  bench: Bench,
  scenario: Pick<Scenario, 'job' | 'group'>,
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
  mustSucceed(timing);
  if (tool !== null) {
    mustBeWhole(timing, job, tool.name);
    await replay(bench.generator, job, tool.name);
  }
  await mustAnswer(scenario.group, port, child).catch((error: NotMeasured) => {
    throw new NotMeasured(error.kind, `after the load: ${error.message}`);
  });
  return { by: tool?.name ?? 'built-in', values: timing.values };
}

interface Measured {
  requests: number;
  errors: number;
  /** Of the answers, where a tool counts them. */
  bytes?: number;
  values: Values;
}

export function mustSucceed({ requests, errors }: Pick<Measured, 'requests' | 'errors'>, during = ''): void {
  if (requests === 0) throw new NotMeasured('load', `${during}no request was answered, ${errors} failed`);
  if (errors > requests * MAX_ERROR_SHARE) {
    throw new NotMeasured('load', `${during}${errors} failed, ${requests} answered`);
  }
}

/** Bytes that a right answer has at least; tools do not look at what they read. */
function leastBytes(job: Job): number {
  if (job.kind === 'http1') return answerLength(job.what, job.bodyBytes);
  return job.kind === 'grpc-unary' ? messageBytes(job) : 0;
}

function mustBeWhole({ requests, bytes }: Measured, job: Job, by: string): void {
  const least = leastBytes(job);
  if (bytes === undefined || bytes >= requests * least * (1 - MAX_ERROR_SHARE)) return;
  const each = (bytes / requests).toFixed(1);
  throw new NotMeasured('load', `${by} read ${each} bytes per answer, a right one has at least ${least}`);
}

/** What a tool cannot see (a trailer, an error inside a reply, a length) the built-in generator does: the same load, briefly. */
async function replay(generator: Generator, job: Job, by: string): Promise<void> {
  const r = await generator.run({ ...job, rate: 0, warmup: 0, seconds: REPLAY_S, pid: 0 });
  mustSucceed(r, `the load of ${by} again, every answer read: `);
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
  return { requests: r.requests, errors: r.errors, bytes: r.bytes, values };
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
