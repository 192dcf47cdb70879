/** A span as Zipkin knows it. Mirrors Zipkin::Span (source/extensions/tracers/zipkin/zipkin_core_types.cc). */
import type { Headers } from '../codec/headers.ts';
import { wall } from '../format/time-operators.ts';
import { clockMs } from '../platform/clock.ts';
import { CallingSpan } from '../tracing/outcall.ts';
import type { Span, SpanRules } from '../tracing/span.ts';
import type { ZipkinContext } from './zipkin-context.ts';

export interface Annotation {
  /** µs since the epoch. */
  readonly timestamp: number;
  readonly value: string;
}

/** What all spans of a tracer have in common. */
export interface ZipkinHome {
  /** A span of a server has the id of the client's that it answers. */
  readonly sharesContext: boolean;
  /** traceparent goes with x-b3-*. */
  readonly w3c: boolean;
  /** Client and server have spans of their own, whatever the connection manager says. */
  readonly splits: boolean;
  report(span: ZipkinSpan): void;
  /** A part of what is told of in `context`. */
  within(context: ZipkinContext, client: boolean, name: string, startMs: number): ZipkinSpan;
}

export class ZipkinSpan extends CallingSpan implements Span {
  readonly home: ZipkinHome;
  readonly context: ZipkinContext;
  /** CLIENT, or SERVER. */
  readonly client: boolean;
  name: string;
  readonly tags = new Map<string, string>();
  readonly annotations: Annotation[] = [];
  private readonly startMs: number;
  /** It began here, or with its client? µs since the epoch. */
  readonly timestamp: number;
  /** µs. */
  duration: number;

  /** It goes on with the span of the client that asks. */
  readonly joined: boolean;

  constructor(
    home: ZipkinHome,
    context: ZipkinContext,
    client: boolean,
    joined: boolean,
    name: string,
    startMs: number,
  ) {
    super();
    this.home = home;
    this.context = context;
    this.client = client;
    this.joined = joined;
    this.name = name;
    this.startMs = startMs;
    this.timestamp = micros(startMs);
    this.duration = 0;
  }

  get traceId(): string {
    return this.context.traceHigh + this.context.trace;
  }
  /** Envoy's has none to tell. */
  get spanId(): string {
    return '';
  }

  setName(name: string): void {
    this.name = name;
  }
  setTag(name: string, value: string): void {
    if (name !== '' && value !== '') this.tags.set(name, value);
  }
  log(ms: number, value: string): void {
    this.annotations.push({ timestamp: micros(ms), value });
  }

  inject(h: Headers): void {
    const { context: c, traceId } = this;
    if (c.single) {
      h.remove('b3');
      h.add('b3', `${traceId}-${c.id}-${c.sampled ? '1' : '0'}${c.parent === '' ? '' : `-${c.parent}`}`);
    } else {
      put(h, 'x-b3-traceid', traceId);
      put(h, 'x-b3-spanid', c.id);
      if (c.parent !== '') put(h, 'x-b3-parentspanid', c.parent);
      put(h, 'x-b3-sampled', c.sampled ? '1' : '0');
    }
    if (this.home.w3c) {
      put(h, 'traceparent', `00-${traceId.padStart(32, '0')}-${c.id}-${c.sampled ? '01' : '00'}`);
    }
  }

  spawn(rules: SpanRules, name: string, startMs: number, sampled = this.context.sampled): ZipkinSpan {
    return this.home.within(
      { ...this.context, sampled },
      rules.spawnUpstreamSpan || this.home.splits || rules.egress,
      name,
      startMs,
    );
  }

  finish(): void {
    const now = clockMs();
    this.annotations.push({ timestamp: micros(now), value: this.client ? 'cr' : 'ss' });
    this.duration = Math.floor((now - this.startMs) * 1000);
    if (this.context.sampled) this.home.report(this);
  }
}

const micros = (ms: number): number => Math.floor(wall(ms) * 1000);

/** Last, wherever it was before. */
function put(h: Headers, name: string, value: string): void {
  h.remove(name);
  h.addUnchecked(name, value);
}
