/** A span as OpenTelemetry knows it, and what it tells the host of it (W3C Trace Context). Mirrors source/extensions/tracers/opentelemetry/tracer.cc. */
import type { Headers } from '../codec/headers.ts';
import type { CustomTagValueType } from '../config/schema/types.ts';
import { clockMs } from '../platform/clock.ts';
import { randomId } from '../tracing/ids.ts';
import { CallingSpan } from '../tracing/outcall.ts';
import type { Span, SpanRules } from '../tracing/span.ts';

export const SERVER = 2;
export const CLIENT = 3;
export const UNSET = 0;
export const ERROR = 2;
/** gRPC's codes that are: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const FAULTS_OF_SERVERS: readonly string[] = ['2', '4', '12', '13', '14', '15'];

export interface Attribute {
  /** Wire text. */
  readonly value: string;
  readonly type: CustomTagValueType;
}

export interface OtelHome {
  report(span: OtelSpan): void;
}

/** What goes with a trace from hop to hop. */
export interface OtelContext {
  /** 32 digits. */
  readonly traceId: string;
  /** 16 digits; '' for none. */
  readonly parentId: string;
  /** Its parent is somebody else's. */
  readonly remote: boolean;
  readonly sampled: boolean;
  readonly state: string;
}

export class OtelSpan extends CallingSpan implements Span {
  readonly context: OtelContext;
  readonly spanId: string;
  readonly kind: number;
  name: string;
  readonly attributes = new Map<string, Attribute>();
  /** turnMs() and what happened. */
  readonly events: { readonly ms: number; readonly name: string }[] = [];
  readonly startMs: number;
  endMs = 0;
  /** Of a Status: UNSET, or ERROR; null where nothing was said of it. */
  status: typeof UNSET | typeof ERROR | null = null;
  private readonly home: OtelHome;

  constructor(home: OtelHome, context: OtelContext, kind: number, name: string, startMs: number) {
    super();
    this.home = home;
    this.context = context;
    this.spanId = randomId();
    this.kind = kind;
    this.name = name;
    this.startMs = startMs;
  }

  get traceId(): string {
    return this.context.traceId;
  }

  setName(name: string): void {
    this.name = name;
  }

  setTag(name: string, value: string, type: CustomTagValueType = 'UNSPECIFIED'): void {
    if (name === '') return;
    this.attributes.set(name, { value, type });
    if (name === 'grpc.status_code') {
      this.status = this.failed(value) ? ERROR : UNSET;
      // What a server answers with 4xx is its client's fault.
    } else if (name === 'http.status_code' && Number(value) >= (this.kind === CLIENT ? 400 : 500)) this.status = ERROR;
  }

  private failed(code: string): boolean {
    return this.kind === CLIENT ? code !== '0' : FAULTS_OF_SERVERS.includes(code);
  }

  log(ms: number, name: string): void {
    this.events.push({ ms, name });
  }

  inject(h: Headers): void {
    const { traceId, sampled, state } = this.context;
    h.remove('traceparent');
    h.addUnchecked('traceparent', `00-${traceId}-${this.spanId}-${sampled ? '01' : '00'}`);
    h.remove('tracestate');
    h.addUnchecked('tracestate', state);
  }

  spawn(_rules: SpanRules, name: string, startMs: number, sampled = this.context.sampled): OtelSpan {
    const context = { ...this.context, parentId: this.spanId, remote: false, sampled };
    return new OtelSpan(this.home, context, CLIENT, name, startMs);
  }

  finish(): void {
    this.endMs = clockMs();
    if (this.context.sampled) this.home.report(this);
  }
}
