/**
 * Page by page against real Envoy 1.40: our store is filled with Envoy's own metrics, our view with the same clusters and
 * listeners, and the answers must be the same bytes. What may differ is removed on both sides and listed here:
 * memory figures, uptime, the extension list of the node, timestamps, the formats of /stats.
 */
import t from 'tap';

import { toProtoJson } from '../../src/config/load.ts';
import type { Cluster as ClusterMessage } from '../../src/config/schema/types.ts';

import { Store } from '../../src/stats/store.ts';
import { Address } from '../../src/transport/address.ts';
import { load } from '../config/harness.ts';
import { TestClusters } from '../upstream/clusters.ts';
import { Client, FakeServer } from './fake-server.ts';
import { RealEnvoy, whyNot } from './real-envoy.ts';

const CONFIG = `
node: { id: n1, cluster: c1, locality: { region: r, zone: z } }
admin:
  address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
static_resources:
  listeners:
  - name: l1
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress_http
          route_config:
            name: local
            virtual_hosts:
            - name: v
              domains: ["*"]
              routes: [{ match: { prefix: "/" }, route: { cluster: up } }]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  - name: l2
    address: { pipe: { path: $FOLDER/x.sock } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
          stat_prefix: egress_redis
          settings: { op_timeout: 5s }
          downstream_auth_passwords: [{ inline_string: top-secret }]
          prefix_routes: { catch_all_route: { cluster: st.dot } }
  clusters:
  - name: up
    connect_timeout: 0.25s
    type: STATIC
    circuit_breakers: { thresholds: [{ max_connections: 7, max_retries: 9 }] }
    load_assignment:
      cluster_name: up
      endpoints:
      - locality: { region: reg, zone: zo, sub_zone: sz }
        lb_endpoints:
        - endpoint: { hostname: h1, address: { socket_address: { address: 127.0.0.1, port_value: 1 } } }
        - endpoint: { address: { socket_address: { address: "::1", port_value: 2 } } }
          load_balancing_weight: 3
  - name: sorted
    type: STATIC
    load_assignment:
      cluster_name: sorted
      policy: { overprovisioning_factor: 120 }
      endpoints:
      - locality: { region: r, zone: z }
        load_balancing_weight: 2
        lb_endpoints:
        - { health_status: UNHEALTHY, endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }
        - { health_status: DRAINING, endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 2 } } } }
        - { health_status: TIMEOUT, endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 3 } } } }
        - { health_status: DEGRADED, endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 4 } } } }
      - locality: { region: a, zone: z }
        priority: 1
        lb_endpoints:
        - { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 5 } } } }
      - locality: { region: r, zone: a }
        lb_endpoints:
        - { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 6 } } } }
      - locality: { region: r, zone: z }
        load_balancing_weight: 3
        lb_endpoints:
        - { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 7 } } } }
  - name: st.dot
    connect_timeout: 0.25s
    type: STATIC
    http2_protocol_options: {}
    load_assignment: { cluster_name: st.dot }
`;

/** The build facts are a protobuf map, printed in any order. */
function unordered(body: string): string {
  return body.replace(
    /("metadata": \{\n)([^}]*)/,
    (_, head, inner) =>
      head +
      inner
        .split(/,?\n/)
        .map((line: string) => line.trim())
        .sort()
        .join(),
  );
}

