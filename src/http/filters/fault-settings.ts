/** What a fault filter does to whom: percentages, delays, statuses and rates of the config, or of headers of the request. Mirrors source/extensions/filters/common/fault/fault_config.cc. */
import type { Headers } from '../../codec/headers.ts';
import type {
  FaultAbort,
  FaultDelay,
  FaultRateLimit,
  FractionalPercent,
  HTTPFault,
} from '../../config/schema/types.ts';
import { toWire } from '../../platform/wire-text.ts';
import {
  byChance,
  type Fraction,
  fractionIn,
  fractionOf,
  type RuntimeEntry,
  RuntimeValue,
  runtime,
  uintByKey,
} from '../../runtime/runtime.ts';
import { HeaderMatcher } from '../headers/header-matcher.ts';
import type { RegexCompiler } from '../headers/regex.ts';

const DELAY = 'x-envoy-fault-delay-request';
const DELAY_PERCENT = 'x-envoy-fault-delay-request-percentage';
const ABORT = 'x-envoy-fault-abort-request';
const ABORT_GRPC = 'x-envoy-fault-abort-grpc-request';
const ABORT_PERCENT = 'x-envoy-fault-abort-request-percentage';
const RATE = 'x-envoy-fault-throughput-response';
const RATE_PERCENT = 'x-envoy-fault-throughput-response-percentage';

/** Keys where the config names none. Those of one downstream cluster have its name behind `http.`. */
const DELAY_PERCENT_KEY = 'delay.fixed_delay_percent';
const DELAY_MS_KEY = 'delay.fixed_duration_ms';
const ABORT_PERCENT_KEY = 'abort.abort_percent';
const ABORT_HTTP_KEY = 'abort.http_status';
const ABORT_GRPC_KEY = 'abort.grpc_status';
const MAX_ACTIVE_KEY = 'max_active_faults';
const RATE_PERCENT_KEY = 'rate_limit.response_percent';

const keyOf = (configured: string | undefined, key: string): string => configured || `fault.http.${key}`;

/** What the runtime says for requests of this downstream cluster; '' for none. Envoy knows such keys for delays and aborts. */
function ofCluster(cluster: string, key: string): RuntimeEntry | undefined {
  return runtime.version === 0 || cluster === '' ? undefined : runtime.find(`fault.http.${cluster}.${key}`);
}

/** The share of requests; a header may make it smaller, in the same denominator. */
class Percentage {
  private readonly configured: Fraction;
  private readonly said: RuntimeValue<Fraction | null>;
  /** '' where the config alone decides. */
  private readonly header: string;
  /** Of a downstream cluster; '' where there is none. */
  private readonly clusterKey: string;

  constructor(percent: FractionalPercent | undefined, header: string, key: string, clusterKey: string) {
    this.configured = fractionOf(percent);
    this.said = new RuntimeValue<Fraction | null>(key, null, fractionIn);
    this.header = header;
    this.clusterKey = clusterKey;
  }

