/**
 * envoy.filters.http.admission_control: turns away a share of the requests while too many of the last ones have failed. Mirrors
 * source/extensions/filters/http/admission_control/{admission_control,thread_local_controller}.cc.
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import type {
  AdmissionControl,
  RuntimePercent,
  AdmissionControlSuccessCriteria as SuccessCriteria,
} from '../../config/schema/types.ts';
import { turnMs } from '../../platform/clock.ts';
import { RuntimeValue, runtimeDouble, runtimeFlag, runtimeUint } from '../../runtime/runtime.ts';
import type { Counter } from '../../stats/store.ts';
import type { HttpFactoryContext } from '../factory-context.ts';
import { isGrpcAnswer, parseGrpcStatus } from '../grpc.ts';
import {
  CONTINUE,
  type HeadersStatus,
  type HttpFilterFactory,
  STOP,
  StreamFilter,
  type TrailersStatus,
} from '../stream/filter.ts';
import { RequestHistory } from './request-history.ts';

const DEFAULT_WINDOW_MS = 30_000;
const DEFAULT_THRESHOLD_PERCENT = 95;
const DEFAULT_MAX_REJECTION_PERCENT = 80;
/** Four digits of the probability count. */
const ACCURACY = 10_000;
const MAX_GRPC_STATUS = 16;
/** All but those that say that the server is to blame. */
const GRPC_SUCCESS = [0, 1, 2, 3, 5, 6, 16, 9, 11, 12];

interface Settings {
  readonly history: RequestHistory;
  readonly aggression: RuntimeValue<number>;
  /** Percent, as the next one. */
  readonly threshold: RuntimeValue<number>;
  readonly maxRejection: RuntimeValue<number>;
  readonly rpsThreshold: RuntimeValue<number>;
  readonly isHttpSuccess: (status: number) => boolean;
  readonly grpcSuccess: readonly number[];
  readonly rejected: Counter;
  readonly success: Counter;
  readonly failure: Counter;
}

class AdmissionControlFilter extends StreamFilter {
  private readonly settings: Settings;
  private recorded = false;
  private statusInTrailers = false;

  constructor(settings: Settings) {
    super();
    this.settings = settings;
  }

  override decodeHeaders(): HeadersStatus {
    if (this.stream.info.healthCheck) return CONTINUE;
    const { settings } = this;
    this.recorded = true;
    const now = turnMs();
    if (settings.history.averageRps(now) < settings.rpsThreshold.value || !this.rejects(now)) return CONTINUE;
    this.recorded = false;
    settings.rejected.inc();
    this.stream.sendLocalReply({ status: 503, body: '', details: 'denied_by_admission_control' });
    return STOP;
  }

  private rejects(now: number): boolean {
    const { history } = this.settings;
    history.purge(now);
    const { requests, successes } = history;
    const threshold = Math.min(this.settings.threshold.value, 100) / 100;
    const maxRejection = Math.min(this.settings.maxRejection.value, 100) / 100;
    const aggression = Math.max(1, this.settings.aggression.value);
    let probability = (requests - successes / threshold) / (requests + 1);
    // A negative one has no root: NaN, which rejects nothing.
    if (aggression !== 1) probability = probability ** (1 / aggression);
    return ACCURACY * Math.min(probability, maxRejection) > Math.floor(Math.random() * ACCURACY);
  }

  override encodeHeaders(h: Headers, endStream: boolean): HeadersStatus {
    if (!this.recorded) return CONTINUE;
    const { settings } = this;
    if (!isGrpcAnswer(h, endStream)) this.record(settings.isHttpSuccess(h.status));
    else if ((h.get('grpc-status') ?? '') === '') this.statusInTrailers = true;
    else this.record(settings.grpcSuccess.includes(parseGrpcStatus(h.get('grpc-status'))));
    return CONTINUE;
  }

  override encodeTrailers(trailers: Headers): TrailersStatus {
    if (this.statusInTrailers) {
      this.record(this.settings.grpcSuccess.includes(parseGrpcStatus(trailers.get('grpc-status'))));
    }
    return CONTINUE;
  }

  private record(success: boolean): void {
    const { settings } = this;
    settings.history.record(success, turnMs());
    (success ? settings.success : settings.failure).inc();
  }
}

class Passing extends StreamFilter {}

function httpTest(criteria: SuccessCriteria): (status: number) => boolean {
  const { httpCriteria } = criteria;
  if (httpCriteria === undefined) return (status) => status < 500;
  const ranges = (httpCriteria.httpSuccessStatus ?? []).map((range) => {
    const { start = 0, end = 0 } = range;
    if (!(start < end && start >= 100 && end <= 600)) refuse(range, '', `invalid HTTP range: [${start}, ${end})`);
    return { start, end };
  });
  return (status) => ranges.some(({ start, end }) => start <= status && status < end);
}

function grpcCodes(criteria: SuccessCriteria): readonly number[] {
  const { grpcCriteria } = criteria;
  if (grpcCriteria === undefined) return GRPC_SUCCESS;
  for (const status of grpcCriteria.grpcSuccessStatus ?? []) {
    if (status > MAX_GRPC_STATUS) refuse(grpcCriteria, 'grpc_success_status', `invalid gRPC code ${status}`);
  }
  return grpcCriteria.grpcSuccessStatus ?? [];
}

function percent(config: RuntimePercent | undefined, absent: number): RuntimeValue<number> {
  const otherwise = config === undefined ? absent : (config.defaultValue?.value ?? 0);
  return new RuntimeValue(config?.runtimeKey ?? '', otherwise, (entry) => entry.number);
}

export function create(c: AdmissionControl, ctx: HttpFactoryContext): HttpFilterFactory {
  const { scope } = ctx.httpStats;
  const criteria = c.successCriteria ?? {};
  if (c.srThreshold !== undefined && (c.srThreshold.defaultValue?.value ?? 0) < 1) {
    refuse(c, 'sr_threshold', 'Success rate threshold cannot be less than 1.0%.');
  }
  const settings: Settings = {
    history: new RequestHistory(Math.floor((c.samplingWindow ?? DEFAULT_WINDOW_MS) / 1000) * 1000),
    aggression: runtimeDouble(c.aggression, 1),
    threshold: percent(c.srThreshold, DEFAULT_THRESHOLD_PERCENT),
    maxRejection: percent(c.maxRejectionProbability, DEFAULT_MAX_REJECTION_PERCENT),
    rpsThreshold: runtimeUint(c.rpsThreshold, 0),
    isHttpSuccess: httpTest(criteria),
    grpcSuccess: grpcCodes(criteria),
    rejected: scope.counter('admission_control.rq_rejected'),
    success: scope.counter('admission_control.rq_success'),
    failure: scope.counter('admission_control.rq_failure'),
  };
  const enabled = runtimeFlag(c.enabled, true);
  return { terminal: false, create: () => (enabled.value ? new AdmissionControlFilter(settings) : new Passing()) };
}
