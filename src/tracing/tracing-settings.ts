/** `tracing` of a connection manager, compiled. Mirrors ConnectionManagerTracingConfig (source/common/tracing/tracer_config_impl.cc). */
import type { Formatter } from '../format/format-context.ts';
import type { Counter, Scope } from '../stats/store.ts';
import type { CustomTag } from './custom-tags.ts';
import type { Sampling, TraceReason } from './sampling.ts';
import type { SpanRules, Tracer } from './span.ts';

export const DEFAULT_MAX_PATH_TAG_LENGTH = 256;

export interface TracingSettings extends SpanRules {
  /** Null: requests are sampled and counted, and there are no spans. */
  readonly tracer: Tracer | null;
  readonly sampling: Sampling;
  /** Whether x-request-id decides, and whether it is told what was decided; without it all are sampled. */
  readonly byRequestId: boolean;
  readonly packsReason: boolean;
  /** Each try has a span; also by the router's older start_child_span, which tracers are not told of. */
  readonly triesHaveSpans: boolean;
  /** The moments of a request are noted in its span. */
  readonly verbose: boolean;
  /** Bytes. */
  readonly maxPathTagLength: number;
  readonly tags: readonly CustomTag[];
  readonly operation: Formatter | null;
  readonly upstreamOperation: Formatter | null;
  readonly nodeId: string;
  readonly zone: string;
  readonly stats: TracingStats;
}

/** `http.<prefix>.tracing.`; the admin's connection manager has none of them. */
export class TracingStats {
  private readonly byReason: Readonly<Record<TraceReason, Counter>>;
  /** Requests that a health check filter has marked. */
  readonly healthCheck: Counter;

  constructor(scope: Scope) {
    const s = scope.scope('tracing.');
    this.byReason = {
      'client forced': s.counter('client_enabled'),
      'not traceable': s.counter('not_traceable'),
      sampling: s.counter('random_sampling'),
      'service forced': s.counter('service_forced'),
    };
    this.healthCheck = s.counter('health_check');
  }

  count(reason: TraceReason): void {
    this.byReason[reason].inc();
  }
}
