/** System calls per request, counted by `strace -c` in a pass of its own: tracing slows a proxy down several times. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Running } from '../bench.ts';
import { killAtExit } from '../contenders/process.ts';
import type { Scenario } from '../scenarios/scenarios.ts';
import { which } from '../tools/which.ts';
import { family } from './process.ts';

/** ms strace gets to attach. */
const ATTACH_MS = 400;
/** Calls that wait, not work: a proxy that sleeps more often is not a worse one. They are counted like all others. */
const TOTAL = /^\s*100\.00\s+[\d.]+\s+(?:[\d.]+\s+)?(\d+)(?:\s+\d+)?\s+total$/m;

/** Why it cannot be done here, or ''. */
export function syscallsMissing(): string {
  if (process.platform !== 'linux') return 'system calls are counted on Linux only';
  return which('strace') === null ? 'system calls are not counted: strace not found (apt-get install strace)' : '';
}

/** Null when strace could not attach. */
export async function syscallsPerRequest(bench: Bench, scenario: Scenario, running: Running): Promise<number | null> {
  const { child, port } = running;
  const strace = which('strace');
  if (strace === null) return null;
  const summary = join(bench.dir, 'strace.txt');
  const job = { ...scenario.job, port, rate: 0, pid: 0 };
  await bench.generator.run({ ...job, warmup: 0, seconds: 0.3 });
  const pids = family(child.pid).flatMap((pid) => ['-p', String(pid)]);
  const tracer = spawn(strace, ['-c', '-f', '-o', summary, ...pids], { stdio: 'ignore' });
  killAtExit(tracer);
  const ended = once(tracer, 'exit');
  await sleep(ATTACH_MS);
  const r = await bench.generator.run({ ...job, warmup: 0, seconds: 1 });
  tracer.kill('SIGINT');
  await ended;
  // It leaves no file behind where it may not trace.
  const text = existsSync(summary) ? readFileSync(summary, 'utf8') : '';
  rmSync(summary, { force: true });
  const calls = Number(TOTAL.exec(text)?.[1] ?? Number.NaN);
  return r.requests > 0 && calls > 0 ? calls / r.requests : null;
}
