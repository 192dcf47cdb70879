/** What a fault filter does to whom: percentages, delays, statuses and rates of the config, or of headers of the request. Mirrors source/extensions/filters/common/fault/fault_config.cc. */
import type { Headers } from '../../codec/headers.ts';
import { happens, share } from '../../config/runtime-fraction.ts';
import type {
  FaultAbort,
  FaultDelay,
  FaultRateLimit,
  FractionalPercent,
  HTTPFault,
} from '../../config/schema/types.ts';
import { toWire } from '../../platform/wire-text.ts';
import { HeaderMatcher } from '../headers/header-matcher.ts';
import type { RegexCompiler } from '../headers/regex.ts';

const DELAY = 'x-envoy-fault-delay-request';
const DELAY_PERCENT = 'x-envoy-fault-delay-request-percentage';
const ABORT = 'x-envoy-fault-abort-request';
const ABORT_GRPC = 'x-envoy-fault-abort-grpc-request';
const ABORT_PERCENT = 'x-envoy-fault-abort-request-percentage';
const RATE = 'x-envoy-fault-throughput-response';
const RATE_PERCENT = 'x-envoy-fault-throughput-response-percentage';

const DENOMINATORS: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 };

/** The share of requests; a header may make it smaller, in the same denominator. */
class Percentage {
  private readonly numerator: number;
  private readonly denominator: number;
  private readonly usual: number;
  /** '' where the config alone decides. */
  private readonly header: string;

  constructor(percent: FractionalPercent | undefined, header: string) {
    this.numerator = percent?.numerator ?? 0;
    this.denominator = DENOMINATORS[percent?.denominator ?? 'HUNDRED'];
    this.usual = share(percent);
    this.header = header;
  }

  happens(h: Headers): boolean {
    if (this.header === '') return happens(this.usual);
    const asked = wholeNumber(h.get(this.header));
    return happens(asked === null ? this.usual : Math.min(asked, this.numerator) / this.denominator);
  }
}

/** Null: it is none. */
function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\+?\d{1,15}$/.test(text) ? Number(text) : null;
}

/** `fixed`: of the config; null: the header says it. */
export class DelaySettings {
  private readonly fixedMs: number | null;
  private readonly percentage: Percentage;

  constructor(c: FaultDelay) {
    this.fixedMs = c.fixedDelay ?? null;
    this.percentage = new Percentage(c.percentage, c.fixedDelay === undefined ? DELAY_PERCENT : '');
  }

  /** 0: none. */
  ms(h: Headers): number {
    if (!this.percentage.happens(h)) return 0;
    return this.fixedMs ?? wholeNumber(h.get(DELAY)) ?? 0;
  }
}

export interface AbortStatus {
  readonly http: number;
  /** -1: none. */
  readonly grpc: number;
}

export class AbortSettings {
  private readonly http: number;
  private readonly grpc: number;
  private readonly byHeader: boolean;
  private readonly percentage: Percentage;
  readonly body: string;

  constructor(c: FaultAbort) {
    this.http = c.httpStatus ?? 0;
    this.grpc = c.grpcStatus ?? -1;
    this.byHeader = c.headerAbort !== undefined;
    this.percentage = new Percentage(c.percentage, this.byHeader ? ABORT_PERCENT : '');
    this.body = c.responseBody ?? '';
  }

  /** Null: it goes on. */
  status(h: Headers): AbortStatus | null {
    if (!this.percentage.happens(h)) return null;
    if (!this.byHeader) return { http: this.http, grpc: this.grpc };
    const http = wholeNumber(h.get(ABORT)) ?? 0;
    if (http >= 200 && http < 600) return { http, grpc: -1 };
    const grpc = wholeNumber(h.get(ABORT_GRPC));
    return grpc === null ? null : { http: 0, grpc };
  }
}

export class RateSettings {
  private readonly fixed: number | null;
  private readonly percentage: Percentage;

  constructor(c: FaultRateLimit) {
    this.fixed = c.fixedLimit === undefined ? null : (c.fixedLimit.limitKbps ?? 0);
    this.percentage = new Percentage(c.percentage, this.fixed === null ? RATE_PERCENT : '');
  }

  /** KiB a second; 0: not limited. */
  kbps(h: Headers): number {
    const kbps = this.fixed ?? wholeNumber(h.get(RATE)) ?? 0;
    return kbps > 0 && this.percentage.happens(h) ? kbps : 0;
  }
}

export interface FaultSettings {
  readonly delay: DelaySettings | null;
  readonly abort: AbortSettings | null;
  readonly rate: RateSettings | null;
  /** '': any. */
  readonly upstreamCluster: string;
  readonly matchers: readonly HeaderMatcher[];
  readonly downstreamNodes: ReadonlySet<string>;
  readonly maxActiveFaults: number;
  readonly metadata: Record<string, unknown> | null;
}

export function compileFault(c: HTTPFault, regex: RegexCompiler): FaultSettings {
  return {
    delay: c.delay === undefined ? null : new DelaySettings(c.delay),
    abort: c.abort === undefined ? null : new AbortSettings(c.abort),
    rate: c.responseRateLimit === undefined ? null : new RateSettings(c.responseRateLimit),
    upstreamCluster: c.upstreamCluster ?? '',
    matchers: (c.headers ?? []).map((m) => new HeaderMatcher(m, regex)),
    downstreamNodes: new Set((c.downstreamNodes ?? []).map(toWire)),
    maxActiveFaults: c.maxActiveFaults ?? Number.POSITIVE_INFINITY,
    metadata: (c.filterMetadata as Record<string, unknown> | undefined) ?? null,
  };
}
