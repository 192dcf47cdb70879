/** Spans as Zipkin's API v2 has them in protobuf (zipkin.proto3.ListOfSpans). Mirrors ProtobufSerializer. */
import { WireWriter } from '../grpc/wire-writer.ts';
import { isIP } from '../platform/ip.ts';
import type { LocalEndpoint } from './zipkin-json.ts';
import type { ZipkinSpan } from './zipkin-span.ts';

const CLIENT = 1;
const SERVER = 2;
const IPV4_BYTES = 4;

export function zipkinProto(spans: readonly ZipkinSpan[], local: LocalEndpoint): Buffer {
  const w = new WireWriter();
  for (const span of spans) {
    const at = w.begin(1);
    one(w, span, local);
    w.end(at);
  }
  return w.finish();
}

function one(w: WireWriter, span: ZipkinSpan, local: LocalEndpoint): void {
  const { context } = span;
  w.bytesField(1, Buffer.from(span.traceId, 'hex'));
  // As Envoy does: these two with their bytes in the order of the machine.
  if (context.parent !== '') w.bytesField(2, Buffer.from(context.parent, 'hex').reverse());
  w.bytesField(3, Buffer.from(context.id, 'hex').reverse());
  w.uint(4, span.client ? CLIENT : SERVER);
  if (span.name !== '') w.latin1(5, span.name);
  w.fixed64(6, BigInt(span.timestamp));
  if (span.duration > 0) w.uint(7, span.duration);
  endpoint(w, local);
  for (const { timestamp, value } of span.annotations) {
    const at = w.begin(10);
    w.fixed64(1, BigInt(timestamp));
    w.latin1(2, value);
    w.end(at);
  }
  for (const [key, value] of span.tags) {
    const at = w.begin(11);
    w.latin1(1, key);
    w.latin1(2, value);
    w.end(at);
  }
  if (!span.client && span.home.sharesContext) w.bool(13, true);
}

function endpoint(w: WireWriter, { serviceName, ip }: LocalEndpoint): void {
  const at = w.begin(8);
  if (serviceName !== '') w.latin1(1, serviceName);
  if (isIP(ip) === IPV4_BYTES) w.bytesField(2, Buffer.from(ip.split('.').map(Number)));
  w.end(at);
}
