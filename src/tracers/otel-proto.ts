/** Spans as OTLP has them (opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest). */

import { wall } from '../format/time-operators.ts';
import { WireWriter, type WireWriter as Writer } from '../grpc/wire-writer.ts';
import { BUILD_STRING } from '../version.ts';
import { type Attribute, ERROR, type OtelSpan } from './otel-span.ts';

const SAMPLED = 0x01;
/** Whether the parent is remote is known, and it is. */
const KNOWS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** `resource`: the message of who sends them, empty for none. `scope`: name who made the spans. */
export function exportRequest(spans: readonly OtelSpan[], resource: Buffer, scope: boolean): Buffer {
  const w = new WireWriter();
  const all = w.begin(1);
  if (resource.length > 0) w.bytesField(1, resource);
  const scoped = w.begin(2);
  if (scope) {
    const at = w.begin(1);
    w.latin1(1, 'envoy');
    w.latin1(2, BUILD_STRING);
    w.end(at);
  }
  for (const span of spans) {
    const at = w.begin(2);
    one(w, span);
    w.end(at);
  }
  w.end(scoped);
  w.end(all);
  return w.finish();
}

/** ns since 1970, to the microsecond. */
const nanos = (ms: number): bigint => BigInt(Math.floor(wall(ms) * 1000)) * 1000n;

function one(w: Writer, span: OtelSpan): void {
  const { traceId, parentId, state, remote } = span.context;
  w.bytesField(1, Buffer.from(traceId, 'hex'));
  w.bytesField(2, Buffer.from(span.spanId, 'hex'));
  if (state !== '') w.latin1(3, state);
  if (parentId !== '') w.bytesField(4, Buffer.from(parentId, 'hex'));
  w.latin1(5, span.name);
  w.uint(6, span.kind);
  w.fixed64(7, nanos(span.startMs));
  w.fixed64(8, nanos(span.endMs));
  for (const [key, value] of span.attributes) attribute(w, 9, key, value);
  for (const event of span.events) {
    const at = w.begin(11);
    w.fixed64(1, nanos(event.ms));
    w.latin1(2, event.name);
    w.end(at);
  }
  if (span.status !== null) {
    const at = w.begin(15);
    if (span.status === ERROR) w.uint(3, ERROR);
    w.end(at);
  }
  w.fixed32(16, SAMPLED | KNOWS_REMOTE | (remote ? IS_REMOTE : 0));
}

function attribute(w: Writer, field: number, key: string, a: Attribute): void {
  const at = w.begin(field);
  w.latin1(1, key);
  const inner = w.begin(2);
  typed(w, a);
  w.end(inner);
  w.end(at);
}

const INT = /^[+-]?\d{1,19}$/;
const MAX_INT = (1n << 63n) - 1n;
const DOUBLE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const TRUE = /^(?:true|t|yes|y|1)$/i;
const FALSE = /^(?:false|f|no|n|0)$/i;

/** AnyValue: a text that is none of its type stays a text. */
function typed(w: Writer, { value, type }: Attribute): void {
  if (type === 'INT' && INT.test(value)) {
    const n = BigInt(value.replace('+', ''));
    if (n <= MAX_INT && n >= -MAX_INT - 1n) {
      w.uint64(3, n);
      return;
    }
  }
  if (type === 'DOUBLE' && DOUBLE.test(value)) w.double(4, Number(value));
  else if (type === 'BOOL' && TRUE.test(value)) w.bool(2, true);
  else if (type === 'BOOL' && FALSE.test(value)) w.bool(2, false);
  else w.latin1(1, value);
}
