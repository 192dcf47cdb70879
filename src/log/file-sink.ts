/**
 * Files that access logs are appended to: buffered, written every `--file-flush-interval-msec` or once
 * `--file-flush-min-size-kb` have gathered, reopened on SIGUSR1, written out at exit. One sink a path, shared by all
 * loggers that name it. Mirrors source/common/access_log/access_log_manager_impl.cc, statistics included.
 *
 * Regular files are written synchronously: a page-cache write of 64 KiB costs less than a thread-pool round trip.
 * Pipes are opened non-blocking instead, so that a reader that hangs costs log lines and never the event loop.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { systemSentence } from '../platform/errno.ts';
import { writeAll } from './output.ts';

/** What Envoy keeps under `filesystem.`; the stats layer is above this one, so only the shape is named here. */
export interface FileStats {
  readonly writeBuffered: { inc(): void };
  readonly writeCompleted: { inc(): void };
  readonly writeFailed: { inc(): void };
  readonly writeTotalBuffered: { set(n: number): void };
  readonly flushedByTimer: { inc(): void };
  readonly reopenFailed: { inc(): void };
}

/** Bytes kept for a pipe nobody reads; what comes after is counted in `filesystem.write_failed` and lost. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** When a full pipe is tried again, in ms. */
const RETRY_MS = 50;
/** How long exit waits for such a reader, in ms. */
const EXIT_STALL_MS = 1000;

export class FileSink {
  readonly path: string;
  private readonly owner: FileSinks;
  private fd: number;
  private pending: string[] = [];
  private held: Buffer | null = null;
  /** Bytes waiting. */
  bufferedBytes = 0;

  constructor(path: string, owner: FileSinks) {
    this.path = path;
    this.owner = owner;
    this.fd = this.open();
  }

  /** One line with its line feed, as wire text: one char a byte. Never blocks for a pipe, never fails. */
  write(line: string): void {
    const o = this.owner;
    o.stats?.writeBuffered.inc();
    if (this.bufferedBytes > MAX_UNREAD_BYTES) {
      o.stats?.writeFailed.inc();
      return;
    }
    this.pending.push(line);
    this.bufferedBytes += line.length;
    o.note(line.length);
    if (this.bufferedBytes > o.minFlushBytes && this.held === null) this.flush();
    else o.arm();
  }

  /** Write what has gathered. What a full pipe does not take stays for the next time. */
  flush(): void {
    const bytes = this.take();
    if (bytes === null) return;
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(this.fd, bytes, at, bytes.length - at);
      this.done(true);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EAGAIN') {
        this.done(false);
        return;
      }
      this.held = at === 0 ? bytes : bytes.subarray(at);
      this.owner.armRetry();
    }
  }

  /** At exit: wait a little for a slow reader, then close. */
  close(): void {
    const bytes = this.take();
    if (bytes !== null) this.done(writeAll(this.fd, bytes, EXIT_STALL_MS));
    if (this.fd > 2) closeSync(this.fd);
    this.fd = -1;
  }

  reopen(): void {
    this.flush();
    try {
      const old = this.fd;
      this.fd = this.open();
      if (old > 2) closeSync(old);
    } catch {
      this.owner.stats?.reopenFailed.inc();
    }
  }

  private open(): number {
    try {
      const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
      return openSync(this.path, flags, 0o644);
    } catch (error) {
      // A socket (systemd's journal, say) cannot be opened through /dev/stdout: use the descriptor we were given.
      const inherited = this.path === '/dev/stdout' ? 1 : this.path === '/dev/stderr' ? 2 : -1;
      if (inherited >= 0) return inherited;
      throw new Error(`unable to open file '${this.path}': ${systemSentence(error)}`);
    }
  }

  private take(): Buffer | null {
    const held = this.held;
    if (this.pending.length === 0) {
      this.held = null;
      return held;
    }
    const fresh = Buffer.from(this.pending.length === 1 ? this.pending[0] : this.pending.join(''), 'latin1');
    this.pending = [];
    this.held = null;
    return held === null ? fresh : Buffer.concat([held, fresh]);
  }

  private done(written: boolean): void {
    const stats = this.owner.stats;
    if (written) stats?.writeCompleted.inc();
    else stats?.writeFailed.inc();
    this.owner.note(-this.bufferedBytes);
    this.bufferedBytes = 0;
  }
}

/** All sinks of the process. */
export class FileSinks {
  stats: FileStats | undefined;
  flushIntervalMs: number;
  minFlushBytes: number;
  /** No file is opened or made: the config is only looked at. */
  dryRun = false;
  private readonly sinks = new Map<string, FileSink>();
  private timer: NodeJS.Timeout | null = null;
  private retry: NodeJS.Timeout | null = null;
  private total = 0;

  /** Defaults are Envoy's: 10 s, 64 KiB. */
  constructor(flushIntervalMs = 10_000, minFlushKb = 64) {
    this.flushIntervalMs = flushIntervalMs;
    this.minFlushBytes = minFlushKb * 1024;
    process.once('exit', () => this.close());
  }

  /** The sink of a path, opened at first use. Throws `unable to open file '<path>': <reason>`. */
  open(path: string): FileSink {
    let sink = this.sinks.get(path);
    if (sink === undefined) {
      sink = new FileSink(this.dryRun ? '/dev/null' : path, this);
      this.sinks.set(path, sink);
    }
    return sink;
  }

  /** SIGUSR1. */
  reopen(): void {
    for (const sink of this.sinks.values()) sink.reopen();
  }

  flush(): void {
    for (const sink of this.sinks.values()) sink.flush();
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.retry !== null) clearTimeout(this.retry);
    this.timer = null;
    this.retry = null;
    for (const sink of this.sinks.values()) sink.close();
    this.sinks.clear();
  }

  /** Called by the sinks: bytes more (or, negative, fewer) in memory. */
  note(bytes: number): void {
    this.total += bytes;
    this.stats?.writeTotalBuffered.set(this.total);
  }

  /** Called by the sinks: something waits. Unlike Envoy's, the timer runs only then. */
  arm(): void {
    if (this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.stats?.flushedByTimer.inc();
      this.flush();
    }, this.flushIntervalMs);
    this.timer.unref();
  }

  /** Called by a sink whose reader did not take everything. */
  armRetry(): void {
    if (this.retry !== null) return;
    this.retry = setTimeout(() => {
      this.retry = null;
      this.flush();
    }, RETRY_MS);
    this.retry.unref();
  }
}

/** The process's own; the command line sets its interval and size, the server its statistics. */
export const fileSinks = new FileSinks();
