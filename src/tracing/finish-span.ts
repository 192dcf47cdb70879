/** What a finished request leaves in its spans. Mirrors HttpTracerUtility (source/common/tracing/http_tracer_impl.cc), its tags' names included. */
import type { Headers } from '../codec/headers.ts';
import { type FormatContext, type FormatInfo, type Formatter, NO_LOG, type Timings } from '../format/format-context.ts';
import { isGrpcContentType, parseGrpcStatus } from '../http/grpc.ts';
import { toWire } from '../platform/wire-text.ts';
import type { AsyncOutcome } from '../upstream/async.ts';
import { applyTags } from './custom-tags.ts';
import type { RouteTracing } from './route-tracing.ts';
import type { Span } from './span.ts';
import type { TracingSettings } from './tracing-settings.ts';

/** One try at a host, as its span tells of it. */
export interface TriedHost {
  /** `127.0.0.1:80`. */
  readonly address: string;
  readonly protocol: string | null;
  /** 0: no answer. */
  readonly status: number;
  readonly flagNames: string;
  /** Null unless verbose. */
  readonly timings: Timings | null;
}

/** Of the client's request. `old`: as Envoy 1.16. */
export function finishRequestSpan(
  span: Span,
  c: FormatContext,
  s: TracingSettings,
  route: RouteTracing | null,
  old: boolean,
): void {
  const { info, request, response, responseTrailers } = c;
  const id = request.get('x-request-id');
  if (id !== undefined) span.setTag('guid:x-request-id', id);
  span.setTag('http.url', urlOf(request, s.maxPathTagLength, old));
  span.setTag('http.method', request.method);
  span.setTag('downstream_cluster', request.get('x-envoy-downstream-service-cluster') ?? '-');
  span.setTag('user_agent', request.get('user-agent') ?? '-');
  span.setTag('http.protocol', info.protocol ?? '-');
  const peer = info.connection?.directRemoteAddress;
  if (peer !== undefined) span.setTag('peer.address', toWire(peer.ip === '' ? peer.text : peer.ip));
  const client = request.get('x-client-trace-id');
  if (client !== undefined) span.setTag('guid:x-client-trace-id', client);
  if (isGrpcContentType(request.get('content-type'))) grpcRequest(span, request);
  span.setTag('request_size', String(info.bytesReceived));
  span.setTag('response_size', String(info.bytesSent));
  common(span, info, info.responseCode, info.flagNames, old);
  if (s.verbose) {
    moment(span, info.requestEndMs, 'last_downstream_rx_byte_received');
    if (info.timings !== null) {
      upstreamMoments(span, info.timings);
      moment(span, info.timings.downstreamTxFirst, 'first_downstream_tx_byte_sent');
      moment(span, info.timings.downstreamTxLast, 'last_downstream_tx_byte_sent');
    }
  }
  grpcAnswer(span, response);
  grpcAnswer(span, responseTrailers);
  ownTags(span, c, s, route);
  rename(span, route?.operation ?? s.operation, c);
  span.finish();
}

/** Of a try at a host. */
export function finishTrySpan(
  span: Span,
  tried: TriedHost,
  c: FormatContext,
  s: TracingSettings,
  route: RouteTracing | null,
  old: boolean,
): void {
  span.setTag('http.protocol', tried.protocol ?? '-');
  const address = toWire(tried.address);
  span.setTag('upstream_address', address);
  span.setTag('peer.address', address);
  common(span, c.info, tried.status, tried.flagNames, old);
  if (tried.timings !== null) upstreamMoments(span, tried.timings);
  ownTags(span, c, s, route);
  rename(span, route?.upstreamOperation ?? s.upstreamOperation, c);
  span.finish();
}

/** Of a request of our own. */
export function finishAsyncSpan(span: Span, outcome: AsyncOutcome, old: boolean): void {
  const { upstream } = outcome;
  // Of the stream that Envoy makes for it, whatever the host speaks.
  span.setTag('http.protocol', 'HTTP/1.1');
  if (upstream !== null) {
    const address = toWire(upstream.host.address.text);
    span.setTag('upstream_address', address);
    span.setTag('peer.address', address);
  }
  common(span, outcome, outcome.responseCode, outcome.flagNames, old);
  span.finish();
}

function common(
  span: Span,
  info: Pick<FormatInfo, 'cluster'> & { upstream: object | null },
  status: number,
  flagNames: string,
  old: boolean,
): void {
  span.setTag('component', 'proxy');
  const { cluster } = info;
  if (cluster !== null && (!old || info.upstream !== null)) {
    span.setTag('upstream_cluster', toWire(cluster.name));
    if (!old) span.setTag('upstream_cluster.name', toWire(cluster.statName));
  }
  span.setTag('http.status_code', String(status));
  span.setTag('response_flags', flagNames === '' ? '-' : flagNames);
  if (status === 0 || status >= 500) span.setTag('error', 'true');
}

/** Those of the route come before those of the connection manager that have the same name. */
function ownTags(span: Span, c: FormatContext, s: TracingSettings, route: RouteTracing | null): void {
  applyTags(span, s.tags, c);
  if (route !== null) applyTags(span, route.tags, c);
}

function rename(span: Span, operation: Formatter | null, c: FormatContext): void {
  if (operation === null) return;
  const name = operation(c, NO_LOG);
  if (name !== '') span.setName(name);
}

function moment(span: Span, ms: number, event: string): void {
  if (ms >= 0) span.log(ms, event);
}

function upstreamMoments(span: Span, timings: Timings): void {
  moment(span, timings.upstreamTxFirst, 'first_upstream_tx_byte_sent');
  moment(span, timings.upstreamTxLast, 'last_upstream_tx_byte_sent');
  moment(span, timings.upstreamRxFirst, 'first_upstream_rx_byte_received');
  moment(span, timings.upstreamRxLast, 'last_upstream_rx_byte_received');
}

/** What the client asked for, as far as it is still told. */
function urlOf(h: Headers, maxPathLength: number, old: boolean): string {
  const path = h.get('x-envoy-original-path') ?? h.path;
  const scheme = old ? (h.get('x-forwarded-proto') ?? '') : h.scheme;
  return `${scheme}://${h.authority}${path.slice(0, maxPathLength)}`;
}

function grpcRequest(span: Span, h: Headers): void {
  span.setTag('grpc.path', h.path);
  span.setTag('grpc.authority', h.authority);
  span.setTag('grpc.content_type', h.get('content-type') ?? '');
  const timeout = h.get('grpc-timeout');
  if (timeout !== undefined) span.setTag('grpc.timeout', timeout);
}

function grpcAnswer(span: Span, h: Headers | null): void {
  const status = h?.get('grpc-status');
  if (h === null || status === undefined) return;
  span.setTag('grpc.status_code', status);
  const message = h.get('grpc-message');
  if (message !== undefined) span.setTag('grpc.message', message);
  if (parseGrpcStatus(status) > 0) span.setTag('error', 'true');
}
