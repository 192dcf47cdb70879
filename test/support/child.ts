/** A child process whose output is kept, and which is stopped by its own pid. */
import { type ChildProcess, spawn } from 'node:child_process';

const KEPT_BYTES = 256 * 1024;

export class Child {
  readonly command: string;
  readonly process: ChildProcess;
  /** stdout and stderr, newest 256 KiB. */
  output = '';
  /** Exit code, or the signal's name; undefined while it runs. */
  exited: number | string | undefined;
  readonly #gone: Promise<void>;

  constructor(command: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
    this.command = [command, ...args].join(' ');
    this.process = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString('latin1')).slice(-KEPT_BYTES);
    };
    this.process.stdout?.on('data', keep);
    this.process.stderr?.on('data', keep);
    this.#gone = new Promise((resolve) => {
      this.process.once('error', (error) => {
        this.output += `${error.message}\n`;
        this.exited = 'not started';
        resolve();
      });
      this.process.once('close', (code, signal) => {
        this.exited = code ?? signal ?? 'unknown';
        resolve();
      });
    });
  }

  /** Resolves with the exit code once the process has ended. */
  async ended(): Promise<number | string> {
    await this.#gone;
    return this.exited ?? 'unknown';
  }

  /** Sends the signal and waits for the end; SIGKILL follows after 5 s. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    if (this.exited === undefined) {
      this.process.kill(signal);
      const force = setTimeout(() => this.process.kill('SIGKILL'), KILL_AFTER_MS);
      await this.#gone;
      clearTimeout(force);
    }
    return this.exited ?? 'unknown';
  }
}
const KILL_AFTER_MS = 5000;
