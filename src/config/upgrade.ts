/**
 * Fields that v3 dropped → what v3 says instead (Envoy 1.16 reads them as hidden fields and does the same at run time). Called for
 * a message in which at least one such field was found; what is not handled here stays under its own key and is reported.
 */

type Message = { [key: string]: unknown };
type Upgrade = (message: Message) => void;

const TLS = 'envoy.transport_sockets.tls';
const TLS_PACKAGE = 'envoy.extensions.transport_sockets.tls.v3';

const move = (m: Message, from: string, to: string): void => {
  if (m[from] === undefined) return;
  m[to] ??= m[from];
  delete m[from];
};

const config: Upgrade = (m) => move(m, 'config', 'typedConfig');
const perFilter: Upgrade = (m) => move(m, 'perFilterConfig', 'typedPerFilterConfig');

function tlsContext(type: string): Upgrade {
  return (m) => {
    if (m['tlsContext'] === undefined) return;
    m['transportSocket'] ??= { name: TLS, typedConfig: { typeUrl: `${TLS_PACKAGE}.${type}`, value: m['tlsContext'] } };
    delete m['tlsContext'];
  };
}

const safeRegex = (regex: unknown): Message => ({ googleRe2: {}, regex });

const UPGRADES: Record<string, Upgrade> = {
  'envoy.config.accesslog.v3.AccessLog': config,
  'envoy.config.accesslog.v3.ExtensionFilter': config,
  'envoy.config.bootstrap.v3.Bootstrap': (m) => {
    const runtime = m['runtime'] as Message | undefined;
    if (runtime === undefined) return;
    const layers: Message[] = [];
    if (runtime['base'] !== undefined) layers.push({ name: 'base', staticLayer: runtime['base'] });
    if (runtime['symlinkRoot'] !== undefined) {
      const { symlinkRoot, subdirectory, overrideSubdirectory } = runtime;
      layers.push({ name: 'root', diskLayer: { symlinkRoot, subdirectory } });
      if (overrideSubdirectory !== undefined) {
        layers.push({
          name: 'override',
          diskLayer: { symlinkRoot, subdirectory: overrideSubdirectory, appendServiceCluster: true },
        });
      }
    }
    layers.push({ name: 'admin', adminLayer: {} });
    m['layeredRuntime'] ??= { layers };
    delete m['runtime'];
  },
  'envoy.config.cluster.v3.Cluster': (m) => {
    if (m['hosts'] !== undefined) {
      const hosts = m['hosts'] as Message[];
      const lbEndpoints = hosts.map((address) => ({ endpoint: { address } }));
      m['loadAssignment'] ??= { clusterName: m['name'], endpoints: [{ lbEndpoints }] };
      delete m['hosts'];
    }
    tlsContext('UpstreamTlsContext')(m);
    move(m, 'extensionProtocolOptions', 'typedExtensionProtocolOptions');
  },
  'envoy.config.core.v3.TransportSocket': config,
  'envoy.config.core.v3.HealthCheck.CustomHealthCheck': config,
  'envoy.config.core.v3.HealthCheck.HttpHealthCheck': (m) => {
    if (m['serviceName'] !== undefined) m['serviceNameMatcher'] ??= { prefix: m['serviceName'] };
    if (m['useHttp2'] === true) m['codecClientType'] ??= 'HTTP2';
    delete m['serviceName'];
    delete m['useHttp2'];
  },
  'envoy.config.core.v3.Node': (m) => {
    // Told to management servers only.
    delete m['buildVersion'];
  },
  'envoy.config.listener.v3.Filter': config,
  'envoy.config.listener.v3.FilterChain': tlsContext('DownstreamTlsContext'),
  'envoy.config.listener.v3.ListenerFilter': config,
  'envoy.config.metrics.v3.StatsSink': config,
  'envoy.config.overload.v3.ResourceMonitor': config,
  'envoy.config.route.v3.Route': perFilter,
  'envoy.config.route.v3.VirtualHost': perFilter,
  'envoy.config.route.v3.WeightedCluster.ClusterWeight': perFilter,
  'envoy.config.route.v3.CorsPolicy': (m) => {
    const exact = (m['allowOrigin'] as string[] | undefined)?.map((o) =>
      o === '*' ? { safeRegex: safeRegex('.*') } : { exact: o },
    );
    const regex = (m['allowOriginRegex'] as string[] | undefined)?.map((r) => ({ safeRegex: safeRegex(r) }));
    if (exact !== undefined || regex !== undefined)
      m['allowOriginStringMatch'] ??= [...(exact ?? []), ...(regex ?? [])];
    if (m['enabled'] === false) m['filterEnabled'] ??= { defaultValue: { numerator: 0 } };
    delete m['allowOrigin'];
    delete m['allowOriginRegex'];
    delete m['enabled'];
  },
  'envoy.config.route.v3.HeaderMatcher': (m) => {
    if (m['regexMatch'] !== undefined) m['safeRegexMatch'] ??= safeRegex(m['regexMatch']);
    delete m['regexMatch'];
  },
  'envoy.config.route.v3.QueryParameterMatcher': (m) => {
    if (m['value'] !== undefined) {
      m['stringMatch'] ??= m['regex'] === true ? { safeRegex: safeRegex(m['value']) } : { exact: m['value'] };
    } else m['presentMatch'] ??= true;
    delete m['value'];
    delete m['regex'];
  },
  'envoy.config.route.v3.RetryPolicy.RetryHostPredicate': config,
  'envoy.config.route.v3.RetryPolicy.RetryPriority': config,
  'envoy.config.route.v3.RouteAction': (m) => {
    if (m['requestMirrorPolicy'] !== undefined) m['requestMirrorPolicies'] ??= [m['requestMirrorPolicy']];
    delete m['requestMirrorPolicy'];
  },
  'envoy.config.route.v3.RouteAction.RequestMirrorPolicy': (m) => {
    // v2's key alone: its value decides, 0 unless set.
    if (m['runtimeKey'] !== undefined)
      m['runtimeFraction'] ??= { defaultValue: { numerator: 0 }, runtimeKey: m['runtimeKey'] };
    delete m['runtimeKey'];
  },
  'envoy.config.route.v3.RouteMatch': (m) => {
    if (m['regex'] !== undefined) m['safeRegex'] ??= safeRegex(m['regex']);
    delete m['regex'];
  },
  'envoy.config.route.v3.VirtualCluster': (m) => {
    const headers: Message[] = [];
    if (m['pattern'] !== undefined) headers.push({ name: ':path', safeRegexMatch: safeRegex(m['pattern']) });
    if (m['method'] !== undefined) headers.push({ name: ':method', exactMatch: m['method'] });
    m['headers'] ??= headers;
    delete m['pattern'];
    delete m['method'];
  },
  'envoy.config.trace.v3.Tracing.Http': config,
  'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext': (m) => {
    const names = m['verifySubjectAltName'] as string[] | undefined;
    if (names !== undefined) m['matchSubjectAltNames'] ??= names.map((exact) => ({ exact }));
    delete m['verifySubjectAltName'];
  },
  'envoy.extensions.filters.http.gzip.v3.Gzip': (m) => {
    const old = ['contentLength', 'contentType', 'disableOnEtagHeader', 'removeAcceptEncodingHeader'];
    m['compressor'] ??= Object.fromEntries(old.filter((name) => m[name] !== undefined).map((name) => [name, m[name]]));
    for (const name of old) delete m[name];
  },
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager': (m) => {
    if (m['idleTimeout'] !== undefined) {
      const common = (m['commonHttpProtocolOptions'] ??= {}) as Message;
      common['idleTimeout'] ??= m['idleTimeout'];
    }
    delete m['idleTimeout'];
  },
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing': (m) => {
    // operationName stays: it counts where the listener has no traffic_direction, which says it in v3.
    const names = m['requestHeadersForTags'] as string[] | undefined;
    if (names !== undefined) m['customTags'] ??= names.map((name) => ({ tag: name, requestHeader: { name } }));
    delete m['requestHeadersForTags'];
  },
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter': config,
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy': (m) => {
    if (m['cluster'] !== undefined) {
      const routes = (m['prefixRoutes'] ??= {}) as Message;
      routes['catchAllRoute'] ??= { cluster: m['cluster'] };
    }
    delete m['cluster'];
  },
  'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy.PrefixRoutes': (m) => {
    if (m['catchAllCluster'] !== undefined) m['catchAllRoute'] ??= { cluster: m['catchAllCluster'] };
    delete m['catchAllCluster'];
  },
  'envoy.extensions.filters.network.thrift_proxy.v3.ThriftFilter': config,
  'envoy.type.matcher.v3.StringMatcher': (m) => {
    if (m['regex'] !== undefined) m['safeRegex'] ??= safeRegex(m['regex']);
    delete m['regex'];
  },
};

export function upgradeMessage(name: string, message: Message): void {
  if (Object.hasOwn(UPGRADES, name)) UPGRADES[name](message);
}
