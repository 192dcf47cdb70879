/** Spans to OpenTelemetry's collector: what it does is no matter to requests, and what waits for it is bounded. */
import t from 'tap';
import type { HttpConnectionManager } from '../../src/config/schema/types.ts';
import { elapse } from '../support/manual-time.ts';
import { ask, rig, turns, until } from './rig.ts';

const provider = (more: object): HttpConnectionManager['tracing'] => ({
  provider: { name: 'o', typedConfig: { typeUrl: 'envoy.config.trace.v3.OpenTelemetryConfig', value: more } },
});
const HTTP = { httpService: { httpUri: { uri: 'http://collector/v1/traces', cluster: 'zipkin', timeout: 1000 } } };
const grpc = (clusterName: string) => ({ grpcService: { envoyGrpc: { clusterName } } });

t.test('over HTTP: five at once, fewer when their time has come; rubbish for an answer', async (t) => {
  const { p, reports } = await rig(t, (peer) => peer.send('rubbish'), { tracing: provider(HTTP) });
  await ask(p, 5);
  await until(() => reports.length === 1);
  t.match(reports[0], /^POST \/v1\/traces HTTP\/1.1\r\nhost: collector\r\ncontent-type: application\/x-protobuf\r\n/);
  await ask(p, 1);
  t.equal(reports.length, 1);
  await elapse(5000);
  await until(() => reports.length === 2);
  t.equal(p.value('tracing.opentelemetry.spans_sent'), 6);
  t.equal(p.value('tracing.opentelemetry.timer_flushed'), 1);
});

t.test('more than max_cache_size are dropped', async (t) => {
  const { p } = await rig(t, () => {}, { tracing: provider({ ...HTTP, maxCacheSize: 2 }) });
  await ask(p, 7);
  t.equal(p.value('tracing.opentelemetry.spans_dropped'), 5);
  t.equal(p.value('tracing.opentelemetry.spans_sent'), 0);
  await elapse(5000);
  t.equal(p.value('tracing.opentelemetry.spans_sent'), 2);
});

t.test('a collector that hangs is waited for as long as its service says', async (t) => {
  const { p, reports } = await rig(t, () => {}, { tracing: provider(HTTP) });
  await ask(p, 10);
  await until(() => reports.length === 2);
  t.equal(p.value('cluster.zipkin.upstream_rq_active'), 2);
  await elapse(1000);
  await turns();
  t.equal(p.value('cluster.zipkin.upstream_rq_active'), 0);
  await ask(p, 1);
});

t.test('a collector over gRPC that is not there, or not even configured', async (t) => {
  for (const name of ['u', 'nowhere']) {
    const { p } = await rig(t, () => {}, { tracing: provider(grpc(name)) });
    await ask(p, 11);
    await turns();
    t.equal(p.value('tracing.opentelemetry.spans_sent'), 10, name);
  }
});
