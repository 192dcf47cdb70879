/**
 * Where log lines go: standard error or the file of `--log-path`. What one event-loop turn logs leaves in one write,
 * synchronously, as Envoy's own sinks do; the rest is flushed when the process exits.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

/** Above this many characters a turn's lines do not wait for the turn to end. */
const FLUSH_AT = 32 * 1024;
/** How long a full pipe is waited for, in ms, before its lines are dropped: a log reader that hangs must not hang us. */
const MAX_STALL_MS = 1000;

export class Output {
  private fd: number;
  private readonly path: string;
  private readonly take: ((text: string) => void) | undefined;
  private pending = '';
  private scheduled = false;
  /** Lines lost because nobody read the pipe. */
  dropped = 0;

  /** A descriptor, a path to append to, or (in tests) a function. Throws when the path cannot be opened. */
  constructor(target: number | string | ((text: string) => void)) {
    this.fd = typeof target === 'number' ? target : -1;
    this.path = typeof target === 'string' ? target : '';
    this.take = typeof target === 'function' ? target : undefined;
    if (this.path !== '') this.fd = openSync(this.path, 'a', 0o644);
    if (this.fd >= 0) process.once('exit', this.flush);
  }

  write(line: string): void {
    if (this.take !== undefined) {
      this.take(line);
      return;
    }
    this.pending += line;
    if (this.pending.length >= FLUSH_AT) this.flush();
    else if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(this.flush);
    }
  }

  readonly flush = (): void => {
    this.scheduled = false;
    if (this.pending === '') return;
    const bytes = Buffer.from(this.pending, 'utf8');
    this.pending = '';
    if (!writeAll(this.fd, bytes, MAX_STALL_MS)) this.dropped += 1;
  };

  reopen(): void {
    if (this.path === '') return;
    this.flush();
    try {
      const fd = openSync(this.path, 'a', 0o644);
      closeSync(this.fd);
      this.fd = fd;
    } catch {
      // Envoy keeps writing to the old file as well.
    }
  }
}

let sleeper: Int32Array | undefined;

/** Write every byte, waiting up to `maxStallMs` in all for a reader. False: the rest was dropped. */
export function writeAll(fd: number, bytes: Uint8Array, maxStallMs: number): boolean {
  let at = 0;
  let stalled = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at, bytes.length - at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EINTR') continue;
      if (code !== 'EAGAIN' || stalled >= maxStallMs) return false;
      sleeper ??= new Int32Array(new SharedArrayBuffer(4));
      Atomics.wait(sleeper, 0, 0, 5);
      stalled += 5;
    }
  }
  return true;
}