const skip = whyNot();
t.test('the same bytes as Envoy 1.40', { skip: skip ?? false }, async (t) => {
  const envoy = await RealEnvoy.start(CONFIG);
  t.teardown(() => envoy.stop());
  const server = new FakeServer();
  const client = new Client(server);
  server.hotRestartVersion = (await envoy.get('/hot_restart_version')).body;
  const { bootstrap } = await load(CONFIG.replaceAll('$FOLDER', '/tmp'));
  const clusters = await TestClusters.start(
    new Store(),
    bootstrap.staticResources?.clusters as unknown as ClusterMessage[],
  );
  t.teardown(() => clusters.shutdown());
  server.clusters = [...clusters.clusters.values()];

  /** Same status, content headers and body, after `normalise` on both. */
  const same = async (path: string, method = 'GET', normalise = (body: string): string => body): Promise<void> => {
    const theirs = await envoy.get(path, method);
    const ours = await client.call(path, { method });
    const name = `${method} ${path}`;
    t.equal(ours.status, theirs.status, `${name}: status`);
    const headers = Object.fromEntries(ours.headers);
    t.equal(headers['content-type'], theirs.headers['content-type'], `${name}: content-type`);
    t.equal(headers['cache-control'], theirs.headers['cache-control'], `${name}: cache-control`);
    t.match(theirs.headers['x-content-type-options'], headers['x-content-type-options'], `${name}: nosniff`);
    t.equal(normalise(ours.text), normalise(theirs.body), `${name}: body`);
  };

  await t.test('words and codes', async () => {
    for (const path of ['/ready', '/hot_restart_version', '/contention', '/certs', '/init_dump']) await same(path);
    for (const path of ['/quitquitquit', '/healthcheck/fail', '/logging', '/drain_listeners', '/reset_counters']) {
      await same(path);
      await same(path, 'PUT');
    }
    await same('/ready', 'PUT');
    await same('/drain_listeners?skip_exit', 'POST');
    await same('/runtime_modify', 'POST');
    await same('/runtime_modify?a=b', 'POST');
    await same('/cpuprofiler', 'POST');
    await same('/reopen_logs', 'POST');
    await same('/healthcheck/fail', 'POST');
    await same('/ready');
    await same('/healthcheck/ok', 'POST');
    await same('/ready');
    // Two fields in any order.
    await same('/runtime', 'GET', (body) => body.split(/,?\n/).sort().join());
    await same('/memory', 'GET', (body) => body.replace(/"\d+"/g, '"N"'));
  });

  await t.test('help and wrong paths: the same list', async () => {
    // Its pages for browsers are not ours (behaviour.md A6): what we can print instead is listed.
    const formats = (body: string): string => body.replace(/(Format to use; One of) \(.*\)/, '$1 (…)');
    await same('/help', 'GET', formats);
    await same('/nothing', 'GET', formats);
    await same('/ready/', 'GET', formats);
    t.match(await client.get('/help'), '      format: Format to use; One of (text, json, prometheus)');
  });

  await t.test('logging', async () => {
    const bad = ['level=foo', 'foo=info', 'admin=debug&config=info', 'paths=admin:info,foo:info', 'paths=admin'];
    for (const query of [...bad, 'group=admin:info', 'admin=warn', 'paths=admin:', '', 'level=', 'level=warning']) {
      await same(`/logging?${query}`, 'POST');
    }
    await same('/logging?paths=admin:debug,http:trace', 'POST');
    await same('/logging?level=info', 'POST');
  });

  await t.test('clusters', async () => {
    // Envoy walks a hash map: the order of its clusters is nobody's promise.
    const sorted = (body: string): string =>
      body
        .split(/(?=^[^:]+::observability_name)/m)
        .sort()
        .join('');
    await same('/clusters', 'GET', sorted);
    await same('/clusters?format=xml', 'GET', sorted);
    await same('/clusters?filter=u', 'GET', sorted);
    await same('/clusters?filter=(');
    await same('/clusters?format=json&filter=up');
    await same('/clusters?format=json&filter=dot');
    await same('/clusters?format=json&filter=sorted');
    await same('/clusters?format=json&filter=nothing');
  });

  await t.test('stats', async () => {
    const numbers = (await envoy.get('/stats?type=Counters')).body.trim().split('\n');
    for (const line of numbers) {
      const at = line.lastIndexOf(': ');
      server.store.counter(line.slice(0, at)).add(Number(line.slice(at + 2)));
    }
    for (const line of (await envoy.get('/stats?type=Gauges')).body.trim().split('\n')) {
      const at = line.lastIndexOf(': ');
      server.store.gauge(line.slice(0, at)).set(Number(line.slice(at + 2)));
    }
    for (const line of (await envoy.get('/stats?type=Histograms')).body.trim().split('\n')) {
      server.store.histogram(line.slice(0, line.indexOf(': ')), 'none');
    }
    t.ok(numbers.length > 500, 'the comparison has something to compare');
    // Values move while we look; histograms of the admin itself fill up.
    const shape = (body: string): string =>
      body
        .replace(/(: |"value":|} )\d+/g, '$1N')
        .replace(/(?:P\d.*|No recorded values)$/gm, 'H')
        .replace(/(_sum\{.*\}) .*/g, '$1 N');
    for (const path of ['/stats', '/stats?filter=upstream_rq', '/stats?filter=upstream_rq&invert_filter']) {
      await same(path, 'GET', shape);
    }
    await same('/stats?filter=st%5C.dot.upstream_(rq|cx)', 'GET', shape);
    for (const type of ['All', 'Counters', 'Gauges', 'Histograms', 'TextReadouts'])
      await same(`/stats?type=${type}`, 'GET', shape);
    await same('/stats?format=json&filter=cluster.up.upstream_.._[^t]', 'GET', shape);
    await same('/stats?format=json&filter=nothing');
    await same('/stats?format=json&filter=cluster.up.upstream_rq_time');
    await same('/stats?filter=nothing');
    for (const query of ['format=foo', 'type=foo', 'histogram_buckets=foo', 'hidden=foo'])
      await same(`/stats?${query}`);
    for (const regex of [
      '(',
      '*',
      '[a',
      'a**',
      '%5C',
      '(?%3C',
      'a)',
      '[z-a]',
      'a{1001}',
      '(?P%3Cn',
      '(?=a)',
      'a{2,1}',
    ]) {
      await same(`/stats?filter=${encodeURI(regex).replaceAll('%25', '%')}`);
    }
    await same('/stats?histogram_buckets=prometheusnative');
    await same('/stats/prometheus?histogram_buckets=detailed');
    await same('/stats/prometheus?filter=.', 'GET', shape);
    await same('/stats/prometheus?filter=cluster&histogram_buckets=summary', 'GET', shape);
    await same('/stats?format=prometheus&filter=redis', 'GET', shape);
    const all = (await envoy.get('/stats/prometheus')).body;
    const whole = await client.get('/stats/prometheus');
    const end = whole.indexOf('# HELP process_cpu_seconds_total');
    t.ok(end > 0, 'process metrics follow');
    t.equal(shape(whole.slice(0, end)), shape(all), 'GET /stats/prometheus: the proxy part');
  });

  await t.test('listeners, server_info, config_dump', async () => {
    const statuses = JSON.parse((await envoy.get('/listeners?format=json')).body).listener_statuses;
    server.listeners = statuses.map((s: { name: string; local_address: Record<string, Record<string, string>> }) => {
      const { socket_address: ip, pipe } = s.local_address;
      const address = pipe ? new Address('', 0, pipe.path) : new Address(ip.address, Number(ip.port_value));
      return { name: s.name, localAddresses: [address] };
    });
    await same('/listeners');
    await same('/listeners?format=json');

    const info = JSON.parse((await envoy.get('/server_info')).body);
    server.commandLineOptions = info.command_line_options;
    server.node = info.node;
    await same('/server_info', 'GET', (body) => unordered(body).replace(/"\d+s"/g, '"Ns"'));
    await same('/hot_restart_version');

    const dump = JSON.parse((await envoy.get('/config_dump')).body);
    const { node } = dump.configs[0].bootstrap;
    const message = { ...toProtoJson('envoy.config.bootstrap.v3.Bootstrap', bootstrap, true), node };
    server.dump = { bootstrap: { message, lastUpdatedMs: Date.now() } };
    const untimed = (body: string): string =>
      unordered(body)
        .replace(/("last_updated": )"[^"]+"/g, '$1"T"')
        .replace(/"[^"]*\/x\.sock"/g, '"x.sock"');
    await same('/config_dump', 'GET', untimed);
    t.notMatch(await client.get('/config_dump'), 'top-secret');
    t.match(await client.get('/config_dump'), '[redacted]');
    for (const query of [
      'resource=static_clusters',
      'resource=static_listeners',
      'resource=static_route_configs',
      'resource=dynamic_listeners',
      'include_eds',
      'include_eds&mask=static_endpoint_configs',
      'include_eds&resource=static_endpoint_configs&mask=endpoint_config.cluster_name',
      'include_eds&name_regex=up',
      'resource=static_endpoint_configs',
      'resource=bogus',
      'resource=bootstrap',
      'mask=bootstrap.admin',
      'mask=bootstrap.node.id,bootstrap.admin.address',
      'mask=static_clusters',
      'mask=nope',
      'resource=static_clusters&mask=cluster.name',
      'resource=static_listeners&mask=listener.name,last_updated',
      'name_regex=up',
      'name_regex=u',
      'name_regex=(',
      'resource=static_clusters&name_regex=st.*',
    ]) {
      await same(`/config_dump?${query}`, 'GET', untimed);
    }
  });
});
