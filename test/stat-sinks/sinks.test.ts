/**
 * Stats sinks of a whole process: statsd in its forms, OTLP, the metrics service; what arrives is what Envoy 1.40 sent for the same config. Sinks
 * that hang or are gone cost a counter.
 */
import t from 'tap';
import type { Server } from '../../src/server/server.ts';
import { ANSWERING, ask, problemsOf, serverOf, startServer, untilValue, value } from '../server/whole.ts';
import { freePort } from '../support/ports.ts';
import { type Fields, fields, GrpcReceiver, message, TcpStatsd, type Test, UdpStatsd, words } from './receivers.ts';

const METRICS = 'type.googleapis.com/envoy.config.metrics.v3';
const STAT_SINKS = 'type.googleapis.com/envoy.extensions.stat_sinks';

const udp = (port: number): string =>
  `address: {socket_address: {protocol: UDP, address: 127.0.0.1, port_value: ${port}}}`;
const sink = (name: string, type: string, rest: string): string =>
  `- {name: envoy.stat_sinks.${name}, typed_config: {"@type": ${type}, ${rest}}}\n`;
const statsd = (rest: string): string => sink('statsd', `${METRICS}.StatsdSink`, rest);
const dog = (rest: string): string => sink('dog_statsd', `${METRICS}.DogStatsdSink`, rest);
const graphite = (rest: string): string =>
  sink('graphite_statsd', `${STAT_SINKS}.graphite_statsd.v3.GraphiteStatsdSink`, rest);
const otlp = (rest: string): string => sink('open_telemetry', `${STAT_SINKS}.open_telemetry.v3.SinkConfig`, rest);
const metrics = (rest: string): string => sink('metrics_service', `${METRICS}.MetricsServiceConfig`, rest);
const GRPC = 'grpc_service: {envoy_grpc: {cluster_name: r}}';

const cluster = (port: number, h2: boolean): string => `
  - name: r
    ${h2 ? 'http2_protocol_options: {}' : 'type: STATIC'}
    load_assignment: {cluster_name: r, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}}}]}]}`;

interface Config {
  readonly sinks: string;
  readonly clusters?: string;
  readonly bootstrap?: string;
  readonly concurrency?: number;
}

function yamlOf({ sinks, clusters = ' []', bootstrap = '' }: Config): string {
  return `node: {id: me, cluster: us}
${bootstrap === '' ? 'stats_flush_interval: 0.1s' : bootstrap}
stats_sinks:
${sinks}
${ANSWERING}  clusters:${clusters}
`;
}

const start = (t: Test, config: Config): Promise<Server> => startServer(t, yamlOf(config), config.concurrency);

t.test(
  'statsd, dog_statsd and graphite_statsd over UDP: counters, gauges and single values, each with its tags',
  async (t) => {
    const [plain, tagged, named] = [await UdpStatsd.start(t), await UdpStatsd.start(t), await UdpStatsd.start(t)];
    const sinks =
      statsd(udp(plain.port)) +
      dog(`${udp(tagged.port)}, prefix: pre, max_bytes_per_datagram: 300`) +
      graphite(`${udp(named.port)}, max_bytes_per_datagram: 300`);
    const server = await start(t, { sinks });
    t.equal(await ask(server), 200);
    t.equal(await plain.line(/^envoy\.http\.h\.downstream_rq_total:/), 'envoy.http.h.downstream_rq_total:1|c');
    t.match(await plain.line(/^envoy\.http\.h\.downstream_rq_time:/), /^envoy\.http\.h\.downstream_rq_time:\d+\|ms$/);
    t.equal(await plain.line(/^envoy\.server\.live:/), 'envoy.server.live:1|g');
    const tag = '|#envoy.http_conn_manager_prefix:h';
    t.match(await tagged.line(/^pre\.http\.downstream_rq_total:\d+\|c/), new RegExp(`\\|c\\${tag}$`));
    t.match(
      await named.line(/^envoy\.http\.downstream_rq_total;/),
      /^envoy\.http\.downstream_rq_total;envoy\.http_conn_manager_prefix=h:\d+\|c$/,
    );
    t.notOk(
      plain.datagrams.some((d) => d.includes('\n')),
      'a line a datagram',
    );
    t.ok(
      tagged.datagrams.some((d) => d.includes('\n')),
      'as many as fit',
    );
    t.notOk(tagged.datagrams.some((d) => d.includes('\n') && d.length > 300));
  },
);

t.test(
  'two event loops: one flush; what the deltas come to is what both have counted, single values come from each',
  async (t) => {
    const receiver = await TcpStatsd.start(t);
    const sinks = statsd('tcp_cluster_name: r, prefix: p');
    const server = await start(t, { sinks, clusters: cluster(receiver.port, false), concurrency: 2 });
    const n = 24;
    for (let i = 0; i < n; i++) t.equal(await ask(server), 200);
    await receiver.until(() => (receiver.sum('p.http.h.downstream_rq_total') >= n ? true : undefined));
    await receiver.until(() =>
      [...receiver.text.matchAll(/^p\.http\.h\.downstream_rq_time:\d+\|ms$/gm)].length === n ? true : undefined,
    );
    // A flush more, and it is still the same.
    const seen = receiver.text.length;
    await receiver.until(() => (receiver.text.slice(seen).includes('p.server.live:1|g') ? true : undefined));
    t.equal(receiver.sum('p.http.h.downstream_rq_total'), n);
  },
);

