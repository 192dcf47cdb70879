/** Lines of the statsd protocol, and where tags stand in them. Mirrors UdpStatsdSink::buildMessage (source/extensions/stat_sinks/common/statsd). */
import type { SinkMetric, Snapshot } from './sink.ts';

export const DEFAULT_PREFIX = 'envoy';

/** How tags are written; null: not at all, the whole name stands instead. */
export interface TagFormat {
  readonly start: string;
  readonly assign: string;
  readonly separator: string;
  readonly afterName: boolean;
}

export const DOG_STATSD_TAGS: TagFormat = { start: '|#', assign: ':', separator: ',', afterName: false };
export const GRAPHITE_TAGS: TagFormat = { start: ';', assign: '=', separator: ';', afterName: true };

export class StatsdLines {
  private readonly prefix: string;
  private readonly format: TagFormat | null;

  constructor(prefix: string, format: TagFormat | null) {
    this.prefix = `${prefix === '' ? DEFAULT_PREFIX : prefix}.`;
    this.format = format;
  }

  line(metric: SinkMetric, value: number, type: 'c' | 'g' | 'ms'): string {
    const { prefix, format } = this;
    if (format === null) return `${prefix}${metric.name}:${value}|${type}`;
    const { start, assign, separator, afterName } = format;
    const { base, tags } = metric;
    const text = tags.length === 0 ? '' : start + tags.map((t) => t.name + assign + t.value).join(separator);
    return afterName ? `${prefix}${base}${text}:${value}|${type}` : `${prefix}${base}:${value}|${type}${text}`;
  }

  /** All counters and gauges of a flush. */
  *of(snapshot: Snapshot): Generator<string, void> {
    for (const c of snapshot.counters) yield this.line(c, c.delta, 'c');
    for (const g of snapshot.gauges) yield this.line(g, g.value, 'g');
  }
}
