/** traceparent (W3C Trace Context, level 1): `version-trace-span-flags`. Mirrors OpenTelemetry::SpanContextExtractor. */

export interface Traceparent {
  readonly version: string;
  /** 32 digits. */
  readonly traceId: string;
  /** 16 digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const LENGTH = 55;
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const ZEROS = /^0+$/;

/** Its digits in lower case. Null for anything else. */
export function readTraceparent(text: string): Traceparent | null {
  if (text.length !== LENGTH) return null;
  const match = FORM.exec(text.toLowerCase());
  if (match === null) return null;
  const [, version, traceId, spanId, flags] = match;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return null;
  return { version, traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
