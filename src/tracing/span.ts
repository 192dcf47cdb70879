/** What a tracer is for those who are traced. Roles of Envoy's Tracing::Driver and Tracing::Span (envoy/tracing/trace_driver.h). */
import type { Headers } from '../codec/headers.ts';
import type { CustomTagValueType } from '../config/schema/types.ts';
import type { CallTracer } from '../upstream/async.ts';

/** How a connection manager traces, as far as it decides what a span is. */
export interface SpanRules {
  /** Requests that leave: spans are a client's unless each try has one of its own. */
  readonly egress: boolean;
  /** Each try at a host has a span, child of the request's. */
  readonly spawnUpstreamSpan: boolean;
  /** Nothing is told to the host. */
  readonly noContextPropagation: boolean;
}

/** One piece of work. Texts are wire text. */
export interface Span extends CallTracer {
  /** Hex digits; '' where there is none to tell. */
  readonly traceId: string;
  readonly spanId: string;
  setName(name: string): void;
  /** A further value of the same tag replaces the first. */
  setTag(name: string, value: string, type?: CustomTagValueType): void;
  /** Something that happened at `ms`, as turnMs() tells it. */
  log(ms: number, event: string): void;
  /** Tells whoever gets these headers that its work is a part of this. */
  inject(headers: Headers): void;
  /** A part of this, at a host. `sampled`: as this one is unless given. */
  spawn(rules: SpanRules, name: string, startMs: number, sampled?: boolean): Span;
  /** It is over now; called once. */
  finish(): void;
}

export interface Tracer {
  /**
   * `name`: what it is called where the tracer has no name of its own. `traced`: what we decided, which counts where the request does not say it.
   * Null where what the request says cannot be read: it goes on without a span, its headers as they are.
   */
  start(rules: SpanRules, request: Headers, startMs: number, name: string, traced: boolean): Span | null;
}
