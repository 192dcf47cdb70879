/**
 * What a request says of the trace it belongs to: `b3`, x-b3-*, or traceparent. Whatever is not understood makes the request go on without a
 * span. Mirrors Zipkin::SpanContextExtractor.
 */
import type { Headers } from '../codec/headers.ts';
import { NO_ID, readId } from '../tracing/ids.ts';
import { readTraceparent } from './w3c.ts';

export interface ZipkinContext {
  /** 16 digits; '' for a trace of 64 bits. */
  readonly traceHigh: string;
  readonly trace: string;
  readonly id: string;
  /** '' for none. */
  readonly parent: string;
  readonly sampled: boolean;
  /** It came in one `b3`, and goes on in one. */
  readonly single: boolean;
}

/** `none`: nothing, or nothing but whether to sample. `unreadable`: no span. */
export type Found =
  | { readonly kind: 'context'; readonly context: ZipkinContext }
  | { readonly kind: 'none'; readonly sampled: boolean | null; readonly single: boolean }
  | { readonly kind: 'unreadable' };

const UNREADABLE: Found = { kind: 'unreadable' };

/** `local`: what we decided, where the request does not say. */
export function findContext(h: Headers, local: boolean, w3c: boolean): Found {
  const b3 = h.get('b3');
  if (b3 !== undefined) return single(b3, local);
  const trace = h.get('x-b3-traceid');
  const id = h.get('x-b3-spanid');
  const said = h.get('x-b3-sampled');
  const sampled = said === undefined ? null : said === '1' || said === 'true';
  if (trace !== undefined && id !== undefined) return several(h, trace, id, sampled ?? local);
  if (w3c) {
    const parent = h.get('traceparent');
    if (parent !== undefined) {
      const read = readTraceparent(parent);
      if (read === null) return { kind: 'none', sampled, single: false };
      const { traceId, spanId } = read;
      const high = traceId.slice(0, 16);
      return {
        kind: 'context',
        context: {
          traceHigh: high === NO_ID ? '' : high,
          trace: traceId.slice(16),
          id: spanId,
          parent: '',
          sampled: sampled ?? read.sampled,
          single: false,
        },
      };
    }
  }
  return { kind: 'none', sampled, single: false };
}

const WHOLE_TRACE = 32;

function several(h: Headers, traceText: string, idText: string, sampled: boolean): Found {
  const wide = traceText.length === WHOLE_TRACE;
  const traceHigh = wide ? readId(traceText.slice(0, 16)) : '';
  const trace = readId(wide ? traceText.slice(16) : traceText);
  const id = readId(idText);
  const parentText = h.get('x-b3-parentspanid') ?? '';
  const parent = parentText === '' ? '' : readId(parentText);
  if (traceHigh === null || trace === null || id === null || parent === null) return UNREADABLE;
  return { kind: 'context', context: context(traceHigh, trace, id, parent, sampled, false) };
}

/** Numbers that are 0 are as good as none. */
function context(
  traceHigh: string,
  trace: string,
  id: string,
  parent: string,
  sampled: boolean,
  single: boolean,
): ZipkinContext {
  return {
    traceHigh: traceHigh === NO_ID ? '' : traceHigh,
    trace,
    id,
    parent: parent === NO_ID ? '' : parent,
    sampled,
    single,
  };
}

/** `[high 16 digits]trace-span[-0|1|d[-parent]]`, or `0`, `1`, `d` alone. */
const SINGLE = /^([^-].{15})?(.{16})-(.{16})(?:-([01d])(?:-(.{16}))?)?$/s;

function single(b3: string, local: boolean): Found {
  if (/^[01d]$/.test(b3)) return { kind: 'none', sampled: b3 !== '0', single: true };
  const match = SINGLE.exec(b3);
  if (match === null) return UNREADABLE;
  const [, highText = '', traceText, idText, flag, parentText = ''] = match;
  const high = highText === '' ? '' : readId(highText);
  const trace = readId(traceText);
  const id = readId(idText);
  const parent = parentText === '' ? '' : readId(parentText);
  if (high === null || trace === null || id === null || parent === null) return UNREADABLE;
  return {
    kind: 'context',
    context: context(high, trace, id, parent, flag === undefined ? local : flag !== '0', true),
  };
}
