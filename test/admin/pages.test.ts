import t from 'tap';
import { toProtoJson } from '../../src/config/load.ts';
import { captureLog, setAllLevels } from '../../src/log/logger.ts';
import { load } from '../config/harness.ts';
import { Client, FakeServer } from './fake-server.ts';

t.before(() => {
  t.teardown(captureLog(() => {}));
});

t.test('ready follows the state, and only LIVE is 200', async (t) => {
  const server = new FakeServer();
  const client = new Client(server);
  for (const state of ['LIVE', 'DRAINING', 'INITIALIZING', 'PRE_INITIALIZING'] as const) {
    server.state = state;
    const res = await client.call('/ready');
    t.equal(res.text, `${state}\n`);
    t.equal(res.status, state === 'LIVE' ? 200 : 503);
  }
});

t.test('what only tcmalloc could do is 501', async (t) => {
  const client = new Client(new FakeServer());
  for (const path of ['/allocprofiler?enable=y', '/heap_dump', '/heapprofiler?enable=y', '/memory/tcmalloc']) {
    t.equal((await client.call(path, { method: path.startsWith('/memory') ? 'GET' : 'POST' })).status, 501, path);
  }
});

t.test('commands reach the server, by POST only', async (t) => {
  const server = new FakeServer();
  const client = new Client(server);
  const counter = server.store.counter('a.b');
  counter.add(5);
  const commands: Record<string, string[]> = {
    '/healthcheck/fail': ['healthcheck fail'],
    '/healthcheck/ok': ['healthcheck ok'],
    '/quitquitquit': ['shutdown'],
    '/reopen_logs': ['reopen'],
    '/reset_counters': [],
    '/drain_listeners': ['drain {"graceful":false,"skipExit":false,"inboundOnly":false}'],
    '/drain_listeners?graceful&inboundonly': ['drain {"graceful":true,"skipExit":false,"inboundOnly":true}'],
  };
  for (const [path, asked] of Object.entries(commands)) {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      const refused = await client.call(path, { method });
      t.equal(refused.status, 405);
      t.equal(refused.text, `Method ${method} not allowed, POST required.`);
    }
    t.same(server.asked, [], `${path}: nothing happened`);
    const done = await client.post(path);
    t.equal(done.text, 'OK\n');
    t.equal(done.status, 200);
    t.same(server.asked.splice(0), asked);
  }
  t.equal(counter.value, 0, 'counters were reset');
});

t.test('read-only: nothing that changes the server', async (t) => {
  const server = new FakeServer();
  const client = new Client(server, { readOnly: true });
  t.equal((await client.post('/quitquitquit')).status, 403);
  t.equal((await client.call('/ready')).status, 200);
  t.same(server.asked, []);
});

t.test('a page in somebody’s browser cannot use the admin port', async (t) => {
  const server = new FakeServer();
  const client = new Client(server, { allowedHosts: ['proxy.example.com'] });
  const browser = 'Mozilla/5.0 (X11; Linux x86_64)';
  const quit = (headers: Record<string, string>, authority?: string) =>
    client.post('/quitquitquit', { headers, authority }).then((r) => r.status);
  t.equal(await quit({ origin: 'http://evil.example' }), 403, 'form on another site');
  t.equal(await quit({ origin: 'null' }), 403, 'sandboxed frame');
  t.equal(await quit({ 'user-agent': browser, 'sec-fetch-site': 'cross-site' }), 403);
  t.equal(await quit({ 'user-agent': browser, 'sec-fetch-site': 'same-site' }), 403, 'another port of this host');
  t.equal(await quit({ 'user-agent': browser }, 'evil.example:10001'), 403, 'rebound name');
  t.equal(await quit({ origin: 'http://evil.example:10001' }, 'evil.example:10001'), 403, 'rebound name with origin');
  t.equal(await quit({ origin: 'http://10.0.0.1.evil.example' }, '10.0.0.1.evil.example'), 403);
  t.same(server.asked, []);
  for (const host of ['127.0.0.1:10001', '[::1]:10001', 'localhost:10001', 'envoy:10001', 'proxy.example.com']) {
    t.equal(await quit({ origin: `http://${host}`, 'user-agent': browser }, host), 200, `our own page at ${host}`);
  }
});

t.test('curl, probes and scrapers are left alone, whatever name they use', async (t) => {
  const client = new Client(new FakeServer());
  for (const agent of ['curl/8.5.0', 'kube-probe/1.33', 'Prometheus/3.0', '']) {
    for (const authority of ['10.1.2.3:10001', 'envoy.prod.example.com:10001', '']) {
      t.equal((await client.call('/ready', { headers: { 'user-agent': agent }, authority })).status, 200);
    }
  }
  t.equal((await client.post('/healthcheck/ok', { authority: 'envoy.prod.example.com' })).status, 200);
});

t.test('parameters of a POST may come as a form, unless there is a query', async (t) => {
  const client = new Client(new FakeServer());
  t.teardown(() => setAllLevels(2));
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'redis=debug' };
  t.match((await client.post('/logging', form)).text, '  redis: debug\n');
  t.match(
    (await client.post('/logging?http=trace', { ...form, body: 'redis=error' })).text,
    /http: trace\n[\s\S]*redis: debug/,
  );
  t.match((await client.post('/logging', { body: 'redis=off' })).text, '  redis: debug\n', 'no form type');
  const bad = await client.post('/logging?paths=redis:info,nobody:info');
  t.equal(bad.status, 400);
  t.match(bad.text, '  redis: debug\n', 'nothing is changed when a part is wrong');
});

