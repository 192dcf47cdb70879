/** Latencies of one run, in hdr-histogram-js: whole µs, three digits, 1 µs to 10 minutes, memory independent of the count. */

/** What we use of hdr-histogram-js; the package is the bench's own and not there when the main tree is type-checked. */
interface Hdr {
  recordValueWithCount(value: number, count: number): void;
  getValueAtPercentile(percentile: number): number;
  readonly totalCount: number;
  readonly maxValue: number;
  readonly mean: number;
  reset(): void;
}
interface HdrModule {
  build(request: {
    lowestDiscernibleValue: number;
    highestTrackableValue: number;
    numberOfSignificantValueDigits: 1 | 2 | 3 | 4 | 5;
    autoResize: boolean;
    useWebAssembly: boolean;
  }): Hdr;
}

const HIGHEST_US = 600_000_000;

export interface Percentiles {
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

export class Latencies {
  private readonly hdr: Hdr;
  constructor(hdr: Hdr) {
    this.hdr = hdr;
  }
  /** `us`: µs, fractions are rounded; `count` requests shared that latency (a pipeline's batch). */
  record(us: number, count: number): void {
    this.hdr.recordValueWithCount(Math.min(HIGHEST_US, Math.max(1, Math.round(us))), count);
  }
  get count(): number {
    return this.hdr.totalCount;
  }
  reset(): void {
    this.hdr.reset();
  }
  /** µs; null without a single value. */
  percentiles(): Percentiles | null {
    const h = this.hdr;
    if (h.totalCount === 0) return null;
    const at = (p: number): number => h.getValueAtPercentile(p);
    return { p50: at(50), p99: at(99), p999: at(99.9), max: h.maxValue };
  }
}

export async function makeLatencies(): Promise<Latencies> {
  const name: string = 'hdr-histogram-js';
  const module = (await import(name)) as HdrModule & { default?: HdrModule };
  const build = module.build ?? module.default?.build;
  return new Latencies(
    build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: HIGHEST_US,
      numberOfSignificantValueDigits: 3,
      autoResize: false,
      useWebAssembly: false,
    }),
  );
}
