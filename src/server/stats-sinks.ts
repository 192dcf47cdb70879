/**
 * `stats_sinks`: one flush every `stats_flush_interval` for all of them, by the main thread, of what all event loops have counted: a counter's
 * growth is taken once and is the same for every sink. Mirrors InstanceBase::flushStats and MetricSnapshotImpl (source/server/server.cc).
 * Loaded for configs that have sinks.
 */
import { SlicedWork } from '../admin/slices.ts';
import { eachAsync, refuse, refuseUnregistered, within } from '../config/refusal.ts';
import type { StatsConfig, StatsSink as StatsSinkMessage } from '../config/schema/types.ts';
import type { ServerContext } from '../extension/context.ts';
import { loadExtension } from '../extension/load-extension.ts';
import { EXTENSIONS } from '../extensions.ts';
import { logger } from '../log/logger.ts';
import type { SinkContext, SinkCounter, SinkHistogram, SinkNumber, Snapshot, StatsSink } from '../stat-sinks/sink.ts';
import { DEFAULT_FLUSH_MS, type HistogramFlusher } from '../stats/flush.ts';
import { DEFAULT_BUCKETS } from '../stats/histogram-statistics.ts';
import type { StatsReader } from '../stats/reader.ts';
import type { Counter, Store } from '../stats/store.ts';
import { type Tag, TagCache, TagRules } from '../stats/tags.ts';
import { type Sampling, sampling } from './sampled-histograms.ts';
import type { Server } from './server.ts';
import { type StatsSettings, statsSettings } from './stats-settings.ts';

const log = logger('main');

/** Sinks that are told every single value, in each event loop. */
const SAMPLES = /Statsd/i;
/** Metrics that are looked at between two steps, as a mask. */
const STEP = 15;

/** What every event loop is told of them. */
export interface SinksConfig {
  readonly sinks: readonly StatsSinkMessage[];
  readonly statsConfig: StatsConfig | undefined;
  /** Of the command line. */
  readonly tags: readonly Tag[];
}

const wantsSamples = (m: StatsSinkMessage): boolean => SAMPLES.test(m.typedConfig?.typeUrl ?? '');

/** Before the store's first histogram. Null where no sink wants single values. */
export function sampledBy(config: SinksConfig, store: Store, settings: StatsSettings | null): Sampling | null {
  if (!config.sinks.some(wantsSamples)) return null;
  const made = sampling(rulesOf(settings, config));
  store.histogramClass = made.histogram;
  return made;
}

/** The same in an event loop that shows nothing itself. */
export async function sampledInWorker(config: SinksConfig, store: Store): Promise<Sampling | null> {
  if (!config.sinks.some(wantsSamples)) return null;
  return sampledBy(config, store, await settingsOf(config));
}

const settingsOf = async ({ statsConfig, tags }: SinksConfig): Promise<StatsSettings | null> =>
  statsConfig === undefined ? null : statsSettings(statsConfig, tags);
const rulesOf = (settings: StatsSettings | null, { tags }: SinksConfig): TagRules =>
  settings?.rules ?? TagRules.defaults(tags);

/** `samplesOnly`: another event loop flushes. Throws Envoy's sentences for what the config gets wrong. */
export async function makeSinks(
  { sinks }: SinksConfig,
  server: ServerContext,
  samplesOnly: boolean,
): Promise<StatsSink[]> {
  const failures = server.store.scope('envoylet.').counter('stats_sink_failures_total');
  const ctx: SinkContext = { ...server, failures };
  const made: StatsSink[] = [];
  await eachAsync(samplesOnly ? sinks.filter(wantsSamples) : sinks, async (m) => {
    const { typeUrl = '', value = {} } = m.typedConfig ?? {};
    if (m.typedConfig === undefined) refuseUnregistered(m);
    if (!EXTENSIONS.some((row) => row.typeUrl === typeUrl && row.load !== undefined)) {
      refuse(m, 'typed_config', `the stats sink '${m.name || typeUrl}' is not supported yet`);
    }
    const { create } = await loadExtension(typeUrl);
    made.push((await within(m, () => create(value, ctx as never))) as StatsSink);
  });
  return made;
}