t.test('home and help list every endpoint; the home page runs no script', async (t) => {
  const client = new Client(new FakeServer());
  const home = await client.call('/');
  t.match(Object.fromEntries(home.headers)['content-security-policy'], "default-src 'none'");
  t.notMatch(home.text, /<script|http:|https:/);
  t.match(home.text, '<form action="quitquitquit" method="post">');
  t.match(home.text, '<a href="ready">ready</a>');
  const help = await client.get('/help');
  const paths = [...help.matchAll(/^ {2}(\/\S*?)(?: \(POST\))?: /gm)].map((m) => m[1]);
  t.same(paths, [...paths].sort(), 'sorted');
  for (const path of paths.slice(1)) t.match(home.text, path.slice(1));
  for (const path of paths) t.not((await client.call(path, { method: 'POST' })).status, 404, path);
});

t.test('stats: order, used only, histograms that have no flush yet', async (t) => {
  const server = new FakeServer();
  const client = new Client(server);
  server.store.counter('b.count').add(2);
  server.store.counter('b.idle');
  server.store.gauge('a.gauge').set(0);
  server.store.gauge('c.idle');
  const h = server.store.histogram('h.time', 'ms');
  server.store.histogram('h.idle', 'ms');
  h.record(1);
  t.equal(
    await client.get('/stats'),
    'a.gauge: 0\nb.count: 2\nb.idle: 0\nc.idle: 0\n' + 'h.idle: No recorded values\nh.time: No recorded values\n',
  );
  server.flusher.flush();
  t.equal(
    await client.get('/stats?usedonly'),
    'a.gauge: 0\nb.count: 2\n' +
      'h.time: P0(1.05,1.05) P25(1.05,1.05) P50(1.05,1.05) P75(1.05,1.05) P90(1.05,1.05) P95(1.05,1.05) ' +
      'P99(1.05,1.05) P99.5(1.05,1.05) P99.9(1.05,1.05) P100(1.05,1.05)\n',
  );
  t.equal(await client.get('/stats?usedonly&format=json&type=Gauges'), '{"stats":[{"name":"a.gauge","value":0}]}');
  t.equal(await client.get('/stats?filter=%5Eb%5C.c+'), 'b.count: 2\n', 'a plus is a plus');
  t.match(await client.get('/stats?filter=h.time&histogram_buckets=detailed'), 'totals=1,0.1:1\n  intervals=1,0.1:1\n');
  t.equal((await client.call('/stats?format=html')).status, 400);
});

t.test('stats_flush_on_admin latches at every read', async (t) => {
  const server = new FakeServer();
  server.statsFlushOnAdmin = true;
  server.store.histogram('h', 'ms').record(7);
  t.match(await new Client(server).get('/stats'), 'h: P0(7.05,7.05)');
  t.same(server.asked, ['flush']);
});

t.test('prometheus: process metrics after the proxy’s, and only on the full page', async (t) => {
  const server = new FakeServer();
  const client = new Client(server);
  server.store.counter('cluster.a.upstream_rq_200').inc();
  const page = await client.get('/stats/prometheus');
  t.match(
    page,
    /^# TYPE envoy_cluster_upstream_rq counter\nenvoy_cluster_upstream_rq\{envoy_response_code="200",envoy_cluster_name="a"\} 1\n# HELP process_/,
  );
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']) {
    t.match(page, new RegExp(`^${name} [\\d.e+-]+$`, 'm'));
  }
  t.notMatch(await client.get('/stats/prometheus?usedonly'), 'process_');
  server.store.counter('cluster.a.upstream_rq_200').inc();
  server.store.counter('cluster.b.upstream_rq_503').inc();
  const next = await client.get('/stats?format=prometheus&filter=cluster');
  t.equal(
    next,
    '# TYPE envoy_cluster_upstream_rq counter\nenvoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="a"} 2\n' +
      'envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="b"} 1\n',
    'metrics that came later are there',
  );
});

t.test('config dump: secrets never leave, wherever they are; long lists are printed like short ones', async (t) => {
  const server = new FakeServer();
  const tls = `{"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext,
    common_tls_context: {tls_certificates: [{certificate_chain: {inline_string: public}, private_key: {inline_string: SECRET}}]}}`;
  const cluster = (i: number): string =>
    `{name: c${i}, type: STATIC, transport_socket: {name: tls, typed_config: ${tls}}}`;
  const text = `static_resources: {
    secrets: [{name: s, tls_certificate: {certificate_chain: {inline_string: public}, private_key: {inline_string: SECRET}}}],
    clusters: [${[3, 1, 2, 5, 4, 0].map(cluster)}]}`;
  const { bootstrap } = await load(text, { asEnvoy: true });
  const view = (lazy: boolean): void => {
    const message = toProtoJson('envoy.config.bootstrap.v3.Bootstrap', bootstrap, lazy);
    server.dump = { bootstrap: { lastUpdatedMs: 0, message } };
  };
  const client = new Client(server);
  for (const query of [
    '',
    '?resource=static_secrets',
    '?mask=static_clusters',
    '?resource=static_clusters&mask=cluster.name,cluster.transport_socket',
    '?name_regex=c[1-3]',
  ]) {
    view(true);
    const body = await client.get(`/config_dump${query}`);
    t.notMatch(body, 'SECRET', query);
    t.match(body, '[redacted]', query);
    view(false);
    t.equal(await client.get(`/config_dump${query}`), body, query);
    t.match(body, 'public');
    t.equal(`${JSON.stringify(JSON.parse(body), null, 1)}\n`, body, 'one space of indent');
  }
  const { configs } = JSON.parse(await client.get('/config_dump?resource=static_clusters&mask=cluster.name'));
  t.same(
    configs.map((c: { cluster: { name: string } }) => c.cluster.name),
    ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'],
  );
});
