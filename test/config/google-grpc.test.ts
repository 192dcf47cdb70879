/** google_grpc is asked through a cluster; what no cluster can stand for is refused. */
import t from 'tap';
import { targetOf } from '../../src/config/google-grpc.ts';
import type { ExtAuthz, GrpcService, HttpConnectionManager } from '../../src/config/schema/types.ts';
import { http, load, refused } from './harness.ts';

t.test('what a target means is what gRPC reads', async (t) => {
  const socket = (address: string, portValue: number): object => ({ socketAddress: { address, portValue } });
  for (const [uri, authority, address, type] of [
    ['authz:9191', 'authz:9191', socket('authz', 9191), 'LOGICAL_DNS'],
    ['dns:///authz.example:9191', 'authz.example:9191', socket('authz.example', 9191), 'LOGICAL_DNS'],
    ['dns:authz', 'authz', socket('authz', 443), 'LOGICAL_DNS'],
    ['10.1.2.3:9191', '10.1.2.3:9191', socket('10.1.2.3', 9191), 'STATIC'],
    ['ipv4:10.1.2.3:9191', '10.1.2.3:9191', socket('10.1.2.3', 9191), 'STATIC'],
    ['[::1]:9191', '[::1]:9191', socket('::1', 9191), 'STATIC'],
    ['ipv6:[::1]:9191', '[::1]:9191', socket('::1', 9191), 'STATIC'],
    ['unix:/run/a.sock', 'localhost', { pipe: { path: '/run/a.sock' } }, 'STATIC'],
    ['unix:///run/a.sock', 'localhost', { pipe: { path: '/run/a.sock' } }, 'STATIC'],
  ] as const) {
    t.strictSame(targetOf(uri), { authority, address, type }, uri);
  }
  for (const uri of ['xds:///a', 'dns://1.1.1.1/a:1', 'unix-abstract:a', '::1', 'a:b', 'a:70000', 'a:1,b:2', ''])
    t.equal(targetOf(uri), undefined, uri);
});

const authz = (service: string): string =>
  `{name: a, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz, transport_api_version: V3, grpc_service: ${service}}}`;
const config = (...services: string[]): string =>
  http(
    '[]',
    '',
    `[${services.map(authz).join(', ')}, {name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]`,
  );

t.test('each target is one cluster, which the services ask', async (t) => {
  const ask = (uri: string): string => `{google_grpc: {target_uri: "${uri}", stat_prefix: x}, timeout: 1s}`;
  const { bootstrap } = await load(config(ask('authz:9191'), ask('authz:9191'), ask('10.0.0.1:80')));
  const { clusters, listeners } = bootstrap.staticResources!;
  t.strictSame(
    clusters!.map(({ name, type }) => [name, type]),
    [
      ['a', 'STATIC'],
      ['google_grpc authz:9191', 'LOGICAL_DNS'],
      ['google_grpc 10.0.0.1:80', 'STATIC'],
    ],
  );
  const hcm = listeners![0].filterChains![0].filters![0].typedConfig!.value as HttpConnectionManager;
  const service = (i: number): GrpcService => (hcm.httpFilters![i].typedConfig!.value as ExtAuthz).grpcService!;
  t.match(service(0), { envoyGrpc: { clusterName: 'google_grpc authz:9191', authority: 'authz:9191' }, timeout: 1000 });
  t.match(service(1).envoyGrpc, { clusterName: 'google_grpc authz:9191' });
  t.match(service(2).envoyGrpc, { clusterName: 'google_grpc 10.0.0.1:80' });
  t.equal(service(0).googleGrpc, undefined);
});

t.test('credentials are refused, with what to do instead', async (t) => {
  const more = (fields: string): string => config(`{google_grpc: {target_uri: a, stat_prefix: x, ${fields}}}`);
  for (const [fields, name] of [
    ['channel_credentials: {ssl_credentials: {}}', 'channel_credentials'],
    ['call_credentials: [{access_token: x}]', 'call_credentials'],
    ['channel_args: {args: {a: {string_value: b}}}', 'channel_args'],
  ]) {
    const { first } = await refused(more(fields));
    t.match(
      first,
      { code: 'unsupported', message: new RegExp(`'${name}' of .*GoogleGrpc is not supported yet`) },
      name,
    );
  }
});
