/** Child processes: pinned to CPUs where `taskset` is found, their output in a file, stopped by their own pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { which } from '../tools/which.ts';

const STOP_MS = 5000;
/** ms between attempts to reach a port. */
const POLL_MS = 3;

const living = new Set<ChildProcess>();
// A bench that ends in the middle leaves nothing behind.
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Kills it at our end, if it still runs. */
export function killAtExit(child: ChildProcess): void {
  living.add(child);
  child.on('exit', () => living.delete(child));
  child.on('error', () => living.delete(child));
}

export class Child {
  readonly process: ChildProcess;
  readonly logPath: string;
  constructor(child: ChildProcess, logPath: string) {
    this.process = child;
    this.logPath = logPath;
    killAtExit(child);
  }
  get pid(): number {
    return this.process.pid ?? 0;
  }
  get gone(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null || this.process.pid === undefined;
  }
  /** The line that says what went wrong, else what it printed last. */
  lastWords(): string {
    try {
      const lines = readFileSync(this.logPath, 'utf8').trim().split('\n');
      const cause = lines.find((line) => /\b(\w*Error:|critical|\[ALERT\]|emerg)/.test(line));
      return (cause ?? lines.slice(-3).join('\n')).trim().slice(0, 400);
    } catch {
      return '';
    }
  }
  async stop(): Promise<void> {
    if (this.gone) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(timer);
  }
}

/** `cpus`: a taskset list, '' for no pinning. taskset becomes the program, so the pid is the program's. */
export function pinned(command: readonly string[], cpus: string): string[] {
  const taskset = cpus === '' ? null : which('taskset');
  return taskset === null ? [...command] : [taskset, '-c', cpus, ...command];
}

export function startProgram(command: readonly string[], cpus: string, logPath: string, ipc = false): Child {
  const [program, ...args] = pinned(command, cpus);
  const log = openSync(logPath, 'w');
  const child = spawn(program, args, { stdio: ['ignore', log, log, ...(ipc ? (['ipc'] as const) : [])] });
  closeSync(log);
  return new Child(child, logPath);
}

/** A TypeScript file of ours, with an IPC channel. */
export function startNode(file: string, args: readonly string[], cpus: string, logPath: string): Child {
  return startProgram([process.execPath, '--no-warnings', file, ...args], cpus, logPath, true);
}

/** ms until the port accepts; throws when the process ended before, or the time is over. */
export async function waitForPort(port: number, child: Child, limitMs: number): Promise<number> {
  const began = performance.now();
  for (;;) {
    if (await accepts(port)) return performance.now() - began;
    if (child.gone) throw new Error(`ended with code ${child.process.exitCode}: ${child.lastWords()}`);
    if (performance.now() - began > limitMs) throw new Error(`did not listen within ${limitMs / 1000} s`);
    await sleep(POLL_MS);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
