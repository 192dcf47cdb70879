/**
 * The worker threads beside the main thread's own event loop: `--concurrency N` makes N-1 of them. Each binds the same ports
 * with SO_REUSEPORT, so the kernel spreads connections (Envoy's default too, source/server/worker_impl.cc).
 */
import { Worker } from 'node:worker_threads';
import { logger } from '../log/logger.ts';
import type { WorkerStats } from '../stats/workers.ts';
import type { ClusterReport } from '../upstream/cluster-report.ts';
import { HostStats } from '../upstream/host.ts';
import type { EngineConfig } from './engine.ts';
import type { Update } from './update.ts';
import type { FromWorker, HostNumbers, ToWorker, WorkerData, WorkerLogSettings } from './worker-messages.ts';

const log = logger('main');

/** Run from source, or as the bundle's own entry beside its chunks. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker-main.ts' : '../worker.js', import.meta.url);

/** ms that a worker may take to end what it has and to write what it logs. */
const STOP_MS = 2000;
/** ms a page waits for the numbers of a worker. */
const HOSTS_TIMEOUT_MS = 1000;
/**
 * ms until a worker that ended is replaced: the first at once, near enough; each time it ends again soon after, twice as long, so that
 * one that cannot live costs little.
 */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;
/** ms that it must have served for the next end to count as the first. */
const LIVED_MS = 60_000;

class WorkerHandle {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  /** It has not ended. */
  alive = true;
  private listening: { resolve: () => void; reject: (e: Error) => void } | null = null;
  private failure: Error | null = null;

  constructor(data: WorkerData, onMessage: (m: FromWorker) => void, onEnd: (reason: string) => void) {
    this.worker = new Worker(ENTRY, { workerData: data });
    let reason = '';
    this.ready = new Promise((resolve, reject) => {
      this.worker.on('message', (m: FromWorker) => {
        if (m.kind === 'ready') resolve();
        else if (m.kind === 'listening') this.listening?.resolve();
        else if (m.kind === 'failed') this.fail(new Error(m.message), reject);
        else onMessage(m);
      });
      this.worker.on('error', (e: Error) => {
        reason = e.stack ?? e.message;
        this.fail(e, reject);
      });
      this.worker.on('exit', (code) => {
        this.alive = false;
        if (reason === '') reason = `exit code ${code}`;
        this.fail(new Error(reason), reject);
        onEnd(reason);
      });
    });
    this.ready.catch(() => {});
  }

  private fail(e: Error, reject: (e: Error) => void): void {
    this.failure ??= e;
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
    if (this.alive) this.worker.postMessage(m);
  }

  /** Once it has ended. */
  async stop(): Promise<void> {
    if (!this.alive) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, STOP_MS);
    this.worker.once('exit', () => resolve());
    this.send({ kind: 'stop' });
    await promise;
    clearTimeout(timer);
    await this.worker.terminate();
  }
}

export interface WorkersOwner {
  readonly config: EngineConfig;
  readonly log: WorkerLogSettings;
  readonly stats: WorkerStats;
  /** What a worker must be told that begins late. */
  soFar(): readonly Update[];
  /** A worker has seen something of a host. */
  reported(report: ClusterReport): void;
  /** A worker that had ended is there again. */
  readonly replaced: { inc(): void };
}

/** One worker's place: its number, and whoever has it now. */
class Place {
  readonly index: number;
  handle!: WorkerHandle;
  waitMs = FIRST_WAIT_MS;
  since = 0;
  timer: NodeJS.Timeout | null = null;

  constructor(index: number) {
    this.index = index;
  }
}

export class Workers {
  private readonly owner: WorkersOwner;
  private readonly places: Place[] = [];
  private readonly asking = new Map<number, { left: number; sum: HostNumbers; resolve: (h: HostNumbers) => void }>();
  private nextAsk = 1;
  /** Set once all listen: from then on one that ends is replaced, before that the start fails. */
  private ports: ReadonlyMap<string, number> | null = null;
  /** What was said about log levels since the start. */
  private levels: Extract<ToWorker, { kind: 'logLevel' }>[] = [];
  private over = false;

