// TCP, Redis and gRPC checks: what is sent, and what of an answer counts.
import * as http2 from 'node:http2';
import t from 'tap';
import type { CoreHealthCheck as HealthCheck } from '../../../src/config/schema/types.ts';
import { servingStatus } from '../../../src/http/health-checks/grpc-check.ts';
import { logger } from '../../../src/log/logger.ts';
import { healthCheckTypes } from '../../../src/server/health-checks.ts';
import { Store } from '../../../src/stats/store.ts';
import { MAX_TCP_ANSWER_BYTES } from '../../../src/upstream/health/tcp-check.ts';
import { cluster, Upstream, until } from '../../http/proxy.ts';
import { H2, http2Service } from '../../support/http2-service.ts';
import { listening } from '../../support/listening.ts';
import { TestClusters } from '../clusters.ts';
import { Checked, CLOSE, QUICK } from './checked.ts';

logger('upstream').level = 6;

const FAILED = '/failed_active_hc';
const always = (): boolean => true;

const tcp = (send: string, ...receive: string[]): HealthCheck => ({
  ...QUICK,
  tcpHealthCheck: { send: { text: send }, receive: receive.map((text) => ({ text })) },
});
const redis = (key = ''): HealthCheck => ({
  ...QUICK,
  customHealthCheck: {
    name: 'envoy.health_checkers.redis',
    typedConfig: { typeUrl: 'envoy.extensions.health_checkers.redis.v3.Redis', value: { key } },
  },
});

t.test('TCP: bytes are sent and expected in their order, on one connection', async (t) => {
  const c = await Checked.play(tcp('50494e47', '6f6e65', '74776f'), ['one, two', 'onetwo'], {}, always);
  t.teardown(() => c.stop());
  t.equal(c.requests[0], 'PING');
  t.same(c.flags, [FAILED, 'healthy', 'healthy']);
  t.equal(c.upstream.accepted.length, 1);
});

t.test('TCP: an answer may come in pieces; a host that closes has failed', async (t) => {
  const split = (p: { send(text: string): unknown }): void => {
    p.send('on');
    setImmediate(() => setImmediate(() => p.send('e')));
  };
  const c = await Checked.play(tcp('50494e47', '6f6e65'), [split, CLOSE, CLOSE], {}, always);
  t.teardown(() => c.stop());
  t.same(c.flags, [FAILED, 'healthy', 'healthy', FAILED]);
});

t.test('TCP: a host that pours out anything else is cut off', async (t) => {
  const c = await Checked.play(
    { ...tcp('50', '6f6e65'), unhealthyThreshold: 1 },
    ['one', 'x'.repeat(MAX_TCP_ANSWER_BYTES + 1)],
    {},
    always,
  );
  t.teardown(() => c.stop());
  t.same(c.flags, [FAILED, 'healthy', FAILED]);
});

t.test('TCP: without bytes to expect a connection is enough, and is closed', async (t) => {
  const upstream = await Upstream.start();
  const store = new Store();
  const clusters = new TestClusters(store, { healthChecks: healthCheckTypes });
  t.teardown(() => {
    clusters.shutdown();
    upstream.stop();
  });
  const config = cluster('u', [upstream.port], { healthChecks: [{ ...QUICK, tcpHealthCheck: {} }] });
  await clusters.control.prepare([config]);
  clusters.loadStatic([config]);
  await clusters.initialize();
  t.equal(clusters.get('u')!.hosts[0].health, 0);
  await until(() => upstream.accepted.length === 3);
  await until(() => upstream.accepted[0].closed || upstream.accepted[0].ended);
  t.equal(store.counter('cluster.u.health_check.failure').value, 0);
});

t.test('Redis: PING and PONG', async (t) => {
  const c = await Checked.play(redis(), ['+PONG\r\n', '+PONG\r\n', '-ERR no\r\n'], {}, always);
  t.teardown(() => c.stop());
  t.equal(c.requests[0], '*1\r\n$4\r\nPING\r\n');
  t.same(c.flags, [FAILED, 'healthy', 'healthy', FAILED]);
  t.equal(c.gauge('upstream_cx_active'), 1, 'these connections count, as in Envoy');
  t.equal(c.store.counter('cluster.u.upstream_rq_total').value, 4);
});

t.test('Redis: a key that exists takes the host out; a redirection shows that it lives', async (t) => {
  const c = await Checked.play(
    { ...redis('maint'), healthyThreshold: 1 },
    [':0\r\n', ':1\r\n', '-MOVED 1 h:1\r\n', '-ASK 1 h:1\r\n', '+PONG\r\n'],
    {},
    always,
  );
  t.teardown(() => c.stop());
  t.equal(c.requests[0], '*2\r\n$6\r\nEXISTS\r\n$5\r\nmaint\r\n');
  t.same(c.flags, [FAILED, 'healthy', FAILED, 'healthy', 'healthy', FAILED]);
});

t.test('Redis: rubbish, CLUSTERDOWN and a closed connection count up to unhealthy_threshold', async (t) => {
  for (const act of ['HTTP/1.1 400\r\n', '-CLUSTERDOWN x\r\n', `+${'x'.repeat(2000)}`, CLOSE]) {
    const c = await Checked.play(redis(), ['+PONG\r\n', act, act], {}, always);
    t.same(c.flags, [FAILED, 'healthy', 'healthy', FAILED]);
    t.same(c.counters('network_failure'), [2]);
    t.same(c.gauge('upstream_rq_active'), 1, 'the one that is not answered any more');
    c.stop();
  }
});

