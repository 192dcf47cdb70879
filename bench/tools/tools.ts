/**
 * Load from the tools people know, where they are installed: wrk (HTTP/1.1), h2load or ghz (gRPC unary),
 * redis-benchmark. Closed loop only: their latencies leave out what a stalled proxy kept from being sent, so latency at
 * equal load always comes from the built-in generator.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinned } from '../contenders/process.ts';
import type { Percentiles } from '../load/histogram.ts';
import { MESSAGE_BYTES, message } from '../load/http2.ts';
import type { Job } from '../load/job.ts';
import { KEYS } from '../load/redis.ts';
import { which } from './which.ts';

export interface ToolResult {
  requests: number;
  errors: number;
  seconds: number;
  /** µs; null fields became 0 are left out by the caller: a tool may not know all percentiles. */
  latency: Partial<Percentiles>;
}

export interface Tool {
  name: string;
  run(job: Job, seconds: number): Promise<ToolResult>;
}

export interface ToolSetup {
  dir: string;
  cpus: string;
}

async function output(command: string[], cpus: string): Promise<string> {
  const [program, ...args] = pinned(command, cpus);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (d: Buffer) => {
    text += d.toString();
  });
  child.stderr.resume();
  await new Promise((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', reject);
  });
  return text;
}

/** Prints what we need as one JSON line; wrk counts in µs. */
const WRK_LUA = `done = function(summary, latency)
  io.write(string.format('RESULT {"requests":%d,"us":%d,"errors":%d,"p50":%d,"p99":%d,"p999":%d,"max":%d}\\n',
    summary.requests, summary.duration,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max))
end
`;

function wrk(path: string, setup: ToolSetup): Tool {
  const post = `wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/octet-stream'\n`;
  return {
    name: 'wrk',
    run: async (job, seconds) => {
      const script = join(setup.dir, 'wrk.lua');
      const body = job.bodyBytes > 0 ? `${post}wrk.body = string.rep('x', ${job.bodyBytes})\n` : '';
      writeFileSync(script, body + WRK_LUA);
      const url = `http://127.0.0.1:${job.port}${job.what}`;
      const s = Math.max(1, Math.round(seconds));
      const args = [path, '-t1', `-c${job.connections}`, `-d${s}s`, '-s', script, url];
      const text = await output(args, setup.cpus);
      const line = /^RESULT (\{.*\})$/m.exec(text);
      if (line === null) throw new Error(`wrk said: ${text.slice(-300)}`);
      const { requests, us, errors, ...latency } = JSON.parse(line[1]);
      return { requests: requests - errors, errors, seconds: us / 1e6, latency };
    },
  };
}

function h2load(path: string, setup: ToolSetup): Tool {
  return {
    name: 'h2load',
    run: async (job, seconds) => {
      const body = join(setup.dir, 'grpc-message');
      const log = join(setup.dir, 'h2load.log');
      writeFileSync(body, message());
      writeFileSync(log, '');
      const s = Math.max(1, Math.round(seconds));
      const text = await output(
        [
          path,
          '-t1',
          `-c${job.connections}`,
          `-m${job.depth}`,
          '-D',
          String(s),
          `--log-file=${log}`,
          '-H',
          'content-type: application/grpc',
          '-H',
          'te: trailers',
          '-d',
          body,
          `http://127.0.0.1:${job.port}${job.what}`,
        ],
        setup.cpus,
      );
      // start (µs) TAB status TAB duration (µs)
      const us: number[] = [];
      let errors = 0;
      for (const line of readFileSync(log, 'latin1').split('\n')) {
        const [, status, took] = line.split('\t');
        if (status === '200') us.push(Number(took));
        else if (status !== undefined) errors++;
      }
      if (us.length === 0) throw new Error(`h2load said: ${text.slice(-300)}`);
      us.sort((a, b) => a - b);
      const at = (p: number): number => us[Math.min(us.length - 1, Math.floor(us.length * p))];
      return {
        requests: us.length,
        errors,
        seconds: s,
        latency: { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: us[us.length - 1] },
      };
    },
  };
}

