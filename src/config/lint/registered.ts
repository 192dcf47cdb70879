/**
 * Extensions as real Envoy looks them up: by message type, among those of the kind that a place wants. What a place wants is from the
 * `extension-category` annotations of Envoy's protos. Loaded for `--for envoy`, whose judgement depends on what is built into Envoy.
 */
import { EXTENSIONS } from '../../extensions.ts';
import { type AnyValue, type Message, type Origin, place } from '../origin.ts';
import { MAX_PROBLEMS, type ProblemDraft } from '../problem.ts';
import type { MessageType, SchemaRegistry } from '../schema/registry.ts';
import { ENVOY_EXTENSIONS } from './envoy-extensions.ts';

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const CLUSTER = 'envoy.config.cluster.v3';
const ROUTE = 'envoy.config.route.v3';
const CORE = 'envoy.config.core.v3';
const LISTENER = 'envoy.config.listener.v3';

/** `<message>.<field>` → categories. The field holds an Any, or a message whose typed_config does. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  'envoy.config.accesslog.v3.AccessLog.typed_config': ['envoy.access_loggers'],
  'envoy.config.bootstrap.v3.Bootstrap.bootstrap_extensions': ['envoy.bootstrap'],
  'envoy.config.bootstrap.v3.Bootstrap.typed_dns_resolver_config': ['envoy.network.dns_resolver'],
  [`${CLUSTER}.Cluster.transport_socket`]: ['envoy.transport_sockets.upstream'],
  [`${CLUSTER}.Cluster.TransportSocketMatch.transport_socket`]: ['envoy.transport_sockets.upstream'],
  [`${CLUSTER}.Cluster.CustomClusterType.typed_config`]: ['envoy.clusters'],
  [`${CLUSTER}.Cluster.typed_dns_resolver_config`]: ['envoy.network.dns_resolver'],
  [`${CLUSTER}.Cluster.typed_extension_protocol_options`]: ['envoy.upstream_options'],
  [`${CLUSTER}.Filter.typed_config`]: ['envoy.filters.upstream_network', 'envoy.filters.network'],
  [`${CORE}.HealthCheck.CustomHealthCheck.typed_config`]: ['envoy.health_checkers'],
  [`${CORE}.HealthCheck.event_logger`]: ['envoy.health_check.event_sinks'],
  [`${CORE}.SubstitutionFormatString.formatters`]: ['envoy.formatter'],
  'envoy.config.metrics.v3.StatsSink.typed_config': ['envoy.stats_sinks'],
  'envoy.config.overload.v3.ResourceMonitor.typed_config': ['envoy.resource_monitors'],
  'envoy.config.trace.v3.Tracing.Http.typed_config': ['envoy.tracers'],
  [`${LISTENER}.Filter.typed_config`]: ['envoy.filters.network'],
  [`${LISTENER}.FilterChain.transport_socket`]: ['envoy.transport_sockets.downstream'],
  [`${LISTENER}.ListenerFilter.typed_config`]: ['envoy.filters.listener', 'envoy.filters.udp_listener'],
  [`${ROUTE}.ClusterSpecifierPlugin.extension`]: ['envoy.router.cluster_specifier_plugin'],
  [`${ROUTE}.InternalRedirectPolicy.predicates`]: ['envoy.internal_redirect_predicates'],
  [`${ROUTE}.RetryPolicy.RetryHostPredicate.typed_config`]: ['envoy.retry_host_predicates'],
  [`${ROUTE}.RetryPolicy.RetryPriority.typed_config`]: ['envoy.retry_priorities'],
  [`${ROUTE}.RouteAction.path_rewrite_policy`]: ['envoy.path.rewrite'],
  [`${ROUTE}.RouteMatch.path_match_policy`]: ['envoy.path.match'],
  [`${HCM}.early_header_mutation_extensions`]: ['envoy.http.early_header_mutation'],
  [`${HCM}.original_ip_detection_extensions`]: ['envoy.http.original_ip_detection'],
  'envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension.typed_config': ['envoy.request_id'],
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter.typed_config': [
    'envoy.filters.http',
    // Of a router's or a cluster's own filters.
    'envoy.filters.http.upstream',
  ],
  'envoy.extensions.filters.http.compressor.v3.Compressor.compressor_library': ['envoy.compression.compressor'],
  'envoy.extensions.filters.http.decompressor.v3.Decompressor.decompressor_library': ['envoy.compression.decompressor'],
  'envoy.extensions.filters.http.cache.v3.CacheConfig.typed_config': ['envoy.http.cache'],
  'envoy.extensions.wasm.v3.VmConfig.typed_config': ['envoy.wasm.runtime'],
};

export function checkRegistered(
  schema: SchemaRegistry,
  root: MessageType,
  message: Message,
  origins: ReadonlyMap<object, Origin>,
): ProblemDraft[] {
  return new Walk(schema, origins).run(root, message);
}

/** Registered too, in a category that Envoy's log at start does not list. */
const UNLISTED: ReadonlySet<string> = new Set([
  'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
  // Options of clusters that go with a network filter.
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions',
  'envoy.extensions.filters.network.thrift_proxy.v3.ThriftProtocolOptions',
]);

