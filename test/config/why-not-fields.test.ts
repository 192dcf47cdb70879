// Every field of routes, HTTP connection managers and filters, listeners, filters of connections and datagrams, clusters, endpoints, health checks, balancing policies, DNS and transport sockets of Envoy 1.40 is done, inert, or refused with a sentence that
// says why; so is every extension of these.
import t from 'tap';
import { whyNot } from '../../src/config/why-not.ts';
import { WHY_NOT_FIELD, whyNotField } from '../../src/config/why-not-fields.ts';
import { cluster, refused } from './harness.ts';
import { message, SUPPORT } from './skeleton.ts';

/** Messages whose refused fields have sentences. */
const HERE = [
  /^envoy\.config\.(cluster|endpoint)\.v3\./,
  /^envoy\.config\.core\.v3\.(HealthCheck|BindConfig|ExtraSourceAddress|DnsResol|TcpKeepalive|UpstreamHttp|HealthStatusSet)/,
  /^envoy\.extensions\.(clusters|load_balancing_policies|upstreams|health_checkers|health_check|retry)\./,
  /^envoy\.config\.(listener\.v3\.|core\.v3\.(SocketAddress|SocketOption|UdpSocketConfig))/,
  /^envoy\.extensions\.filters\.(listener|udp|network\.(?!http_connection_manager|redis_proxy))/,
  /^envoy\.config\.(route|rbac)\.v3\./,
  /^envoy\.config\.core\.v3\.(HttpProtocolOptions|Http1|Http2|HttpService|GrpcService|SubstitutionFormat)/,
  /^envoy\.extensions\.filters\.network\.(http_connection_manager|rbac)\./,
  /^envoy\.extensions\.filters\.http\.(?!ip_tagging|cache|oauth2|tap|set_metadata|custom_response)/,
  /^(envoy\.config\.accesslog|envoy\.extensions\.(access_loggers|formatter)|xds\.type|cel\.expr|google\.api\.expr)\./,
  /^envoy\.extensions\.(network\.dns_resolver|common\.dynamic_forward_proxy|transport_sockets)\./,
];
const words = (list = ''): string[] => list.split(' ').filter((w) => w !== '');

t.test('a field is done, inert or refused with a sentence', async (t) => {
  let seen = 0;
  for (const [name, entry] of Object.entries(SUPPORT)) {
    if (!HERE.some((r) => r.test(name))) continue;
    seen++;
    const type = await message(name);
    const taken = entry.does === '*' ? type.fields.map((f) => f.name) : [...words(entry.does), ...words(entry.inert)];
    for (const field of type.fields) {
      if (field.v2Only || taken.includes(field.name)) continue;
      t.type(whyNotField(name, field.name), 'string', `${name}.${field.name}`);
    }
  }
  t.ok(seen > 60, `${seen} messages`);
});

/** Fields of a message that are done in some places and refused in others. */
async function takenElsewhere(): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const [name, entry] of Object.entries(SUPPORT)) {
    for (const [field, inner] of Object.entries(entry.within ?? {})) {
      const below = (await message(name)).field(field)?.typeName ?? '';
      const taken = words(`${inner.does} ${inner.inert}`);
      for (const f of (await message(below)).fields) if (!taken.includes(f.name)) found.add(`${below}.${f.name}`);
    }
  }
  return found;
}

t.test('no sentence about what is done', async (t) => {
  const elsewhere = await takenElsewhere();
  for (const [name, row] of Object.entries(WHY_NOT_FIELD)) {
    const type = await message(name);
    const entry = SUPPORT[name] ?? {};
    for (const field of Object.keys(row)) {
      t.ok(type.field(field), `${name} has ${field}`);
      const only = words(entry.values?.[field]).length > 0;
      const taken = entry.does === '*' || words(`${entry.does} ${entry.inert}`).includes(field);
      t.ok(!taken || only || elsewhere.has(`${name}.${field}`), `${name}.${field} is refused`);
    }
  }
});

t.test('the sentence is what one is told', async (t) => {
  for (const [fields, path, why] of [
    ['filters: [{name: a}]', 'filters', /no place to stand in/],
    [
      'health_checks: [{timeout: 1s, interval: 1s, healthy_threshold: 1, unhealthy_threshold: 1, http_health_check: {path: /, codec_client_type: HTTP3}}]',
      'health_checks[0].http_health_check.codec_client_type',
      /no QUIC/,
    ],
    ['use_tcp_for_dns_lookups: true', 'use_tcp_for_dns_lookups', /over TCP only where an answer was cut off/],
  ] as const) {
    const { problems } = await refused(cluster(fields));
    const problem = problems.find((p) => p.yamlPath === `static_resources.clusters[0].${path}`);
    t.match(problem, { code: 'unsupported', message: why }, path);
  }
});

/** What Envoy 1.40 has beside what is built: an example of each kind. */
t.test('extensions of clusters that are refused have their sentence', (t) => {
  const all = [
    ...['client_side_weighted_round_robin', 'dynamic_modules', 'load_aware_locality', 'pick_first'].map(
      (n) => `envoy.extensions.load_balancing_policies.${n}.v3.X`,
    ),
    ...['random_subsetting', 'wrr_locality'].map((n) => `envoy.extensions.load_balancing_policies.${n}.v3.X`),
    ...['composite', 'dynamic_modules', 'mcp_multicluster', 'reverse_connection'].map(
      (n) => `envoy.extensions.clusters.${n}.v3.X`,
    ),
    ...['dynamic_modules', 'thrift', 'udp'].map((n) => `envoy.extensions.health_checkers.${n}.v3.X`),
    ...['apple', 'getaddrinfo', 'hickory'].map((n) => `envoy.extensions.network.dns_resolver.${n}.v3.X`),
  ];
  for (const type of all) t.type(whyNot(type), 'string', type);
  t.end();
});