const tagsOf = (point: Fields, n: number): string[] =>
  (point[n] ?? []).map((b) => {
    const f = fields(b as Buffer);
    return `${words(f, 1)}=${words(message(f, 2), 1)}`;
  });

t.test('OTLP: a metric a point, cumulative unless asked for deltas, tags as attributes', async (t) => {
  const receiver = await GrpcReceiver.start(t);
  const sinks =
    otlp(GRPC) +
    otlp(
      `${GRPC}, prefix: pre, report_counters_as_deltas: true, report_histograms_as_deltas: true, emit_tags_as_attributes: false, use_tag_extracted_name: false, max_data_points_per_request: 7`,
    );
  const server = await start(t, { sinks, clusters: cluster(receiver.port, true) });
  for (let i = 0; i < 3; i++) await ask(server);
  const find = (name: string): Promise<Fields> =>
    receiver.until(() => {
      for (const m of receiver.messages) {
        for (const bytes of message(m.fields, 1, 2)[2] ?? []) {
          const metric = fields(bytes as Buffer);
          const point = metric[7] === undefined ? undefined : message(metric, 7, 1);
          const ofH =
            point !== undefined && (name.startsWith('pre.') || tagsOf(point, 7).some((tag) => tag.endsWith('=h')));
          const isWhole = point === undefined || (ofH && (point[6][0] as Buffer).readBigInt64LE() > 0n);
          if (words(metric, 1) === name && isWhole) return metric;
        }
      }
      return undefined;
    });
  const sum = await find('http.downstream_rq_total');
  t.same(tagsOf(message(sum, 7, 1), 7), ['envoy.http_conn_manager_prefix=h']);
  t.same([message(sum, 7)[2], message(sum, 7)[3]], [[2], [1]], 'cumulative, monotonic');
  const delta = await find('pre.http.h.downstream_rq_total');
  t.same(tagsOf(message(delta, 7, 1), 7), []);
  t.same(message(delta, 7)[2], [1], 'a delta');
  const gauge = await find('server.live');
  t.equal((message(gauge, 5, 1)[6][0] as Buffer).readBigInt64LE(), 1n);
  t.equal(message(gauge, 5, 1)[2], undefined, 'a gauge has no start');
  const since = Number((message(sum, 7, 1)[2][0] as Buffer).readBigUInt64LE() / 1_000_000n);
  t.equal(since, server.startTimeMs, 'nanoseconds since 1970');
  const histogram = message(await find('http.downstream_rq_time'), 9, 1);
  t.equal((histogram[6][0] as Buffer).length / 8, 20);
  t.equal((histogram[7][0] as Buffer).length / 8, 19);
  t.equal((histogram[4][0] as Buffer).readBigUInt64LE() > 0n, true);
  const batches = receiver.messages.filter((m) => {
    const metric = message(m.fields, 1, 2);
    return words(fields(metric[2][0] as Buffer), 1).startsWith('pre.');
  });
  t.ok(batches.length > 1);
  t.ok(batches.every((m) => (message(m.fields, 1, 2)[2] ?? []).length <= 7));
  const resource = (message(receiver.messages[0].fields, 1, 1)[1] ?? []).map((b) => words(fields(b as Buffer), 1));
  t.same(
    resource.sort(),
    ['telemetry.sdk.language', 'telemetry.sdk.name', 'telemetry.sdk.version'],
    'as Envoy names itself',
  );
});

t.test('the metrics service: who we are once a stream, summaries and histograms, batches', async (t) => {
  const receiver = await GrpcReceiver.start(t);
  const sinks = metrics(`transport_api_version: V3, ${GRPC}, emit_tags_as_labels: true, batch_size: 10`);
  const server = await start(t, { sinks, clusters: cluster(receiver.port, true) });
  await ask(server);
  const kinds = await receiver.until(() => {
    const found = new Set<number>();
    for (const m of receiver.messages) {
      for (const bytes of m.fields[2] ?? []) {
        const family = fields(bytes as Buffer);
        if (words(family, 1) === 'http.downstream_rq_time') found.add(family[3][0] as number);
      }
    }
    return found.size === 2 ? [...found].sort() : undefined;
  });
  t.same(kinds, [2, 4], 'a summary and a histogram');
  t.equal(receiver.calls, 1);
  t.equal(words(message(receiver.messages[0].fields, 1, 1), 1), 'me');
  t.equal(receiver.messages[1].fields[1], undefined);
  t.ok(receiver.messages.every((m) => (m.fields[2] ?? []).length <= 10));
});

