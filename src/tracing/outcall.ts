/**
 * The spans of calls that filters make for a request. Mirrors AsyncRequestSharedImpl (source/common/http/async_client_impl.cc) and Grpc::AsyncStreamImpl
 * (source/common/grpc/async_client_impl.cc), names and tags included.
 */
import type { Headers } from '../codec/headers.ts';
import { turnMs } from '../platform/clock.ts';
import { toWire } from '../platform/wire-text.ts';
import type { AsyncOutcome, CallSpan, CallSpanOptions, CallTracer, GrpcCallSpan } from '../upstream/async.ts';
import { finishAsyncSpan } from './finish-span.ts';
import type { Span, SpanRules } from './span.ts';

/** Requests of our own leave. */
export const EGRESS: SpanRules = { egress: true, spawnUpstreamSpan: false, noContextPropagation: false };

/** A span that others can be a part of. */
export abstract class CallingSpan implements CallTracer {
  abstract spawn(rules: SpanRules, name: string, startMs: number, sampled?: boolean): Span;

  traceCall(options: CallSpanOptions, name: string, head: Headers, old: boolean): CallSpan {
    const own = this.spawn(EGRESS, toWire(options.name ?? name), turnMs(), options.sampled);
    own.inject(head);
    return new HttpCall(own, options.tags, old);
  }

  traceGrpc(path: string, cluster: string, address: string, head: Headers, sampled?: boolean): GrpcCallSpan {
    const own = this.spawn(EGRESS, `async ${path.slice(1).replace('/', '.')} egress`, turnMs(), sampled);
    own.setTag('upstream_cluster', toWire(cluster));
    own.setTag('upstream_address', address);
    own.setTag('component', 'proxy');
    own.inject(head);
    return new GrpcSpan(own);
  }
}

class HttpCall implements CallSpan {
  private readonly span: Span;
  private readonly tags: CallSpanOptions['tags'];
  private readonly old: boolean;
  constructor(span: Span, tags: CallSpanOptions['tags'], old: boolean) {
    this.span = span;
    this.tags = tags;
    this.old = old;
  }
  setTag(name: string, value: string): void {
    this.span.setTag(name, value);
  }
  end(how: 'answered' | 'reset' | 'canceled', outcome: AsyncOutcome): void {
    if (how === 'answered') this.tags?.(this, outcome.responseCode);
    else if (how === 'reset') this.span.setTag('error.reason', 'Reset');
    else this.span.setTag('canceled', 'true');
    finishAsyncSpan(this.span, outcome, this.old);
  }
}

class GrpcSpan implements GrpcCallSpan {
  private readonly span: Span;
  private over = false;
  constructor(span: Span) {
    this.span = span;
  }
  setTag(name: string, value: string): void {
    this.span.setTag(name, value);
  }
  status(code: number): void {
    if (this.over) return;
    this.span.setTag('grpc.status_code', String(code));
    if (code !== 0) this.span.setTag('error', 'true');
  }
  finish(): void {
    if (this.over) return;
    this.over = true;
    this.span.finish();
  }
  canceled(): void {
    if (this.over) return;
    this.span.setTag('status', 'canceled');
    this.finish();
  }
}
