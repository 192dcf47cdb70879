/**
 * The router of a connection manager with `tracing`: tells the host what its work is a part of, and has a span for each try where the
 * connection manager wants one. Role of the span in Envoy's UpstreamRequest (source/common/router/upstream_request.cc).
 */
import type { Headers } from '../../codec/headers.ts';
import { turnMs } from '../../platform/clock.ts';
import { finishAsyncSpan } from '../../tracing/finish-span.ts';
import { EGRESS } from '../../tracing/outcall.ts';
import type { AsyncOptions } from '../../upstream/async.ts';
import type { Host } from '../../upstream/host.ts';
import type { MirrorPolicy } from '../route/mirror-policy.ts';
import type { TracedStream } from '../stream/traced-stream.ts';
import type { Attempt, AttemptLog } from './attempt.ts';
import { Router } from './router.ts';
import { TracedAttempt } from './traced-attempt.ts';
import type { TryLimits } from './try-limits.ts';

export class TracedRouter extends Router {
  protected override newAttempt(
    host: Host,
    h: Headers,
    endStream: boolean,
    limits: TryLimits | null,
    tryLog: AttemptLog | null,
  ): Attempt {
    const stream = this.stream as unknown as TracedStream;
    const { span, tracing } = stream;
    if (span === null) return super.newAttempt(host, h, endStream, limits, tryLog);
    if (!tracing.triesHaveSpans) {
      if (!tracing.noContextPropagation) span.inject(h);
      return super.newAttempt(host, h, endStream, limits, tryLog);
    }
    const own = span.spawn(tracing, `router ${host.cluster.statName} egress`, turnMs());
    const { attempts } = stream.info;
    if (attempts > 1) own.setTag('retry.count', String(attempts - 1));
    if (!tracing.noContextPropagation) own.inject(h);
    return new TracedAttempt(this, host, h, endStream, limits, tryLog, stream, own);
  }

  override traceMirror(policy: MirrorPolicy, head: Headers): AsyncOptions['onEnd'] {
    const { span, envoy16 } = this.stream as unknown as TracedStream;
    if (span === null) return undefined;
    const own = span.spawn(EGRESS, 'mirror', turnMs(), policy.traceSampled);
    own.inject(head);
    return (outcome) => finishAsyncSpan(own, outcome, envoy16);
  }

  override onPerTryTimeout(attempt: Attempt): void {
    if (attempt instanceof TracedAttempt) attempt.timedOut();
    super.onPerTryTimeout(attempt);
  }
  override onPerTryIdleTimeout(attempt: Attempt): void {
    if (attempt instanceof TracedAttempt) attempt.timedOut();
    super.onPerTryIdleTimeout(attempt);
  }
}
