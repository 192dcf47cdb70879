/** The messages /config_dump is made of (envoy.admin.v3.*ConfigDump), in Envoy's order: by the name of their tracker. */
import { LazyJson, made } from '../config/lazy-json.ts';
import { timestamp } from '../platform/timestamp.ts';
import type { Matcher } from './regex.ts';
import type { ConfigDumpView, ConfigPiece, Json, JsonObject } from './server-view.ts';

const TYPE = 'type.googleapis.com/';
const HTTP_CONNECTION_MANAGER = 'http_connection_manager.v3.HttpConnectionManager';

export interface ConfigPart {
  /** `envoy.admin.v3.ClustersConfigDump` */
  readonly type: string;
  readonly message: JsonObject;
  /** The fields it could have, for masks and `resource`. */
  readonly single: readonly string[];
  readonly lists: readonly string[];
  /** Type of the items of its lists, for `resource`. */
  readonly itemTypes: Readonly<Record<string, string>>;
}

/** `keep`: the name_regex; null keeps everything. `endpoints`: the message of endpoints-dump.ts, null to leave it out. */
export function configParts(view: ConfigDumpView, keep: Matcher | null, endpoints: JsonObject | null): ConfigPart[] {
  const bootstrap = view.bootstrap.message;
  const at = view.bootstrap.lastUpdatedMs;
  const resources = (bootstrap.static_resources ?? {}) as JsonObject;
  const pieces = (list: Json | undefined): ConfigPiece[] =>
    ((list ?? []) as readonly (JsonObject | LazyJson)[]).map((message) => ({ message, lastUpdatedMs: at }));
  const clusters = view.staticClusters ?? pieces(resources.clusters);
  const listeners = view.staticListeners ?? pieces(resources.listeners);
  const routes = view.staticRouteConfigs ?? listeners.flatMap((l) => routeConfigs(l));
  const secrets = pieces(resources.secrets);
  secrets.sort((a, b) => secretRank(a.message) - secretRank(b.message));

  const list = (
    items: readonly ConfigPiece[],
    wrap: (p: ConfigPiece) => JsonObject,
    sorted: boolean,
  ): LazyJson[] | undefined => {
    const kept = items.filter((p) => keep === null || keep(nameOf(p.message)));
    if (sorted) kept.sort((a, b) => (nameOf(a.message) < nameOf(b.message) ? -1 : 1));
    return kept.length > 0 ? kept.map((p) => new LazyJson(nameOf(p.message), () => wrap(p))) : undefined;
  };
  const inAny =
    (field: string, type: string) =>
    (p: ConfigPiece): JsonObject => ({
      [field]: { '@type': TYPE + type, ...made(p.message) },
      last_updated: timestamp(p.lastUpdatedMs),
    });
  return [
    part('Bootstrap', { bootstrap, last_updated: timestamp(at) }, ['bootstrap', 'last_updated'], {}),
    part(
      'Clusters',
      { static_clusters: list(clusters, inAny('cluster', 'envoy.config.cluster.v3.Cluster'), true) },
      ['version_info'],
      {
        static_clusters: 'StaticCluster',
        dynamic_active_clusters: 'DynamicCluster',
        dynamic_warming_clusters: 'DynamicCluster',
      },
    ),
    ...(endpoints === null
      ? []
      : [
          part('Endpoints', endpoints, [], {
            static_endpoint_configs: 'StaticEndpointConfig',
            dynamic_endpoint_configs: 'DynamicEndpointConfig',
          }),
        ]),
    part(
      'Listeners',
      { static_listeners: list(listeners, inAny('listener', 'envoy.config.listener.v3.Listener'), false) },
      ['version_info'],
      { static_listeners: 'StaticListener', dynamic_listeners: 'DynamicListener' },
    ),
    part('ScopedRoutes', {}, [], {
      inline_scoped_route_configs: 'InlineScopedRouteConfigs',
      dynamic_scoped_route_configs: 'DynamicScopedRouteConfigs',
    }),
    part(
      'Routes',
      { static_route_configs: list(routes, inAny('route_config', 'envoy.config.route.v3.RouteConfiguration'), false) },
      [],
      { static_route_configs: 'StaticRouteConfig', dynamic_route_configs: 'DynamicRouteConfig' },
    ),
    part(
      'Secrets',
      {
        static_secrets: list(
          secrets,
          (p) => ({
            name: nameOf(p.message),
            secret: { '@type': `${TYPE}envoy.extensions.transport_sockets.tls.v3.Secret`, ...made(p.message) },
          }),
          false,
        ),
        dynamic_active_secrets: dynamicSecrets(view, keep, true),
        dynamic_warming_secrets: dynamicSecrets(view, keep, false),
      },
      [],
      {
        static_secrets: 'StaticSecret',
        dynamic_active_secrets: 'DynamicSecret',
        dynamic_warming_secrets: 'DynamicSecret',
      },
    ),
  ];
}

function part(
  kind: string,
  message: JsonObject,
  single: readonly string[],
  itemTypes: Record<string, string>,
): ConfigPart {
  return { type: `envoy.admin.v3.${kind}ConfigDump`, message, single, lists: Object.keys(itemTypes), itemTypes };
}

/** By what they are: the order of the dump. */
const SECRET_FIELDS = ['tls_certificate', 'validation_context', 'session_ticket_keys', 'generic_secret'];

function secretRank(message: JsonObject | LazyJson): number {
  const secret = made(message);
  return SECRET_FIELDS.findIndex((field) => secret[field] !== undefined);
}

function dynamicSecrets(view: ConfigDumpView, keep: Matcher | null, active: boolean): JsonObject[] | undefined {
  const kept = (view.secrets ?? []).filter((s) => (s.message !== null) === active && (keep === null || keep(s.name)));
  if (kept.length === 0) return undefined;
  kept.sort((a, b) => secretRank(a.message ?? {}) - secretRank(b.message ?? {}));
  return kept.map((s) => ({
    name: s.name,
    ...(s.versionInfo === '' ? {} : { version_info: s.versionInfo }),
    last_updated: timestamp(s.lastUpdatedMs),
    secret: { '@type': `${TYPE}envoy.extensions.transport_sockets.tls.v3.Secret`, ...(s.message ?? { name: s.name }) },
  }));
}

function nameOf(message: JsonObject | LazyJson): string {
  return typeof message.name === 'string' ? message.name : '';
}

/** Route tables written into the connection managers of a listener. */
function routeConfigs(listener: ConfigPiece): ConfigPiece[] {
  const out: ConfigPiece[] = [];
  const message = made(listener.message);
  const chains = [...((message.filter_chains ?? []) as readonly (JsonObject | LazyJson)[])];
  if (message.default_filter_chain) chains.push(message.default_filter_chain as JsonObject);
  for (const chain of chains) {
    for (const filter of (made(chain).filters ?? []) as readonly (JsonObject | LazyJson)[]) {
      const config = made(filter).typed_config as JsonObject | undefined;
      const type = config?.['@type'];
      if (typeof type !== 'string' || !type.endsWith(HTTP_CONNECTION_MANAGER) || !config?.route_config) continue;
      out.push({ message: config.route_config as JsonObject, lastUpdatedMs: listener.lastUpdatedMs });
    }
  }
  return out;
}
