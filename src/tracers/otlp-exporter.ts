/** How an OTLP request gets to a collector, over gRPC or HTTP: of spans and of metrics. Role of Envoy's OtlpTraceExporter and OtlpMetricsExporter. */
import { Headers } from '../codec/headers.ts';
import type { CoreHttpService } from '../config/schema/types.ts';
import type { ServerContext } from '../extension/context.ts';
import type { GrpcCallOptions } from '../grpc/client.ts';
import type { GrpcServiceClient } from '../grpc/service.ts';
import { StreamInfo } from '../http/stream/stream-info.ts';
import { turnMs } from '../platform/clock.ts';
import { toWire } from '../platform/wire-text.ts';
import { hostAndPath } from './host-and-path.ts';
import { Report } from './report.ts';
import { ServiceHeaders } from './service-headers.ts';

/** `done`: whether the collector has taken it. */
export type OtlpExporter = (request: Buffer, done: (taken: boolean) => void) => void;

/** `userAgent`: '' for none. */
export function grpcExporter(
  { client, metadata }: GrpcServiceClient,
  method: string,
  userAgent: string,
  options: Pick<GrpcCallOptions, 'timeoutMs'>,
): OtlpExporter {
  const info = new StreamInfo('HTTP/2', turnMs(), null);
  const call: GrpcCallOptions = {
    ...options,
    metadata(head): void {
      metadata?.(head, info, head);
      if (userAgent !== '') head.add('user-agent', userAgent);
    },
  };
  return (request, done) => {
    client.unary(method, request, call, (_, status) => done(status === 0));
  };
}

/** `userAgent`: '' for none. */
export function httpExporter(http: CoreHttpService, userAgent: string, ctx: ServerContext): OtlpExporter {
  const { uri = '', cluster: name = '', timeout = 0 } = http.httpUri ?? {};
  const [host, path] = hostAndPath(uri);
  const cluster = ctx.clusters.ref(name);
  const client = ctx.asyncClient();
  const headers = new ServiceHeaders(http, ctx);
  return (request, done) => {
    if (cluster.current === null) {
      done(false);
      return;
    }
    const h = new Headers();
    h.method = 'POST';
    h.path = toWire(path);
    h.authority = toWire(host === '' ? name : host);
    h.add('content-type', 'application/x-protobuf');
    if (userAgent !== '') h.add('user-agent', userAgent);
    headers.apply(h);
    new Report((status) => done(status >= 200 && status < 300)).send(client, cluster.current, h, request, timeout);
  };
}
