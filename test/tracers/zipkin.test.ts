/** Spans to Zipkin: gathered, sent by five or by time, and never at the cost of a request. */
import t from 'tap';
import type { Bootstrap, HttpConnectionManager } from '../../src/config/schema/types.ts';
import type { FactoryContext } from '../../src/extension/context.ts';
import { runtime } from '../../src/runtime/runtime.ts';
import { elapse } from '../support/manual-time.ts';
import { ACCEPTED, ask, create, load, rig, spansOf, turns, until, ZIPKIN } from './rig.ts';

t.test('five are sent at once, fewer when their time has come', async (t) => {
  const { p, reports } = await rig(t, (peer) => peer.send(ACCEPTED));
  await ask(p, 4);
  await turns();
  t.equal(reports.length, 0);
  await ask(p, 1);
  await until(() => reports.length === 1);
  t.match(reports[0], /^POST \/spans HTTP\/1.1\r\nhost: zipkin\r\ncontent-type: application\/json\r\n/);
  t.equal(spansOf(reports[0]).length, 5);
  await ask(p, 2);
  await elapse(5000);
  await until(() => reports.length === 2);
  t.equal(spansOf(reports[1]).length, 2);
  t.equal(p.value('tracing.zipkin.spans_sent'), 7);
  t.equal(p.value('tracing.zipkin.timer_flushed'), 1);
  await until(() => p.value('tracing.zipkin.reports_sent') === 2);
  await elapse(5000);
  t.equal(p.value('tracing.zipkin.timer_flushed'), 2);
  t.equal(reports.length, 2, 'nothing to send');
});

t.test('the runtime says how many are sent at once, and how long fewer wait', async (t) => {
  runtime.set(
    new Map([
      ['tracing.zipkin.min_flush_spans', { raw: '2', uint: 2 }],
      ['tracing.zipkin.flush_interval_ms', { raw: '100', uint: 100 }],
    ]),
  );
  t.teardown(() => runtime.clear());
  const { p, reports } = await rig(t, (peer) => peer.send(ACCEPTED));
  await ask(p, 2);
  await until(() => reports.length === 1);
  await ask(p, 1);
  await elapse(100);
  await until(() => reports.length === 2);
  t.equal(p.value('tracing.zipkin.timer_flushed'), 1);
});

t.test('what is not sampled is propagated and not sent', async (t) => {
  const { p, reports, upstream } = await rig(t, (peer) => peer.send(ACCEPTED));
  upstream.accepted.length = 0;
  await ask(p, 5, 'b3: 0\r\n');
  await elapse(5000);
  t.equal(reports.length, 0);
  t.equal(p.value('http.h.tracing.random_sampling'), 5);
});

t.test('a collector that hangs: reports fail when their time is over, requests go on', async (t) => {
  const { p } = await rig(t, () => {});
  await ask(p, 12);
  t.equal(p.value('tracing.zipkin.spans_sent'), 10);
  t.equal(p.value('tracing.zipkin.reports_dropped'), 0);
  await elapse(5000);
  await turns();
  t.equal(p.value('tracing.zipkin.reports_dropped'), 2, '504 of our own is no 202');
});

