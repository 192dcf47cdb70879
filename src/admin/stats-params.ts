/** The query of /stats and /stats/prometheus, checked as Envoy does and with its sentences (stats_params.cc). */
import type { Query } from './query.ts';
import type { Matcher } from './regex.ts';

export type HistogramMode = 'summary' | 'cumulative' | 'disjoint' | 'detailed' | 'prometheusnative';
/** Of text readouts, Envoy's has none without a control plane, and neither have we. */
export type StatType = 'All' | 'Counters' | 'Gauges' | 'Histograms' | 'TextReadouts';

export interface StatsParams {
  readonly usedOnly: boolean;
  /** Null: everything. */
  readonly keep: Matcher | null;
  readonly type: StatType;
  /** Null: not given. */
  readonly histograms: HistogramMode | null;
  readonly format: 'text' | 'json' | 'prometheus';
}

const TYPES: readonly StatType[] = ['All', 'Counters', 'Gauges', 'Histograms', 'TextReadouts'];
const MODES: readonly HistogramMode[] = ['summary', 'cumulative', 'disjoint', 'detailed', 'prometheusnative'];
const HTML_DISABLED = 'output was disabled by building with --define=admin_html=disabled';

/** A string is the sentence of a 400. */
export async function parseStatsParams(query: Query): Promise<StatsParams | string> {
  let keep: Matcher | null = null;
  const filter = query.get('filter');
  if (filter !== undefined) {
    const { compileRegex, RegexError } = await import('./regex.ts');
    try {
      const match = compileRegex(filter);
      keep = query.has('invert_filter') ? (name) => !match(name) : match;
    } catch (e) {
      if (e instanceof RegexError) return `Invalid re2 regex: ${e.message}`;
      throw e;
    }
  }
  const mode = query.get('histogram_buckets');
  const histograms = mode === undefined ? null : mode === 'none' ? 'summary' : MODES.find((m) => m === mode);
  if (histograms === undefined) {
    return 'usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n';
  }
  const type = TYPES.find((t) => t === (query.get('type') ?? 'All'));
  if (type === undefined) return 'invalid &type= param';
  const hidden = query.get('hidden');
  if (hidden !== undefined && !['include', 'only', 'exclude'].includes(hidden)) {
    return 'usage: /stats?hidden=(include|only|exclude)\n\n';
  }
  // No statistic is a hidden one here.
  if (hidden === 'only') keep = () => false;
  const format = query.get('format') ?? 'text';
  if (format === 'html') return `HTML ${HTML_DISABLED}`;
  if (format === 'active-html') return `Active HTML ${HTML_DISABLED}`;
  if (format !== 'text' && format !== 'json' && format !== 'prometheus') {
    return 'usage: /stats?format=(html|active-html|json|prometheus|text)\n\n';
  }
  return {
    usedOnly: query.has('usedonly'),
    keep,
    type,
    histograms,
    format,
  };
}