/** In the main thread, once the clusters stand. Null for validation, which has them made only. */
export async function beginFlush(
  server: Server,
  config: SinksConfig,
  sampled: Sampling | null,
): Promise<StatsFlush | null> {
  const { bootstrap, engine, flusher, options, reader, startTimeMs: startMs, statsSettings: settings } = server;
  const sinks = await makeSinks(config, engine.context, false);
  if (options.mode !== 'serve') return null;
  if (sampled !== null) sampled.samples = sinks.flatMap((s) => s.sample ?? []);
  const { statsFlushOnAdmin, statsFlushInterval = DEFAULT_FLUSH_MS } = bootstrap;
  return new StatsFlush({
    reader,
    flusher,
    sinks,
    rules: rulesOf(settings, config),
    edgesOf: settings?.edgesOf ?? (() => DEFAULT_BUCKETS),
    startMs,
    intervalMs: statsFlushOnAdmin === true ? 0 : statsFlushInterval,
    dropped: engine.store.scope('server.').counter('dropped_stat_flushes'),
  });
}

/** Of the metric: what the last flush saw, and what its name is made of. */
interface Known {
  readonly base: string;
  readonly tags: readonly Tag[];
  last: number;
}

interface FlushParts {
  readonly reader: StatsReader;
  readonly flusher: HistogramFlusher;
  readonly sinks: readonly StatsSink[];
  readonly rules: TagRules;
  readonly edgesOf: StatsSettings['edgesOf'];
  /** ms since 1970. */
  readonly startMs: number;
  /** ms; 0: only when somebody asks (`stats_flush_on_admin`). */
  readonly intervalMs: number;
  /** `server.dropped_stat_flushes`: the one before was still under way. */
  readonly dropped: Counter;
}

export class StatsFlush {
  private readonly parts: FlushParts;
  private readonly cache: TagCache<readonly Tag[]>;
  private readonly known = new Map<string, Known>();
  private beforeMs: number;
  private running = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(parts: FlushParts) {
    this.parts = parts;
    this.beforeMs = parts.startMs;
    this.cache = new TagCache(parts.rules, (tags) => tags);
    parts.flusher.isDriven = true;
    if (parts.intervalMs === 0) return;
    this.timer = setInterval(() => this.flush(), parts.intervalMs);
    this.timer.unref();
  }

  /** Begins one, unless the one before is still under way. */
  flush(): void {
    if (this.running) {
      this.parts.dropped.inc();
      return;
    }
    this.running = true;
    const done = (): void => {
      this.running = false;
    };
    const failed = (e: unknown): void => {
      log.error(`a flush of statistics failed: ${e instanceof Error ? (e.stack ?? e.message) : e}`);
      done();
    };
    new SlicedWork(() => this.steps(), { data: () => true, end: done, failed });
  }

  /** The last one, at once. */
  close(): void {
    if (this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
      if (!this.running) for (const _ of this.steps());
    }
    for (const sink of this.parts.sinks) sink.close();
  }

  private *steps(): Generator<null, void> {
    const snapshot = yield* this.snapshot();
    for (const sink of this.parts.sinks) yield* sink.flush(snapshot);
  }

  private *snapshot(): Generator<null, Snapshot> {
    const { reader, flusher, edgesOf } = this.parts;
    flusher.flush();
    yield* reader.refreshing();
    const counters: SinkCounter[] = [];
    const gauges: SinkNumber[] = [];
    const histograms: SinkHistogram[] = [];
    let n = 0;
    for (const m of reader.numbers) {
      if ((++n & STEP) === 0) yield null;
      if (!m.used) continue;
      const { name, value } = m;
      const known = this.know(name);
      const { base, tags } = known;
      if (m.kind === 'gauge') {
        gauges.push({ name, base, tags, value });
        continue;
      }
      // Below what it was: it has been reset.
      const delta = value >= known.last ? value - known.last : value;
      known.last = value;
      counters.push({ name, base, tags, value, delta });
    }
    for (const metric of reader.histograms) {
      if (!metric.used) continue;
      const { name } = metric;
      const { base, tags } = this.know(name);
      histograms.push({ name, base, tags, metric, edges: edgesOf(name) });
    }
    const { beforeMs } = this;
    const timeMs = Date.now();
    this.beforeMs = timeMs;
    return { timeMs, beforeMs, startMs: this.parts.startMs, counters, gauges, histograms };
  }

  private know(name: string): Known {
    let known = this.known.get(name);
    if (known === undefined) {
      const { base, label } = this.cache.split(name);
      this.known.set(name, (known = { base, tags: label, last: 0 }));
    }
    return known;
  }
}
