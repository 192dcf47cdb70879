/** Spans as Zipkin's API v2 has them in JSON. Mirrors JsonV2Serializer (source/extensions/tracers/zipkin/span_buffer.cc). */
import { jsonString } from '../format/json-text.ts';
import { isIP } from '../platform/ip.ts';
import type { ZipkinSpan } from './zipkin-span.ts';

export interface LocalEndpoint {
  /** Wire text; '' for none. */
  readonly serviceName: string;
  readonly ip: string;
}

/** Wire text. */
export function zipkinJson(spans: readonly ZipkinSpan[], local: LocalEndpoint): string {
  const name = local.serviceName === '' ? '' : `"serviceName":${jsonString(local.serviceName)},`;
  const endpoint = `{${name}"${isIP(local.ip) === 6 ? 'ipv6' : 'ipv4'}":"${local.ip}","port":0}`;
  return `[${spans.map((span) => one(span, endpoint)).join(',')}]`;
}

function one(span: ZipkinSpan, endpoint: string): string {
  const { context, tags, annotations } = span;
  const { parent } = context;
  const shared = !span.client && span.home.sharesContext ? ',"shared":true' : '';
  const parentId = parent === '' ? '' : `,"parentId":"${parent}"`;
  const name = span.name === '' ? '' : `,"name":${jsonString(span.name)}`;
  const duration = span.duration > 0 ? `,"duration":${span.duration}` : '';
  return (
    `{"traceId":"${span.traceId}","id":"${context.id}"${parentId},"kind":"${span.client ? 'CLIENT' : 'SERVER'}"${name}${shared}` +
    `,"timestamp":${span.timestamp}${duration},"localEndpoint":${endpoint}` +
    `,"tags":{${[...tags].map(([k, v]) => `${jsonString(k)}:${jsonString(v)}`).join(',')}}` +
    `,"annotations":[${annotations.map((a) => `{"timestamp":${a.timestamp},"value":"${a.value}"}`).join(',')}]}`
  );
}