const untilCounted = (server: Server, name: string, least: number): Promise<void> =>
  untilValue(server, name, (n) => n >= least);
const FAILURES = 'envoylet.stats_sink_failures_total';

t.test('a collector that never answers gets no more than eight exports; requests are served', async (t) => {
  const receiver = await GrpcReceiver.start(t, true);
  const server = await start(t, {
    sinks: otlp(GRPC),
    clusters: cluster(receiver.port, true),
    bootstrap: 'stats_flush_interval: 0.01s',
  });
  await untilCounted(server, FAILURES, 3);
  t.equal(await ask(server), 200);
  await receiver.until(() => (receiver.calls >= 8 ? true : undefined));
  await untilCounted(server, FAILURES, value(server, FAILURES) + 3);
  t.equal(receiver.calls, 8);
});

t.test('receivers that are not there cost a counter, and are found when they come', async (t) => {
  const port = await freePort();
  const server = await start(t, {
    sinks: statsd(udp(port)) + statsd('tcp_cluster_name: r') + metrics(`transport_api_version: V3, ${GRPC}`),
    clusters: cluster(port, false),
    bootstrap: 'stats_flush_interval: 0.02s',
  });
  await untilCounted(server, FAILURES, 4);
  t.equal(await ask(server), 200);
});

t.test('a statsd receiver over TCP that does not read: 16 MiB wait at most, then the connection ends', async (t) => {
  const receiver = await TcpStatsd.start(t);
  receiver.server.on('connection', (s) => s.pause());
  // A prefix of 60 kB makes a flush 10 MB.
  const server = await start(t, {
    sinks: statsd(`tcp_cluster_name: r, prefix: ${'x'.repeat(60_000)}`),
    clusters: cluster(receiver.port, false),
    bootstrap: 'stats_flush_interval: 0.05s',
  });
  await untilCounted(server, 'statsd.cx_overflow', 1);
  t.equal(await ask(server), 200);
});

t.test('stats_flush_on_admin: only when somebody asks; the last flush is at the end', async (t) => {
  const receiver = await TcpStatsd.start(t);
  const server = await start(t, {
    sinks: statsd('tcp_cluster_name: r'),
    clusters: cluster(receiver.port, false),
    bootstrap: 'stats_flush_on_admin: true\nstats_server_version_override: 77',
  });
  await ask(server);
  t.notMatch(receiver.text, /\|c/);
  server.flushStats();
  await receiver.until(() => (receiver.sum('envoy.http.h.downstream_rq_total') === 1 ? true : undefined));
  t.equal(value(server, 'server.version'), 77);
});

t.test('at the end of the process there is a last flush', async (t) => {
  const receiver = await TcpStatsd.start(t);
  const yaml = yamlOf({
    sinks: statsd('tcp_cluster_name: r'),
    clusters: cluster(receiver.port, false),
    bootstrap: 'stats_flush_interval: 200s',
  });
  const server = serverOf(yaml, 2);
  await server.start();
  await ask(server);
  await receiver.until(() => (receiver.text.includes('downstream_rq_time') ? true : undefined));
  t.notMatch(receiver.text, /\|c/);
  await server.shutdown();
  await receiver.until(() => (receiver.sum('envoy.http.h.downstream_rq_total') === 1 ? true : undefined));
});

const problems = async (sinks: string): Promise<string[]> =>
  (await problemsOf(yamlOf({ sinks }))).map((p) => `${p.yamlPath}: ${p.message}`);

t.test('what a sink gets wrong is said in the words of Envoy 1.40, with its place', async (t) => {
  const at = 'stats_sinks[0].typed_config';
  t.same(await problems(statsd('address: {socket_address: {address: nohost.test, port_value: 1}}')), [
    `${at}.address.socket_address.address: malformed IP address: nohost.test`,
  ]);
  t.same(await problems(statsd('tcp_cluster_name: gone')), [
    `${at}.tcp_cluster_name: tcp statsd: unknown cluster 'gone'`,
  ]);
  const unknown = `${at}.grpc_service.envoy_grpc.cluster_name: Unknown gRPC client cluster 'r'`;
  t.same(await problems(metrics(`transport_api_version: V3, ${GRPC}`)), [unknown]);
  t.same(await problems(otlp(GRPC)), [unknown]);
  t.match(
    (await problems(metrics(`transport_api_version: V2, ${GRPC}`)))[0],
    /V2 xDS transport protocol version is deprecated/,
  );
  t.match((await problems(sink('hystrix', `${METRICS}.HystrixSink`, 'num_buckets: 3')))[0], /not supported yet/);
  t.match((await problems(sink('wasm', `${STAT_SINKS}.wasm.v3.Wasm`, 'config: {}')))[0], /not supported yet/);
  t.match((await problems(sink('hystrix', `${METRICS}.HystrixSink`, '')))[0], /not supported yet/);
  t.match((await problems(statsd('address: {pipe: {path: /x}}')))[0], /a socket_address only/);
});