  constructor(count: number, owner: WorkersOwner) {
    this.owner = owner;
    for (let index = 1; index <= count; index++) this.places.push(new Place(index));
    for (const place of this.places) this.start(place);
    process.on('SIGUSR1', this.onReopenSignal);
  }

  private start(place: Place): void {
    const { config, log: logSettings, stats } = this.owner;
    const { index } = place;
    place.since = Date.now();
    place.handle = new WorkerHandle(
      { index, config, log: logSettings, loops: this.places.length + 1 },
      (m) => {
        if (m.kind === 'stats') stats.apply(index, m.batch);
        else if (m.kind === 'hosts') this.onHosts(m.id, m.hosts);
        else if (m.kind === 'report') this.owner.reported(m.report);
      },
      (reason) => this.ended(place, reason),
    );
  }

  /** A worker that ends takes its connections along, and nobody else's: another takes its place. */
  private ended(place: Place, reason: string): void {
    if (this.over || this.ports === null) return;
    const { index } = place;
    if (Date.now() - place.since >= LIVED_MS) place.waitMs = FIRST_WAIT_MS;
    log.critical(`worker ${index} ended, another follows in ${place.waitMs / 1000} s: ${reason}`);
    this.owner.stats.retire(index);
    place.timer = setTimeout(() => this.replace(place), place.waitMs);
    place.timer.unref();
    place.waitMs = Math.min(LONGEST_WAIT_MS, place.waitMs * 2);
  }

  private async replace(place: Place): Promise<void> {
    this.start(place);
    const { handle } = place;
    try {
      await handle.ready;
      for (const m of this.levels) handle.send(m);
      const updates = this.owner.soFar();
      for (const update of updates) if (update.kind !== 'stopListening') handle.send({ kind: 'update', update });
      // Where the listeners have stopped there is nothing to accept.
      if (!updates.some((u) => u.kind === 'stopListening' && !u.inboundOnly)) {
        await handle.listen(this.ports as ReadonlyMap<string, number>);
      }
      for (const update of updates) if (update.kind === 'stopListening') handle.send({ kind: 'update', update });
      this.owner.replaced.inc();
      log.info(`worker ${place.index} is there again`);
    } catch {
      // Told by its end, which follows.
      await handle.worker.terminate();
    }
  }

  /** Besides what the main thread does on the signal. */
  private readonly onReopenSignal = (): void => this.broadcast({ kind: 'reopenLogs' });

  async ready(): Promise<void> {
    await Promise.all(this.places.map((p) => p.handle.ready));
  }

  async listen(ports: ReadonlyMap<string, number>): Promise<void> {
    await Promise.all(this.places.map((p) => p.handle.listen(ports)));
    this.ports = ports;
    // One that ended meanwhile was nobody's to replace yet.
    for (const p of this.places) if (!p.handle.alive) this.ended(p, 'ended during the start');
  }

  broadcast(m: ToWorker): void {
    if (m.kind === 'logLevel') {
      // The last word for each logger, or for all.
      this.levels = this.levels.filter((l) => m.logger !== '' && l.logger !== m.logger);
      this.levels.push(m);
    }
    for (const p of this.places) p.handle.send(m);
  }

  /** Host numbers of all workers, summed. */
  hosts(): Promise<HostNumbers> {
    return new Promise((resolve) => {
      const asked = this.places.filter((p) => p.handle.alive);
      if (asked.length === 0) {
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
      this.asking.set(id, { left: asked.length, sum: {}, resolve: done });
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
    this.over = true;
    process.off('SIGUSR1', this.onReopenSignal);
    for (const p of this.places) if (p.timer !== null) clearTimeout(p.timer);
    await Promise.all(this.places.map((p) => p.handle.stop()));
  }
}
