/**
 * Attributes of a request that a service may be told, by their names in CEL (docs: arch_overview/advanced/attributes). Names and indexes only:
 * `request.path`, `request.headers['x']`; other expressions are refused (docs/behaviour.md, H200).
 */
import type { Headers } from '../../codec/headers.ts';
import { refuse } from '../../config/refusal.ts';
import { asciiLower, fromWire, toWire } from '../../platform/wire-text.ts';
import { headerValue } from '../headers/header-matcher.ts';
import type { FilterStream } from '../stream/filter.ts';

type Value = string | number | boolean | undefined;
type Find = (stream: FilterStream) => Value;

export interface Attribute {
  /** As the config has it. */
  readonly name: string;
  /** Undefined: there is none. */
  readonly value: Find;
}

const SIMPLE: Readonly<Record<string, Find>> = {
  'request.path': (s) => s.request.path,
  'request.url_path': (s) => beforeQuery(s.request.path),
  'request.query': (s) => s.request.path.slice(beforeQuery(s.request.path).length + 1),
  'request.host': (s) => s.request.authority,
  'request.scheme': (s) => s.request.scheme,
  'request.method': (s) => s.request.method,
  'request.protocol': (s) => s.info.protocol,
  'request.referer': (s) => s.request.get('referer'),
  'request.useragent': (s) => s.request.get('user-agent'),
  'request.id': (s) => s.request.get('x-request-id'),
  'response.code': (s) => s.response?.status,
  'source.address': (s) => s.connection?.remoteAddress.text,
  'source.port': (s) => s.connection?.remoteAddress.port,
  'destination.address': (s) => s.connection?.localAddress.text,
  'destination.port': (s) => s.connection?.localAddress.port,
  'connection.mtls': (s) => s.connection?.security?.tls?.peer != null,
  'connection.requested_server_name': (s) => s.connection?.security?.serverName ?? '',
  'upstream.address': (s) => s.info.upstreamHost?.address.text,
  'upstream.port': (s) => s.info.upstreamHost?.address.port,
  'xds.cluster_name': (s) => s.route()?.forward?.cluster(s.request)?.info.name,
  'xds.route_name': (s) => s.route()?.name,
  'xds.virtual_host_name': (s) => s.route()?.virtualHost.name,
};

function beforeQuery(path: string): string {
  const at = path.indexOf('?');
  return at < 0 ? path : path.slice(0, at);
}

const HEADER = /^(request|response)\.headers\[(?:'([^'\\]+)'|"([^"\\]+)")\]$/;

export function compileAttributes(config: object, field: string, names: readonly string[]): Attribute[] {
  return [...new Set(names)].map((name) => {
    const value = finder(name);
    if (value === null) {
      return refuse(
        config,
        field,
        `${name}: not supported; attributes go by their names (${Object.keys(SIMPLE).join(', ')}, request.headers['x'])`,
      );
    }
    return { name, value };
  });
}

function finder(name: string): Find | null {
  if (Object.hasOwn(SIMPLE, name)) return SIMPLE[name];
  const m = HEADER.exec(name);
  if (m === null) return null;
  const header = asciiLower(toWire(m[2] ?? m[3]));
  return m[1] === 'request' ? (s) => of(s.request, header) : (s) => of(s.response, header);
}

const of = (h: Headers | null, name: string): string | undefined => (h === null ? undefined : headerValue(h, name));

/** Those that there are. */
export function evaluate(stream: FilterStream, attributes: readonly Attribute[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { name, value } of attributes) {
    const v = value(stream);
    if (v !== undefined) out[name] = typeof v === 'string' ? (fromWire(v) ?? Buffer.from(v, 'latin1').toString()) : v;
  }
  return out;
}
