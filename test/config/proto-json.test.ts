import t from 'tap';
import { toProtoJson } from '../../src/config/load.ts';
import { load } from './harness.ts';

t.test('typed config goes back to protobuf JSON as Envoy dumps it', async (t) => {
  const { bootstrap } = await load(
    `staticResources:
  clusters:
  - connectTimeout: 0.250s
    name: a
    lbPolicy: round_robin
    type: strict_dns
    perConnectionBufferLimitBytes: 0
    loadAssignment: {clusterName: a, endpoints: [{lbEndpoints: [{endpoint: {address: {socketAddress: {address: h, portValue: 0}}}}]}]}
    typedExtensionProtocolOptions:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicitHttpConfig: {http2ProtocolOptions: {}}
    metadata: {filterMetadata: {k: {n: 1, list: [a, {b: true}]}}}
    http2ProtocolOptions: {connectionKeepalive: {interval: 1.5s, timeout: 2s}, hpackTableSize: 4096}
`,
    { asEnvoy: true },
  );
  t.strictSame(JSON.parse(JSON.stringify(toProtoJson('envoy.config.bootstrap.v3.Bootstrap', bootstrap))), {
    static_resources: {
      clusters: [
        {
          name: 'a',
          type: 'STRICT_DNS',
          connect_timeout: '0.250s',
          per_connection_buffer_limit_bytes: 0,
          http2_protocol_options: {
            hpack_table_size: 4096,
            connection_keepalive: { interval: '1.500s', timeout: '2s' },
          },
          metadata: { filter_metadata: { k: { n: 1, list: ['a', { b: true }] } } },
          load_assignment: {
            cluster_name: 'a',
            endpoints: [
              { lb_endpoints: [{ endpoint: { address: { socket_address: { address: 'h', port_value: 0 } } } }] },
            ],
          },
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        },
      ],
    },
  });
});

t.test(
  'fields come in the order of their numbers; the default value of an enum and empty lists are left out',
  async (t) => {
    const { bootstrap } = await load(
      'static_resources: {clusters: [{lb_policy: ROUND_ROBIN, name: a, health_checks: []}]}',
      { asEnvoy: true },
    );
    const [cluster] = (
      toProtoJson('envoy.config.bootstrap.v3.Bootstrap', bootstrap) as { static_resources: { clusters: object[] } }
    ).static_resources.clusters;
    t.strictSame(cluster, { name: 'a' });
  },
);

t.test('secrets are redacted', async (t) => {
  const text = `static_resources: {clusters: [{name: a, transport_socket: {name: tls, typed_config: {
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext,
    common_tls_context: {tls_certificates: [{certificate_chain: {inline_string: cert}, private_key: {inline_string: key}}]}}}}]}`;
  const { bootstrap } = await load(text, { asEnvoy: true });
  const dump = JSON.stringify(toProtoJson('envoy.config.bootstrap.v3.Bootstrap', bootstrap));
  t.match(dump, /"private_key":\{"inline_string":"\[redacted\]"\}/);
  t.match(dump, /"inline_string":"cert"/);
});