  happens(h: Headers, cluster: string): boolean {
    const { numerator, denominator } = this.configured;
    const asked = this.header === '' ? null : wholeNumber(h.get(this.header));
    const usual = asked === null ? this.configured : { numerator: Math.min(asked, numerator), denominator };
    if (this.clusterKey === '' || cluster === '') return byChance(this.said.value ?? usual);
    // Then the key of all does not count, also where nobody has set this one.
    const here = ofCluster(cluster, this.clusterKey);
    return byChance((here && fractionIn(here)) ?? usual);
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
  private readonly saidMs: RuntimeValue<number>;

  constructor(c: FaultDelay, { delayPercentRuntime, delayDurationRuntime }: HTTPFault) {
    this.fixedMs = c.fixedDelay ?? null;
    const header = c.fixedDelay === undefined ? DELAY_PERCENT : '';
    const key = keyOf(delayPercentRuntime, DELAY_PERCENT_KEY);
    this.percentage = new Percentage(c.percentage, header, key, DELAY_PERCENT_KEY);
    this.saidMs = uintByKey(keyOf(delayDurationRuntime, DELAY_MS_KEY), -1);
  }

  /** 0: none. `cluster`: the downstream's; '' for none. */
  ms(h: Headers, cluster: string): number {
    if (!this.percentage.happens(h, cluster)) return 0;
    const usual = this.fixedMs ?? wholeNumber(h.get(DELAY));
    // The runtime makes none where nobody else does.
    if (usual === null) return 0;
    const said = this.saidMs.value;
    return ofCluster(cluster, DELAY_MS_KEY)?.uint ?? (said < 0 ? usual : said);
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
  private readonly saidHttp: RuntimeValue<number>;
  private readonly saidGrpc: RuntimeValue<number>;
  readonly body: string;

  constructor(c: FaultAbort, { abortPercentRuntime, abortHttpStatusRuntime, abortGrpcStatusRuntime }: HTTPFault) {
    this.http = c.httpStatus ?? 0;
    this.grpc = c.grpcStatus ?? -1;
    this.byHeader = c.headerAbort !== undefined;
    const key = keyOf(abortPercentRuntime, ABORT_PERCENT_KEY);
    this.percentage = new Percentage(c.percentage, this.byHeader ? ABORT_PERCENT : '', key, ABORT_PERCENT_KEY);
    this.saidHttp = uintByKey(keyOf(abortHttpStatusRuntime, ABORT_HTTP_KEY), -1);
    this.saidGrpc = uintByKey(keyOf(abortGrpcStatusRuntime, ABORT_GRPC_KEY), -1);
    this.body = c.responseBody ?? '';
  }

  /** Null: it goes on. `cluster`: the downstream's; '' for none. */
  status(h: Headers, cluster: string): AbortStatus | null {
    if (!this.percentage.happens(h, cluster)) return null;
    const usual = this.configured(h);
    if (usual === null || runtime.version === 0) return usual;
    if (usual.http > 0) {
      const said = ofCluster(cluster, ABORT_HTTP_KEY)?.uint ?? this.saidHttp.value;
      // Envoy sends whatever number is there; what is no status stays as configured here.
      return said >= 200 && said < 600 ? { http: said, grpc: usual.grpc } : usual;
    }
    const said = this.saidGrpc.value;
    return said < 0 ? usual : { http: 0, grpc: said };
  }

  private configured(h: Headers): AbortStatus | null {
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

  constructor(c: FaultRateLimit, { responseRateLimitPercentRuntime }: HTTPFault) {
    this.fixed = c.fixedLimit === undefined ? null : (c.fixedLimit.limitKbps ?? 0);
    const key = keyOf(responseRateLimitPercentRuntime, RATE_PERCENT_KEY);
    this.percentage = new Percentage(c.percentage, this.fixed === null ? RATE_PERCENT : '', key, '');
  }

  /** KiB a second; 0: not limited. */
  kbps(h: Headers): number {
    const kbps = this.fixed ?? wholeNumber(h.get(RATE)) ?? 0;
    return kbps > 0 && this.percentage.happens(h, '') ? kbps : 0;
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
  readonly maxActiveFaults: RuntimeValue<number>;
  readonly metadata: Record<string, unknown> | null;
}

export function compileFault(c: HTTPFault, regex: RegexCompiler): FaultSettings {
  return {
    delay: c.delay === undefined ? null : new DelaySettings(c.delay, c),
    abort: c.abort === undefined ? null : new AbortSettings(c.abort, c),
    rate: c.responseRateLimit === undefined ? null : new RateSettings(c.responseRateLimit, c),
    upstreamCluster: c.upstreamCluster ?? '',
    matchers: (c.headers ?? []).map((m) => new HeaderMatcher(m, regex)),
    downstreamNodes: new Set((c.downstreamNodes ?? []).map(toWire)),
    maxActiveFaults: uintByKey(
      keyOf(c.maxActiveFaultsRuntime, MAX_ACTIVE_KEY),
      c.maxActiveFaults ?? Number.POSITIVE_INFINITY,
    ),
    metadata: (c.filterMetadata as Record<string, unknown> | undefined) ?? null,
  };
}
