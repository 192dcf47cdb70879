/** What can be measured, what it is called, and which way is better. */

export interface Metric {
  key: string;
  label: string;
  unit: string;
  better: 'lower' | 'higher';
  /** A change for the worse is a regression; the others are only shown. */
  judged: boolean;
  /** Not shown where it is 0 for all. */
  ifAny: boolean;
}

function metric(
  key: string,
  label: string,
  unit: string,
  better: 'lower' | 'higher',
  judged: boolean,
  ifAny = false,
): Metric {
  return { key, label, unit, better, judged, ifAny };
}

/** `{unit}` and `{units}` stand for what a scenario counts: request, message, MiB … */
export const METRICS: readonly Metric[] = [
  metric('cpuUs', 'CPU', 'µs/{unit}', 'lower', true),
  metric('workers', 'workers', '', 'higher', false),
  metric('scaleCapacity', 'capacity × 1 worker', '×', 'higher', true),
  metric('scaleRate', 'rate × 1 worker', '×', 'higher', false),
  metric('rate', 'rate', '{units}/s', 'higher', true),
  metric('firstRate', 'rate, first 10 s', '{units}/s', 'higher', true),
  metric('p50', 'p50', 'ms', 'lower', false),
  metric('p99', 'p99', 'ms', 'lower', true),
  metric('p999', 'p99.9', 'ms', 'lower', false),
  metric('readyMs', 'ready', 'ms', 'lower', true),
  metric('startCpuMs', 'CPU of the start', 'ms', 'lower', true),
  metric('idleCpuMs', 'CPU while idle', 'ms/s', 'lower', false),
  metric('perConnectionKb', 'per connection', 'KiB', 'lower', true),
  metric('idleRssMb', 'RSS at rest', 'MiB', 'lower', true),
  metric('rssMb', 'RSS', 'MiB', 'lower', true),
  metric('anonMb', 'anonymous', 'MiB', 'lower', false),
  metric('peakRssMb', 'RSS, highest', 'MiB', 'lower', false),
  metric('afterRssMb', 'RSS after', 'MiB', 'lower', false),
  metric('afterRatio', 'after / at rest', '×', 'lower', true),
  metric('calls', 'system calls', '/{unit}', 'lower', true),
  metric('switches', 'context switches', '/{unit}', 'lower', false),
  metric('lateMs', 'generator late', 'ms', 'lower', false),
  metric('errors', 'failed', '', 'lower', false, true),
  metric('unsent', 'never sent', '', 'lower', false, true),
];

export const metricOf = (key: string): Metric | undefined => METRICS.find((m) => m.key === key);
