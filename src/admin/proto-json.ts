/** Protobuf's JSON as Envoy prints it on admin pages: one space of indent, a newline at the end, `<` and `>` escaped. */
import type { Json } from './server-view.ts';

export function protoJson(message: Json): string {
  const out = JSON.stringify(message, null, 1).replace(/[<>]/g, (c) => (c === '<' ? '\\u003c' : '\\u003e'));
  return `${out}\n`;
}

/** google.protobuf.Timestamp: no fraction, or 3 digits of it. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
