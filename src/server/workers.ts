/**
 * The worker threads beside the main thread's own event loop: `--concurrency N` makes N-1 of them. Each binds the same ports
 * with SO_REUSEPORT, so the kernel spreads connections (Envoy's default too, source/server/worker_impl.cc).
 */
import { Worker } from 'node:worker_threads';
import { logger } from '../log/logger.ts';
import type { WorkerStats } from '../stats/workers.ts';
import { HostStats } from '../upstream/host.ts';
import type { EngineConfig } from './engine.ts';
import type { FromWorker, HostNumbers, ToWorker, WorkerData, WorkerLogSettings } from './worker-messages.ts';

const log = logger('main');

/** Run from source, or as the bundle's own entry beside its chunks. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker-main.ts' : '../worker.js', import.meta.url);

/** ms a page waits for the numbers of a worker. */
const HOSTS_TIMEOUT_MS = 1000;

class WorkerHandle {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  private listening!: { resolve: () => void; reject: (e: Error) => void };
  private failure: Error | null = null;

  constructor(data: WorkerData, onMessage: (m: FromWorker) => void) {
    this.worker = new Worker(ENTRY, { workerData: data });
    this.ready = new Promise((resolve, reject) => {
      this.worker.on('message', (m: FromWorker) => {
        if (m.kind === 'ready') resolve();
        else if (m.kind === 'listening') this.listening.resolve();
        else if (m.kind === 'failed') this.fail(new Error(m.message), reject);
        else onMessage(m);
      });
      this.worker.on('error', (e: Error) => {
        // A worker that is gone has taken its connections along; running on with less would hide it.
        log.critical(`worker ${data.index} failed: ${e.stack ?? e.message}`);
        this.fail(e, reject);
      });
    });
    this.ready.catch(() => {});
  }

  private fail(e: Error, reject: (e: Error) => void): void {
    this.failure = e;
    reject(e);
    this.listening?.reject(e);
  }

  listen(ports: ReadonlyMap<string, number>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== null) {
        reject(this.failure);
        return;
      }
      this.listening = { resolve, reject };
      this.send({ kind: 'listen', ports });
    });
  }

  send(m: ToWorker): void {
    this.worker.postMessage(m);
  }
}

export class Workers {
  private readonly handles: WorkerHandle[] = [];
  private readonly asking = new Map<number, { left: number; sum: HostNumbers; resolve: (h: HostNumbers) => void }>();
  private nextAsk = 1;

  constructor(count: number, config: EngineConfig, logSettings: WorkerLogSettings, stats: WorkerStats) {
    for (let index = 1; index <= count; index++) {
      this.handles.push(
        new WorkerHandle({ index, config, log: logSettings }, (m) => {
          if (m.kind === 'stats') stats.apply(index, m.batch);
          else if (m.kind === 'hosts') this.onHosts(m.id, m.hosts);
        }),
      );
    }
    process.on('SIGUSR1', this.onReopenSignal);
  }

  /** Besides what the main thread does on the signal. */
  private readonly onReopenSignal = (): void => this.broadcast({ kind: 'reopenLogs' });

  async ready(): Promise<void> {
    await Promise.all(this.handles.map((h) => h.ready));
  }

  async listen(ports: ReadonlyMap<string, number>): Promise<void> {
    await Promise.all(this.handles.map((h) => h.listen(ports)));
  }

  broadcast(m: ToWorker): void {
    for (const h of this.handles) h.send(m);
  }

  /** Host numbers of all workers, summed. */
  hosts(): Promise<HostNumbers> {
    return new Promise((resolve) => {
      if (this.handles.length === 0) {
        resolve({});
        return;
      }
      const id = this.nextAsk++;
      // A worker that is busy for so long is left out rather than waited for.
      const timer = setTimeout(() => {
        const ask = this.asking.get(id);
        this.asking.delete(id);
        if (ask !== undefined) resolve(ask.sum);
      }, HOSTS_TIMEOUT_MS);
      const done = (sum: HostNumbers): void => {
        clearTimeout(timer);
        resolve(sum);
      };
      this.asking.set(id, { left: this.handles.length, sum: {}, resolve: done });
      this.broadcast({ kind: 'hosts', id });
    });
  }

  private onHosts(id: number, hosts: HostNumbers): void {
    const ask = this.asking.get(id);
    if (ask === undefined) return;
    for (const [key, numbers] of Object.entries(hosts)) {
      const sum = (ask.sum[key] ??= new HostStats());
      for (const name of Object.keys(numbers) as (keyof HostStats)[]) sum[name] += numbers[name];
    }
    if (--ask.left === 0) {
      this.asking.delete(id);
      ask.resolve(ask.sum);
    }
  }

  async terminate(): Promise<void> {
    process.off('SIGUSR1', this.onReopenSignal);
    await Promise.all(this.handles.map((h) => h.worker.terminate()));
  }
}
