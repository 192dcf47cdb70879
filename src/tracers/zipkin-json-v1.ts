/** Spans as Zipkin's API v1 has them in JSON: what a v2 config means that names no version. Mirrors Zipkin::Span::toJson of Envoy 1.16. */
import { jsonString } from '../format/json-text.ts';
import { isIP } from '../platform/ip.ts';
import type { LocalEndpoint } from './zipkin-json.ts';
import type { ZipkinSpan } from './zipkin-span.ts';

/** Wire text. */
export function zipkinJsonV1(spans: readonly ZipkinSpan[], { serviceName, ip }: LocalEndpoint): string {
  const name = serviceName === '' ? '' : `,"serviceName":${jsonString(serviceName)}`;
  const endpoint = `{"${isIP(ip) === 6 ? 'ipv6' : 'ipv4'}":"${ip}","port":0${name}}`;
  return `[${spans.map((span) => one(span, endpoint)).join(',')}]`;
}

function one(span: ZipkinSpan, endpoint: string): string {
  const { context, tags, annotations, timestamp } = span;
  const parentId = context.parent === '' ? '' : `,"parentId":"${context.parent}"`;
  // Whoever began it tells when.
  const begun = span.joined ? '' : `,"timestamp":${timestamp}`;
  const first = `{"timestamp":${timestamp},"value":"${span.client ? 'cs' : 'sr'}","endpoint":${endpoint}}`;
  const rest = annotations.map((a, i) => {
    const where = i === annotations.length - 1 ? `,"endpoint":${endpoint}` : '';
    return `,{"timestamp":${a.timestamp},"value":"${a.value}"${where}}`;
  });
  return (
    `{"traceId":"${span.traceId}","name":${jsonString(span.name)},"id":"${context.id}"${parentId}${begun},"duration":${span.duration}` +
    `,"annotations":[${first}${rest.join('')}]` +
    `,"binaryAnnotations":[${[...tags].map(([k, v]) => `{"key":${jsonString(k)},"value":${jsonString(v)}}`).join(',')}]}`
  );
}
