/** Redis commands by redis-benchmark; keys as in load/redis.ts. It takes a count of requests, not a time. */
import type { Job } from '../load/job.ts';
import { KEYS, MGET_KEYS } from '../load/redis.ts';
import { output, type Tool, type ToolResult, type ToolSetup } from './tool.ts';

/** Requests of the first run: enough to see how fast it goes; more where that was over before its clock moved. */
const PROBE = 2000;
const MOST_PROBE = 2_000_000;

export function redisBenchmark(path: string, setup: ToolSetup): Tool {
  const run = async (job: Job, n: number, seconds: number): Promise<ToolResult> => {
    const args = [path, '-p', String(job.port), '-c', String(job.connections), '-n', String(n)];
    // -e: version 7 ends on the first error by itself, older ones say errors only when asked.
    args.push('-P', String(job.depth), '-e', '-r', String(KEYS), ...commandOf(job));
    return readOutput(await output(args, setup.cpus, seconds));
  };
  /** Requests per second of the run before; so only the warm-up has to probe, and the proxy's CPU is that of one run. */
  let rate = 0;
  const probe = async (job: Job, seconds: number): Promise<number> => {
    for (let n = PROBE; n <= MOST_PROBE; n *= 10) {
      const r = await run(job, n, seconds);
      if (r.seconds > 0) return n / r.seconds;
    }
    throw new Error(`redis-benchmark: ${MOST_PROBE} requests took no time`);
  };
  return {
    name: 'redis-benchmark',
    run: async (job, seconds) => {
      if (rate === 0) rate = await probe(job, seconds);
      const r = await run(job, Math.max(PROBE, Math.round(rate * seconds)), seconds);
      if (r.seconds > 0) rate = r.requests / r.seconds;
      return r;
    },
  };
}

/** `__rand_int__` becomes a number of twelve digits, each time it stands there. */
const KEY = 'bench:__rand_int__';

function commandOf(job: Job): string[] {
  if (job.what === 'set') return ['SET', KEY, 'x'.repeat(job.bodyBytes)];
  if (job.what === 'mget') return ['MGET', ...Array<string>(MGET_KEYS).fill(KEY)];
  return ['GET', KEY];
}

/** What it prints since version 5: `--csv` would leave out everything above 99 %. Seconds are 0 when it saw none. */
export function readOutput(text: string): ToolResult {
  const wrong = /^Error from server.*/m.exec(text);
  if (wrong !== null) throw new Error(`redis-benchmark: ${wrong[0]}`);
  const done = /(\d+) requests completed in ([\d.]+) seconds/.exec(text);
  if (done === null) throw new Error(`redis-benchmark said: ${text.slice(-300)}`);
  const rps = Number(/(?:throughput summary: |^)([\d.]+) requests per second/m.exec(text)?.[1] ?? Number.NaN);
  const requests = Number(done[1]);
  const steps = [...text.matchAll(/^\s*([\d.]+)% <= ([\d.]+) milliseconds/gm)].map((m) => [Number(m[1]), Number(m[2])]);
  steps.sort((a, b) => a[1] - b[1]);
  const at = (percent: number): number | undefined => steps.find(([p]) => p >= percent)?.[1];
  const us = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms * 1000);
  // Version 7 says these three more finely than its steps are.
  const [, , p50 = at(50), , p99 = at(99), max = at(100)] = summaryRow(text);
  return {
    requests,
    errors: 0,
    seconds: rps > 0 ? requests / rps : Number(done[2]),
    latency: { p50: us(p50), p99: us(p99), p999: us(at(99.9)), max: us(max) },
  };
}

/** avg, min, p50, p95, p99, max in ms; [] before version 6.2. */
function summaryRow(text: string): number[] {
  const row = /latency summary \(msec\):\s+avg +min +p50 +p95 +p99 +max\s+([\d. ]+)/.exec(text);
  return row === null ? [] : row[1].trim().split(/ +/).map(Number);
}