const ECHO_PROTO = `syntax = "proto3";
package bench;
message Text { string text = 1; }
service Echo { rpc Unary (Text) returns (Text); }
`;

function ghz(path: string, setup: ToolSetup): Tool {
  return {
    name: 'ghz',
    run: async (job, seconds) => {
      const proto = join(setup.dir, 'echo.proto');
      writeFileSync(proto, ECHO_PROTO);
      const text = await output(
        [
          path,
          '--insecure',
          '--proto',
          proto,
          '--call',
          'bench.Echo/Unary',
          '-d',
          JSON.stringify({ text: 'x'.repeat(MESSAGE_BYTES - 2) }),
          '-c',
          String(job.connections * job.depth),
          '--connections',
          String(job.connections),
          '-z',
          `${Math.max(1, Math.round(seconds))}s`,
          '--duration-stop',
          'ignore',
          '-O',
          'json',
          `127.0.0.1:${job.port}`,
        ],
        setup.cpus,
      );
      // Durations in ns. It knows 50 and 99 %, not 99.9.
      const r = JSON.parse(text) as {
        total: number;
        slowest: number;
        statusCodeDistribution: Record<string, number>;
        latencyDistribution: { percentage: number; latency: number }[] | null;
      };
      const ok = r.statusCodeDistribution.OK ?? 0;
      const at = (p: number): number | undefined => {
        const found = r.latencyDistribution?.find((x) => x.percentage === p);
        return found === undefined ? undefined : found.latency / 1000;
      };
      const all = Object.values(r.statusCodeDistribution).reduce((a, b) => a + b, 0);
      return {
        requests: ok,
        errors: all - ok,
        seconds: r.total / 1e9,
        latency: { p50: at(50), p99: at(99), max: r.slowest / 1000 },
      };
    },
  };
}

/** Commands of the first run per connection: enough to see how fast it goes. */
const PROBE = 2000;

function redisBenchmark(path: string, setup: ToolSetup): Tool {
  const once = async (job: Job, n: number): Promise<ToolResult> => {
    const args = [
      path,
      '-p',
      String(job.port),
      '-c',
      String(job.connections),
      '-n',
      String(n),
      '-P',
      String(job.depth),
    ];
    args.push('-r', String(KEYS), '--csv');
    if (job.what === 'set') args.push('SET', 'bench:__rand_int__', 'x'.repeat(job.bodyBytes));
    else if (job.what === 'mget') args.push('MGET', ...Array.from({ length: 10 }, () => 'bench:__rand_int__'));
    else args.push('GET', 'bench:__rand_int__');
    const text = await output(args, setup.cpus);
    const row = text.trim().split('\n').at(-1) ?? '';
    // "test","rps","avg","min","p50","p95","p99","max" in ms; the first column may hold commas.
    const [rps, , , p50, , p99, max] = row.replaceAll('"', '').split(',').slice(-7).map(Number);
    if (!(rps > 0)) throw new Error(`redis-benchmark said: ${text.slice(-300)}`);
    return { requests: n, errors: 0, seconds: n / rps, latency: { p50: p50 * 1000, p99: p99 * 1000, max: max * 1000 } };
  };
  return {
    name: 'redis-benchmark',
    run: async (job, seconds) => {
      // It takes a count, not a time.
      const probe = await once(job, PROBE);
      return await once(job, Math.max(PROBE, Math.round((probe.requests / probe.seconds) * seconds)));
    },
  };
}

/** The tool for a kind of load, or null. */
export function toolFor(job: Job, setup: ToolSetup): Tool | null {
  const make = (name: string, build: (path: string, setup: ToolSetup) => Tool): Tool | null => {
    const path = which(name);
    return path === null ? null : build(path, setup);
  };
  switch (job.kind) {
    case 'http1':
      return make('wrk', wrk);
    case 'grpc-unary':
      return make('h2load', h2load) ?? make('ghz', ghz);
    case 'redis':
      return make('redis-benchmark', redisBenchmark);
    default:
      return null;
  }
}