class Walk {
  readonly #schema: SchemaRegistry;
  readonly #origins: ReadonlyMap<object, Origin>;
  readonly #problems: ProblemDraft[] = [];

  constructor(schema: SchemaRegistry, origins: ReadonlyMap<object, Origin>) {
    this.#schema = schema;
    this.#origins = origins;
  }

  run(root: MessageType, message: Message): ProblemDraft[] {
    this.#message(root, message, '');
    return this.#problems;
  }

  /** `outer`: the field this message is in, `<message>.<field>`. */
  #message(type: MessageType, message: Message, outer: string): void {
    for (const key of Object.keys(message)) {
      const field = type.field(key);
      const value = message[key];
      if (field === undefined || value === undefined) continue;
      if (field.kind !== 'message' && field.letter !== 'A') continue;
      const name = `${type.name}.${field.name}`;
      for (const one of field.mapKey !== ''
        ? (value as Map<unknown, unknown>).values()
        : field.repeated
          ? (value as unknown[])
          : [value]) {
        if (field.letter === 'A') this.#any(one as AnyValue, message, PLACES[name] ?? PLACES[outer]);
        else {
          const inner = this.#schema.message(field.typeName);
          if (inner) this.#message(inner, one as Message, name);
        }
      }
    }
  }

  #any(any: AnyValue, parent: Message, wanted: readonly string[] | undefined): void {
    const type = this.#schema.message(any.typeUrl);
    const { typeUrl } = any;
    if (wanted !== undefined && typeUrl !== '' && !UNLISTED.has(typeUrl)) {
      if (!wanted.some((c) => ENVOY_EXTENSIONS[c]?.includes(typeUrl))) this.#refuse(any, parent);
      // Envoy finds the filter by what a route says to it, and then takes no other message than its own, unless nothing is in it.
      else if (wanted[0] === 'envoy.filters.http' && Object.keys(any.value as object).length > 0) {
        const row = EXTENSIONS.find((r) => r.routeType === typeUrl && r.typeUrl !== typeUrl);
        if (row !== undefined) this.#refuse(any, parent, `Unable to unpack as ${row.typeUrl}: ${typeUrl}`);
      }
    }
    if (type) this.#message(type, any.value as Message, '');
  }

  #refuse(any: AnyValue, parent: Message, sentence?: string): void {
    const origin = this.#origins.get(any.value as object) ?? this.#origins.get(parent);
    if (origin === undefined || this.#problems.length >= MAX_PROBLEMS) return;
    const message =
      sentence ??
      `Didn't find a registered implementation for '${parent['name'] ?? ''}' with type URL: '${any.typeUrl}'`;
    const typed = origin.node.entries.find((e) => e.key === '@type')?.value ?? origin.node;
    this.#problems.push({ code: 'unknown-type', ...place(typed), path: origin.path, message, envoy: message });
  }
}
