/** A load generator that is installed, and how it is run. */
import { spawn } from 'node:child_process';
import { killAtExit, pinned } from '../contenders/process.ts';
import type { Percentiles } from '../load/histogram.ts';
import type { Job } from '../load/job.ts';

export interface ToolResult {
  requests: number;
  errors: number;
  seconds: number;
  /** Of all answers: with their heads for wrk, DATA frames only for h2load; missing where the tool does not count them. */
  bytes?: number;
  /** µs; a tool may not know all percentiles. */
  latency: Partial<Percentiles>;
}

export interface Tool {
  name: string;
  run(job: Job, seconds: number): Promise<ToolResult>;
}

export interface ToolSetup {
  dir: string;
  /** A taskset list, '' for no pinning. */
  cpus: string;
}

/** Beyond the seconds a tool was asked for: one that counts requests waits for a stalled proxy without end. */
const GRACE_MS = 30_000;

/** Of what a failing program wrote to stderr, its end. */
const KEPT_OF_STDERR = 1000;

/** What a program printed; throws when it is not there, fails, or takes far longer than `seconds`. */
export async function output(command: readonly string[], cpus: string, seconds: number): Promise<string> {
  const [program, ...args] = pinned(command, cpus);
  const limitMs = seconds * 1000 + GRACE_MS;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  killAtExit(child);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limitMs);
  let text = '';
  child.stdout.on('data', (d: Buffer) => {
    text += d.toString();
  });
  let complaint = '';
  child.stderr.on('data', (d: Buffer) => {
    complaint = (complaint + d.toString()).slice(-KEPT_OF_STDERR);
  });
  let ended: unknown;
  try {
    ended = await new Promise((resolve, reject) => {
      child.on('close', (code, signal) => resolve(code ?? signal));
      child.on('error', reject);
    });
  } finally {
    clearTimeout(timer);
  }
  if (late) throw new Error(`${command[0]} did not end within ${limitMs / 1000} s`);
  if (ended !== 0) throw new Error(`${command[0]} ended with ${ended}: ${complaint.trim().split('\n').at(-1)}`);
  return text;
}
