/** A try at a host that has a span of its own, which ends with it. */
import type { Headers } from '../../codec/headers.ts';
import type { ResetReason } from '../../codec/http.ts';
import { turnMs } from '../../platform/clock.ts';
import { finishTrySpan } from '../../tracing/finish-span.ts';
import type { Span } from '../../tracing/span.ts';
import type { Host } from '../../upstream/host.ts';
import { flagNames, UPSTREAM_REQUEST_TIMEOUT_FLAG } from '../stream/response-flags.ts';
import { StreamTimings } from '../stream/stream-info.ts';
import type { TracedStream } from '../stream/traced-stream.ts';
import { Attempt, type AttemptLog, type AttemptOwner } from './attempt.ts';
import type { TryLimits } from './try-limits.ts';
import type { Upstream, UpstreamConnection } from './upstream.ts';
import { resetFlag } from './upstream-failure.ts';

export class TracedAttempt extends Attempt {
  private readonly stream: TracedStream;
  private readonly span: Span;
  private status: number;
  private flags: number;
  private ended: boolean;
  private readonly timings: StreamTimings | null;

  constructor(
    owner: AttemptOwner,
    host: Host,
    headers: Headers,
    endStream: boolean,
    limits: TryLimits | null,
    tryLog: AttemptLog | null,
    stream: TracedStream,
    span: Span,
  ) {
    super(owner, host, headers, endStream, limits, tryLog);
    this.stream = stream;
    this.span = span;
    this.status = 0;
    this.flags = 0;
    this.ended = false;
    this.timings = stream.tracing.verbose ? new StreamTimings() : null;
  }

  /** It was too slow. */
  timedOut(): void {
    if (!this.done) this.flags |= UPSTREAM_REQUEST_TIMEOUT_FLAG;
  }

  override onPoolReady(upstream: Upstream, connection: UpstreamConnection): void {
    if (this.timings !== null) {
      this.timings.upstreamTxFirst = turnMs();
      if (this.requestEnded) this.timings.upstreamTxLast = turnMs();
    }
    super.onPoolReady(upstream, connection);
  }
  override onHeaders(headers: Headers, endStream: boolean): void {
    if (!this.done) {
      this.status = headers.status;
      if (this.timings !== null) {
        this.timings.upstreamRxFirst = turnMs();
        if (endStream) this.timings.upstreamRxLast = turnMs();
      }
    }
    super.onHeaders(headers, endStream);
  }
  override onData(data: Buffer, endStream: boolean): void {
    if (endStream && this.timings !== null) this.timings.upstreamRxLast = turnMs();
    super.onData(data, endStream);
  }
  override onTrailers(trailers: Headers): void {
    if (this.timings !== null) this.timings.upstreamRxLast = turnMs();
    super.onTrailers(trailers);
  }
  override onRequestEnd(): void {
    if (this.timings !== null && this.sent) this.timings.upstreamTxLast = turnMs();
    super.onRequestEnd();
  }

  override onPoolFailure(reason: ResetReason, detail: string): void {
    this.failedBy(reason);
    super.onPoolFailure(reason, detail);
  }
  override onReset(reason: ResetReason, detail: string): void {
    if (!this.done) this.failedBy(reason);
    super.onReset(reason, detail);
  }
  private failedBy(reason: ResetReason): void {
    this.flags |= resetFlag(reason);
    this.span.setTag('error', 'true');
    this.span.setTag('error.reason', reason);
    this.endSpan();
  }

  override reset(): void {
    if (!this.done) this.span.setTag('canceled', 'true');
    super.reset();
    this.endSpan();
  }
  override finish(): void {
    super.finish();
    this.endSpan();
  }

  private endSpan(): void {
    if (this.ended) return;
    this.ended = true;
    const { host, stream } = this;
    const tried = {
      address: host.address.text,
      protocol: this.protocol,
      status: this.status,
      flagNames: flagNames(this.flags),
      timings: this.timings,
    };
    finishTrySpan(this.span, tried, stream, stream.tracing, stream.routeTracing, stream.envoy16);
  }
}
