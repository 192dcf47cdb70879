/** The compact form of the generated schema: what schema/generate writes and schema/registry reads. */

/** Options of a field; absent = no. */
export interface FieldOptions {
  /** Index into the message's oneofs. */
  o?: number;
  /** Constraints (protoc-gen-validate), snake_case, durations in ms. */
  r?: Rules;
  /** The name v2 gave this field. */
  p?: string;
  /** Only v2 has this field. */
  v?: 1;
  /** Deprecated. */
  d?: 1;
  /** Deprecated and disallowed by default. */
  n?: 1;
  /** Redacted in config dumps. */
  s?: 1;
}

/**
 * Name, number, type. Types: s string, y bytes, b bool, d double, f float, i int32, u uint32, I int64, U uint64; A Any,
 * D Duration, E Empty, L ListValue, M FieldMask, S Struct, T Timestamp, V Value; w + scalar: a wrapper; `.name` a message,
 * `#name` an enum (`~` stands for the message's own package); before it `*` repeated, or `%` + key letter: a map.
 */
export type FieldRecord = [name: string, number: number, type: string, options?: FieldOptions];

export interface MessageRecord {
  f: FieldRecord[];
  /** Names of oneofs; `!` after it: one member is required. */
  o?: string[];
  /** Constraints are not checked. */
  x?: 1;
  /** Indexes of fields whose absence may break a constraint. */
  q?: number[];
}

/** Values in order, separated by spaces; see generate/chunks.ts. */
export type EnumRecord = string;

export interface Rules {
  const?: unknown;
  gt?: number;
  gte?: number;
  lt?: number;
  lte?: number;
  in?: (string | number)[];
  not_in?: (string | number)[];
  len?: number;
  min_len?: number;
  max_len?: number;
  len_bytes?: number;
  min_bytes?: number;
  max_bytes?: number;
  pattern?: string;
  prefix?: string;
  suffix?: string;
  contains?: string;
  not_contains?: string;
  /** 1 header name, 2 header value. */
  well_known_regex?: number;
  strict?: boolean;
  ignore_empty?: boolean;
  defined_only?: boolean;
  required?: boolean;
  skip?: boolean;
  min_items?: number;
  max_items?: number;
  unique?: boolean;
  min_pairs?: number;
  max_pairs?: number;
  items?: Rules;
  keys?: Rules;
  values?: Rules;
}

/** First match wins. */
const CHUNKS: readonly (readonly [prefix: string, chunk: string])[] = [
  ['envoy.extensions.filters.http.', 'http-filters'],
  ['envoy.extensions.filters.network.http_connection_manager.', 'http'],
  ['envoy.extensions.filters.network.', 'network-filters'],
  ['envoy.extensions.filters.', 'filters'],
  ['envoy.extensions.transport_sockets.', 'transport-sockets'],
  ['envoy.extensions.load_balancing_policies.', 'upstream'],
  ['envoy.extensions.clusters.', 'upstream'],
  ['envoy.extensions.upstreams.', 'upstream'],
  ['envoy.extensions.health_check', 'upstream'],
  ['envoy.extensions.network.', 'upstream'],
  ['envoy.extensions.retry.', 'upstream'],
  ['envoy.extensions.access_loggers.', 'observability'],
  ['envoy.extensions.stat_sinks.', 'observability'],
  ['envoy.extensions.tracers.', 'observability'],
  ['envoy.extensions.formatter.', 'observability'],
  ['envoy.extensions.', 'extensions'],
  ['envoy.config.core.', 'common'],
  ['envoy.config.route.', 'http'],
  ['envoy.config.cluster.', 'upstream'],
  ['envoy.config.endpoint.', 'upstream'],
  ['envoy.config.listener.', 'bootstrap'],
  ['envoy.config.bootstrap.', 'bootstrap'],
  ['envoy.config.overload.', 'bootstrap'],
  ['envoy.config.metrics.', 'observability'],
  ['envoy.config.accesslog.', 'observability'],
  ['envoy.config.trace.', 'observability'],
  ['envoy.config.', 'extensions'],
  ['envoy.type.', 'common'],
  ['envoy.service.discovery.v3.', 'bootstrap'],
  ['envoy.service.', 'services'],
  ['envoy.admin.', 'services'],
  ['envoy.data.', 'services'],
  ['envoy.annotations.', 'services'],
];

/** Where a message or enum is found that the core chunk does not have. v2 names without a successor are in `legacy`. */
export function chunkOf(name: string): string {
  if (name.startsWith('xds.') || name.startsWith('udpa.')) return 'xds';
  if (/^(?:google\.api|cel)\.expr\./.test(name)) return 'expr';
  if (!/\.v3/.test(name)) return 'legacy';
  for (const [prefix, chunk] of CHUNKS) if (name.startsWith(prefix)) return chunk;
  return 'legacy';
}