/** The cluster `u` of one host over HTTP/2 that is checked so, and its counters. */
async function checkedOverHttp2(
  t: { teardown(fn: () => unknown): void },
  port: number,
  check: HealthCheck,
): Promise<{ clusters: TestClusters; store: Store }> {
  const store = new Store();
  const clusters = new TestClusters(store, { healthChecks: healthCheckTypes });
  t.teardown(() => clusters.shutdown());
  const config = cluster('u', [port], { healthChecks: [check], ...H2 });
  await clusters.control.prepare([config]);
  clusters.loadStatic([config]);
  await clusters.initialize();
  return { clusters, store };
}
const SERVING = Buffer.from('00000000020801', 'hex');
const NOT_SERVING = Buffer.from('00000000020802', 'hex');

type GrpcAct = (s: http2.ServerHttp2Stream) => void;
function answer(
  message: Buffer,
  trailers: http2.OutgoingHttpHeaders,
  headers: http2.OutgoingHttpHeaders = {},
): GrpcAct {
  return (s) => {
    s.respond({ ':status': 200, 'content-type': 'application/grpc', ...headers }, { waitForTrailers: true });
    s.on('wantTrailers', () => s.sendTrailers(trailers));
    s.end(message);
  };
}

const GRPC: readonly [what: string, act: GrpcAct, healthy: boolean][] = [
  ['SERVING', answer(SERVING, { 'grpc-status': '0' }), true],
  ['NOT_SERVING', answer(NOT_SERVING, { 'grpc-status': '0' }), false],
  ['an error beside SERVING', answer(SERVING, { 'grpc-status': '13' }), false],
  ['no status', answer(SERVING, { x: 'y' }), false],
  ['no message', answer(Buffer.alloc(0), { 'grpc-status': '0' }), false],
  ['two messages', answer(Buffer.concat([SERVING, SERVING]), { 'grpc-status': '0' }), false],
  ['another content type', answer(SERVING, { 'grpc-status': '0' }, { 'content-type': 'text/plain' }), false],
  ['another status', answer(SERVING, { 'grpc-status': '0' }, { ':status': 503 }), false],
  [
    'a head alone: unimplemented',
    (s) => s.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true }),
    false,
  ],
  [
    'a body without trailers',
    (s) => {
      s.respond({ ':status': 200, 'content-type': 'application/grpc' });
      s.end(SERVING);
    },
    false,
  ],
];

for (const [what, act, healthy] of GRPC) {
  t.test(`gRPC: ${what}`, async (t) => {
    const server = http2.createServer();
    const seen: string[] = [];
    let body = '';
    server.on('stream', (s: http2.ServerHttp2Stream, _h: unknown, _f: number, raw: string[]) => {
      seen.push(raw.join(' '));
      s.on('error', () => {});
      s.on('data', (d: Buffer) => {
        body = d.toString('hex');
      });
      s.on('end', () => act(s));
    });
    const check: HealthCheck = {
      ...QUICK,
      timeout: 1500,
      grpcHealthCheck: {
        serviceName: 'svc',
        authority: 'au',
        initialMetadata: [{ header: { key: 'x-a', value: 'b' } }],
      },
    };
    const { clusters, store } = await checkedOverHttp2(t, await listening(t, server), check);
    t.equal(clusters.get('u')!.hosts[0].health, healthy ? 0 : 1);
    t.equal(body, '00000000050a03737663');
    t.match(seen[0], /^:method POST :scheme http :path \/grpc.health.v1.Health\/Check :authority au te trailers/);
    t.match(seen[0], /content-type application\/grpc user-agent Envoy\/HC x-a b grpc-timeout 1500m$/);
    await until(() => seen.length === 3);
    t.equal(store.counter('cluster.u.http2.nghttp2_upstream_connections').value, 1, 'all on one connection');
  });
}

for (const [what, code, failed] of [
  ['a graceful one lets the check end, and the next one connects anew', 0, 0],
  ['one with an error is a failure of the network at once', 2, 1],
] as const) {
  t.test(`gRPC: GOAWAY while a check runs: ${what}`, async (t) => {
    let checks = 0;
    const port = await http2Service(t, (s) => {
      s.resume();
      const first = checks++ === 0;
      if (!first) {
        answer(SERVING, { 'grpc-status': '0' })(s);
        return;
      }
      s.session?.goaway(code);
      // With an error nobody answers: only the GOAWAY ends the check, whose time is a minute.
      if (code === 0) answer(SERVING, { 'grpc-status': '0' })(s);
    });
    const { clusters, store } = await checkedOverHttp2(t, port, { ...QUICK, grpcHealthCheck: {} });
    await until(() => checks >= 4);
    t.equal(store.counter('cluster.u.health_check.network_failure').value, failed);
    t.equal(store.counter('cluster.u.http2.nghttp2_upstream_connections').value, 2);
    await until(() => clusters.get('u')!.hosts[0].health === 0);
  });
}

t.test('gRPC: only to clusters that speak HTTP/2', async (t) => {
  const check = { ...QUICK, grpcHealthCheck: {} };
  await t.rejects(Checked.play(check, []), { message: 'u cluster must support HTTP/2 for gRPC healthchecking' });
});

t.test('servingStatus: a whole message and nothing else', async (t) => {
  const of = (hex: string): number => servingStatus(Buffer.from(hex, 'hex'));
  t.equal(of('00000000020801'), 1);
  t.equal(of('0000000003088101'), 129);
  for (const bad of [
    '',
    '0000000002',
    '01000000020801',
    '00000000021001',
    '000000000108',
    '0000000000',
    '00000000030801',
  ]) {
    t.equal(of(bad), -1, bad);
  }
});
