import t from 'tap';
import { extractTags, TagCache, TagRules } from '../../src/stats/tags.ts';

/** name → base {tag=value,…}; the bases and tags were seen in Envoy 1.40's /stats/prometheus or follow its rule table. */
const CASES: [string, string][] = [
  ['server.live', 'server.live {}'],
  ['cluster.up.upstream_rq_200', 'cluster.upstream_rq {response_code=200,cluster_name=up}'],
  ['cluster.up.upstream_rq_2xx', 'cluster.upstream_rq_xx {response_code_class=2,cluster_name=up}'],
  ['cluster.up.upstream_rq_2000', 'cluster.upstream_rq_2000 {cluster_name=up}'],
  ['cluster.up.upstream_rq_total', 'cluster.upstream_rq_total {cluster_name=up}'],
  ['cluster.st.dot.bind_errors', 'cluster.dot.bind_errors {cluster_name=st}'],
  ['cluster.up.external.upstream_rq_503', 'cluster.external.upstream_rq {response_code=503,cluster_name=up}'],
  ['cluster.up.circuit_breakers.default.cx_open', 'cluster.circuit_breakers.default.cx_open {cluster_name=up}'],
  [
    'cluster.up.grpc.pkg.Service.Method.success',
    'cluster.grpc.Method.success {grpc_bridge_method=Service,grpc_bridge_service=pkg,cluster_name=up}',
  ],
  [
    'cluster.up.grpc.Service.Method.success',
    'cluster.grpc.success {grpc_bridge_method=Method,grpc_bridge_service=Service,cluster_name=up}',
  ],
  ['cluster.up.grpc.0', 'cluster.grpc.0 {cluster_name=up}'],
  ['cluster.up.ssl.ciphers.ECDHE-RSA-AES128', 'cluster.ssl.ciphers {cipher_suite=ECDHE-RSA-AES128,cluster_name=up}'],
  ['cluster.up.ssl.versions.TLSv1.3', 'cluster.ssl.versions {ssl_version=TLSv1.3,cluster_name=up}'],
  ['http.ingress.downstream_rq_5xx', 'http.downstream_rq_xx {response_code_class=5,http_conn_manager_prefix=ingress}'],
  [
    'http.ingress.user_agent.ios.downstream_cx_total',
    'http.user_agent.downstream_cx_total {http_user_agent=ios,http_conn_manager_prefix=ingress}',
  ],
  [
    'http.ingress.rds.my/route.a.update_success',
    'http.rds.update_success {rds_route_config=my/route.a,http_conn_manager_prefix=ingress}',
  ],
  ['http.i.rbac.policy.p1.allowed', 'http.rbac.policy.allowed {rbac_policy_name=p1,http_conn_manager_prefix=i}'],
  ['http.i.rbac.r.allowed', 'http.rbac.allowed {rbac_http_prefix=r,http_conn_manager_prefix=i}'],
  ['i.rbac.allowed', 'rbac.allowed {rbac_prefix=i}'],
  ['my.http_local_rate_limit.ok', 'http_local_rate_limit.ok {local_http_ratelimit_prefix=my}'],
  ['listener.127.0.0.1_29911.downstream_cx_total', 'listener.downstream_cx_total {listener_address=127.0.0.1_29911}'],
  ['listener.[__1]_80.downstream_cx_total', 'listener.downstream_cx_total {listener_address=[__1]_80}'],
  [
    'listener.127.0.0.1_1.worker_0.downstream_cx_total',
    'listener.worker_downstream_cx_total {worker_id=0,listener_address=127.0.0.1_1}',
  ],
  [
    'listener.127.0.0.1_1.http.in.downstream_rq_2xx',
    'listener.http.downstream_rq_xx {response_code_class=2,http_conn_manager_prefix=in,listener_address=127.0.0.1_1}',
  ],
  ['listener.admin.downstream_cx_total', 'listener.admin.downstream_cx_total {}'],
  [
    'listener.admin.http.admin.downstream_rq_2xx',
    'listener.admin.http.downstream_rq_xx {response_code_class=2,http_conn_manager_prefix=admin}',
  ],
  [
    'listener_manager.worker_3.dispatcher.loop_duration_us',
    'listener_manager.worker_dispatcher.loop_duration_us {worker_id=3}',
  ],
  ['redis.egress.command.get.total', 'redis.command.get.total {redis_prefix=egress}'],
  ['tcp.px.downstream_cx_total', 'tcp.downstream_cx_total {tcp_prefix=px}'],
  [
    'vhost.v.vcluster.o.upstream_rq_200',
    'vhost.vcluster.upstream_rq {response_code=200,virtual_cluster=o,virtual_host=v}',
  ],
  [
    'mongo.m.collection.c.callsite.s.query.total',
    'mongo.collection.callsite.query.total {mongo_callsite=s,mongo_collection=c,mongo_prefix=m}',
  ],
  ['constructor.a.b', 'constructor.a.b {}'],
  ['__proto__.x', '__proto__.x {}'],
];

t.test('Envoy’s default tags', async (t) => {
  for (const [name, expected] of CASES) {
    const { base, tags } = extractTags(name);
    t.equal(`${base} {${tags.map((tag) => `${tag.name.replace('envoy.', '')}=${tag.value}`).join()}}`, expected, name);
  }
});

t.test('TagCache splits every name as extractTags does, in whatever order they come', async (t) => {
  const names = CASES.map(([name]) => name);
  // Each of the cases with every other last part, so that names of one directory meet.
  const lasts = [
    ...new Set(names.map((n) => n.slice(n.lastIndexOf('.') + 1))),
    'rbac',
    'query',
    'x',
    'upstream_rq_404',
    'upstream_rq_4xx',
  ];
  const directories = [...new Set(names.map((n) => n.slice(0, n.lastIndexOf('.') + 1)))];
  const all = directories.flatMap((d) => lasts.map((l) => d + l));
  const text = (tags: readonly { name: string; value: string }[]): string =>
    tags.map((g) => `${g.name}=${g.value}`).join();
  for (const list of [all, [...all].reverse()]) {
    const cache = new TagCache(TagRules.defaults([{ name: 'fixed', value: 'f' }]), text);
    for (const name of list) {
      const { base, tags } = extractTags(name, TagRules.defaults([{ name: 'fixed', value: 'f' }]));
      const split = cache.split(name);
      if (split.base !== base || split.label !== text(tags)) t.fail(`${name}: ${split.base} {${split.label}}`);
    }
  }
});
