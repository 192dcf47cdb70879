/**
 * A stream of a connection manager with `tracing`: samples the request, has a span for it, and tells the other side what its work is called.
 * Role of ActiveStream::traceRequest (source/common/http/conn_manager_impl.cc). Streams without tracing know nothing of it.
 */
import type { Headers } from '../../codec/headers.ts';
import type { StreamEncoder } from '../../codec/http.ts';
import { finishRequestSpan } from '../../tracing/finish-span.ts';
import type { RouteTracing } from '../../tracing/route-tracing.ts';
import { decide, type TraceReason } from '../../tracing/sampling.ts';
import type { Span } from '../../tracing/span.ts';
import type { TracingSettings } from '../../tracing/tracing-settings.ts';
import { ActiveStream } from './active-stream.ts';
import type { StreamOwner } from './stream-owner.ts';

const DECORATOR = 'x-envoy-decorator-operation';

export class TracedStream extends ActiveStream {
  readonly tracing: TracingSettings;
  /** Null where there is no tracer, or what came with the request could not be read. */
  span: Span | null;
  private reason: TraceReason;
  /** What the route calls it, for the other side; '' for nothing. */
  private told: string;
  /** Names go both ways: there is no format that makes one. */
  private decorates: boolean;
  /** Filters have had the request, and nothing has been said of its end. */
  private open: boolean;
  /** It is a request that began anew. */
  private again: boolean;

  constructor(owner: StreamOwner, encoder: StreamEncoder, tracing: TracingSettings) {
    super(owner, encoder);
    this.tracing = tracing;
    this.span = null;
    this.reason = 'not traceable';
    this.told = '';
    this.decorates = false;
    this.open = false;
    this.again = false;
  }

  get routeTracing(): RouteTracing | null {
    const { route } = this.info;
    return route === null ? null : route.tracing;
  }

  protected override startFilters(h: Headers, endStream: boolean): void {
    this.trace(h);
    super.startFilters(h, endStream);
  }

  override recreate(response: Headers, body: readonly Buffer[]): void {
    this.again = true;
    super.recreate(response, body);
  }

  private trace(h: Headers): void {
    const { tracing, routeTracing: route } = this;
    this.reason = this.again ? 'not traceable' : this.decide(h, route);
    tracing.stats.count(this.reason);
    this.open = true;
    const { tracer, egress } = tracing;
    const name = egress ? `egress ${h.authority}` : 'ingress';
    const span =
      tracer === null ? null : tracer.start(tracing, h, this.info.startMs, name, this.reason !== 'not traceable');
    this.span = span;
    this.info.span = span;
    this.info.traced = this.reason;
    if (span !== null) {
      span.setTag('node_id', tracing.nodeId);
      span.setTag('zone', tracing.zone);
    }
    this.told = '';
    this.decorates = (route?.operation ?? tracing.operation) === null;
    if (!this.decorates) return;
    if (route !== null && route.decorator !== '') {
      span?.setName(route.decorator);
      if (route.propagates) this.told = route.decorator;
    }
    if (egress) {
      if (this.told !== '') h.set(DECORATOR, this.told);
      return;
    }
    const given = h.get(DECORATOR);
    if (given === undefined) return;
    if (given !== '') {
      span?.setName(given);
      this.told = '';
    }
    h.remove(DECORATOR);
  }

  private decide(h: Headers, route: RouteTracing | null): TraceReason {
    const { byRequestId, packsReason, sampling } = this.tracing;
    return byRequestId ? decide(h, route?.sampling ?? sampling, packsReason) : 'sampling';
  }

  protected override writeHead(h: Headers, endStream: boolean): void {
    if (!this.decorates) {
      super.writeHead(h, endStream);
      return;
    }
    if (this.tracing.egress) {
      const given = h.get(DECORATOR);
      if (given !== undefined) {
        if (given !== '') this.span?.setName(given);
        h.remove(DECORATOR);
      }
    } else if (this.told !== '') h.set(DECORATOR, this.told);
    super.writeHead(h, endStream);
  }

  protected override endFilters(): void {
    super.endFilters();
    if (!this.open) return;
    this.open = false;
    if (this.span === null) return;
    try {
      finishRequestSpan(this.span, this, this.tracing, this.routeTracing, this.envoy16);
    } catch (e) {
      this.failed(e);
    }
  }
}
