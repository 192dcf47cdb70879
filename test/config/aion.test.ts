// The six sidecar configs of shared/aion, word for word where they are there; otherwise the shapes they use.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { loadBootstrap } from '../../src/config/load.ts';
import type { HttpConnectionManager, RedisProxy } from '../../src/config/schema/types.ts';
import { load } from './harness.ts';

const aion = fileURLToPath(new URL('../../../shared/aion/', import.meta.url));
if (existsSync(aion)) {
  for (const file of readdirSync(aion).filter((f) => f.endsWith('.envoy.yaml'))) {
    t.test(`${file} loads as a v2 config`, async (t) => {
      const result = await loadBootstrap({ path: aion + file });
      t.equal(result.usedV2, true);
      t.ok(result.bootstrap.staticResources!.listeners!.length > 0);
    });
  }
}

const SIDECAR = `static_resources:
  listeners:
  - name: grpc
    address: {socket_address: {address: 0.0.0.0, port_value: 10000}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.config.filter.network.http_connection_manager.v2.HttpConnectionManager
          codec_type: auto
          stat_prefix: egress_http
          stream_idle_timeout: 0s
          common_http_protocol_options: {idle_timeout: 0.840s}
          route_config:
            name: local_route
            virtual_hosts:
            - {name: v, domains: "*", routes: [{match: {prefix: /, grpc: {}}, route: {cluster: up, timeout: 0s, idle_timeout: 0s}}]}
          http_filters:
          - {name: envoy.filters.http.grpc_http1_bridge, typed_config: {}}
          - name: envoy.router
  - name: redis
    address: {socket_address: {address: 0.0.0.0, port_value: 1999}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.config.filter.network.redis_proxy.v2.RedisProxy
          stat_prefix: egress_redis
          settings: {op_timeout: 5s}
          prefix_routes: {catch_all_route: {cluster: up}}
  clusters:
  - name: up
    connect_timeout: 0.250s
    type: logical_dns
    dns_lookup_family: V4_ONLY
    lb_policy: round_robin
    http_protocol_options: {}
    load_assignment:
      cluster_name: other
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: host, port_value: 10000}}}}]}]
admin:
  access_log_path: /tmp/admin.log
  address: {socket_address: {address: 0.0.0.0, port_value: 10001}}
`;

t.test('v2 types, an empty typed_config and none at all become typed v3 config', async (t) => {
  const { bootstrap, usedV2, warnings } = await load(SIDECAR);
  t.equal(usedV2, true);
  const [grpc, redis] = bootstrap.staticResources!.listeners!;
  const any = grpc.filterChains![0].filters![0].typedConfig!;
  t.equal(any.typeUrl, 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager');
  const hcm = any.value as HttpConnectionManager;
  t.equal(hcm.codecType, 'AUTO');
  t.equal(hcm.streamIdleTimeout, 0);
  t.equal(hcm.commonHttpProtocolOptions!.idleTimeout, 840);
  t.strictSame(hcm.routeConfig!.virtualHosts![0], {
    name: 'v',
    domains: ['*'],
    routes: [{ match: { prefix: '/', grpc: {} }, route: { cluster: 'up', timeout: 0, idleTimeout: 0 } }],
  });
  t.strictSame(
    hcm.httpFilters!.map((f) => f.typedConfig),
    [
      { typeUrl: 'envoy.extensions.filters.http.grpc_http1_bridge.v3.Config', value: {} },
      { typeUrl: 'envoy.extensions.filters.http.router.v3.Router', value: {} },
    ],
  );
  const proxy = redis.filterChains![0].filters![0].typedConfig!;
  t.equal(proxy.typeUrl, 'envoy.extensions.filters.network.redis_proxy.v3.RedisProxy');
  t.equal((proxy.value as RedisProxy).settings!.opTimeout, 5000);
  t.match(bootstrap.staticResources!.clusters![0], {
    type: 'LOGICAL_DNS',
    lbPolicy: 'ROUND_ROBIN',
    connectTimeout: 250,
    dnsLookupFamily: 'V4_ONLY',
    httpProtocolOptions: {},
  });
  const bridge = warnings.find((w) => w.code === 'suspicious');
  t.match(bridge?.message, /gRPC answers lose their trailers/);
  t.match(SIDECAR.split('\n')[bridge!.line - 1], /grpc_http1_bridge/, 'the warning points at the bridge');
});