t.test('a collector that answers rubbish, breaks off, or says no', async (t) => {
  for (const [answer, counter] of [
    ['rubbish\r\n\r\n', 'reports_dropped'],
    ['HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n', 'reports_dropped'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', 'reports_dropped'],
  ]) {
    const { p } = await rig(t, (peer) => peer.send(answer));
    await ask(p, 5);
    await until(() => p.value(`tracing.zipkin.${counter}`) === 1);
    await ask(p, 1);
    t.pass(answer.slice(0, 20));
  }
});

t.test('a collector that cuts its answer off has failed', async (t) => {
  const { p } = await rig(t, (peer) => {
    peer.send('HTTP/1.1 202 OK\r\ncontent-length: 10\r\n\r\nabc');
    peer.socket.end();
  });
  await ask(p, 5);
  await until(() => p.value('tracing.zipkin.reports_failed') === 1);
  t.equal(p.value('tracing.zipkin.reports_sent'), 0);
});

/** What is read, and what a kernel takes beside it. */
const MOST_MIB = 100;

t.test('a collector that answers without end is cut off, and nothing of it is kept', async (t) => {
  const chunk = Buffer.alloc(1 << 20, 'x');
  let sent = 0;
  const { p } = await rig(t, (peer) => {
    peer.send('HTTP/1.1 202 OK\r\ncontent-length: 1000000000\r\n\r\n');
    const more = (error?: Error | null): void => {
      if (error || peer.closed || sent > MOST_MIB) return;
      sent++;
      peer.socket.write(chunk, more);
    };
    more();
  });
  await ask(p, 5);
  await until(() => p.value('tracing.zipkin.reports_failed') === 1);
  t.ok(sent >= 32 && sent <= MOST_MIB, `${sent} MiB were sent`);
});

t.test('connection managers whose provider is configured alike have one tracer', async (t) => {
  const { p } = await rig(t, (peer) => peer.send(ACCEPTED));
  const ctx = { ...p.engine.context, store: p.store } as unknown as FactoryContext;
  const config = {
    collectorCluster: 'zipkin',
    collectorEndpoint: '/a',
    collectorEndpointVersion: 'HTTP_JSON',
  } as const;
  const one = create(config, ctx);
  t.equal(create({ ...config }, ctx), one);
  t.not(create({ ...config, collectorEndpoint: '/b' }, ctx), one);
});

t.test('a v2 config that names no version is sent in the first one, as by Envoy 1.16', async (t) => {
  const { p, reports } = await rig(t, (peer) => peer.send(ACCEPTED), {}, true);
  await ask(p, 5, 'x-b3-traceid: a0000000000000a1\r\nx-b3-spanid: b0000000000000b1\r\n');
  await until(() => reports.length === 1);
  const [span] = spansOf(reports[0]);
  t.match(span, {
    traceId: 'a0000000000000a1',
    id: 'b0000000000000b1',
    name: 'a',
    annotations: [
      { value: 'sr', endpoint: { serviceName: 'c', port: 0 } },
      { value: 'ss', endpoint: { serviceName: 'c' } },
    ],
  });
  t.equal(span.timestamp, undefined, 'the client tells when it began');
  const tags = span.binaryAnnotations as { key: string; value: string }[];
  t.equal(tags.find((tag) => tag.key === 'http.url')?.value, 'http://a/');
  t.equal(tags.find((tag) => tag.key === 'upstream_cluster')?.value, 'u');
  t.notOk(
    tags.some((tag) => tag.key === 'upstream_cluster.name'),
    '1.40 added it',
  );
});

t.test("v2: the bootstrap's tracing is of all connection managers; operation_name says which way", async (t) => {
  const text = `
tracing: {http: {name: envoy.zipkin, config: {collector_cluster: zipkin, collector_endpoint: /api/v1/spans}}}
static_resources:
  clusters: [{name: zipkin, connect_timeout: 1s, type: static, hosts: [{socket_address: {address: 127.0.0.1, port_value: 1}}]}]
  listeners:
  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: envoy.http_connection_manager
        config:
          stat_prefix: a
          tracing: {operation_name: egress, request_headers_for_tags: [x-a]}
          route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: zipkin}}]}]}
          http_filters: [{name: envoy.router, config: {start_child_span: true}}]
`;
  const { bootstrap, usedV2 } = await load(text);
  t.ok(usedV2);
  const b: Bootstrap = bootstrap;
  t.match(b.tracing?.http?.typedConfig, { typeUrl: ZIPKIN, value: { collectorCluster: 'zipkin' } });
  const hcm = b.staticResources?.listeners?.[0].filterChains?.[0].filters?.[0].typedConfig
    ?.value as HttpConnectionManager;
  t.match(hcm.tracing, { operationName: 'EGRESS', customTags: [{ tag: 'x-a', requestHeader: { name: 'x-a' } }] });
});
