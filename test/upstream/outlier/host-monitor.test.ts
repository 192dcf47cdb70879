// What HTTP, TCP and Redis tell a host's monitor, with one that lives here only.
import { once } from 'node:events';
import t from 'tap';
import { logger } from '../../../src/log/logger.ts';
import type { Host } from '../../../src/upstream/host.ts';
import {
  EXT_ORIGIN_REQUEST_FAILED,
  EXT_ORIGIN_REQUEST_SUCCESS,
  type HostMonitor,
  LOCAL_ORIGIN_CONNECT_FAILED,
  LOCAL_ORIGIN_CONNECT_SUCCESS,
  LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL,
  LOCAL_ORIGIN_TIMEOUT,
  type OutlierResult,
} from '../../../src/upstream/outlier/host-monitor.ts';
import { answering, cluster, deadPort, get, TestProxy, Upstream, until } from '../../http/proxy.ts';
import { Client, FakeRedis, request, startProxy } from '../../redis/harness.ts';
import { readAll, TestProxy as TcpProxy } from '../../tcp/proxy.ts';

logger('upstream').level = 6;

class Recorder implements HostMonitor {
  readonly seen: (number | OutlierResult)[] = [];
  constructor(host: Host) {
    host.monitor = this;
  }
  putStatus(status: number): void {
    this.seen.push(status);
  }
  putResult(result: OutlierResult, count: number): void {
    for (let i = 0; i < count; i++) this.seen.push(result);
  }
}

t.test('HTTP: the status of every response, connections that failed, timeouts', async (t) => {
  const u = await Upstream.start((p) => {
    answering((head) => {
      const path = head.split(' ')[1];
      if (path === '/close') p.close();
      const status = Number(path.slice(1));
      return status > 0 ? `HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n` : '';
    })(p);
  });
  const dead = await deadPort();
  const route = (prefix: string, to: string, timeout?: number) => ({
    match: { prefix },
    route: { cluster: to, timeout },
  });
  const routes = [route('/slow', 'u', 50), route('/dead', 'dead'), route('/', 'u')];
  const p = await TestProxy.start({
    clusters: [cluster('u', [u.port]), cluster('dead', [dead])],
    hcm: { routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes }] } },
  });
  t.teardown(() => {
    p.stop();
    u.stop();
  });
  const host = new Recorder(p.engine.clusters.get('u')!.hosts[0]);
  const away = new Recorder(p.engine.clusters.get('dead')!.hosts[0]);
  const c = p.connect();
  for (const path of ['/200', '/503', '/close', '/slow', '/dead']) await c.send(get(path)).message();
  c.close();
  t.same(host.seen, [
    LOCAL_ORIGIN_CONNECT_SUCCESS,
    200,
    LOCAL_ORIGIN_CONNECT_SUCCESS,
    503,
    LOCAL_ORIGIN_CONNECT_SUCCESS,
    LOCAL_ORIGIN_CONNECT_FAILED,
    LOCAL_ORIGIN_CONNECT_SUCCESS,
    LOCAL_ORIGIN_TIMEOUT,
  ]);
  t.same(away.seen, [LOCAL_ORIGIN_CONNECT_FAILED]);
});

t.test('TCP: connections made and connections that failed', async (t) => {
  const u = await Upstream.start((p) => p.socket.end('x'));
  t.teardown(() => u.stop());
  for (const [port, result] of [
    [u.port, LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL],
    [await deadPort(), LOCAL_ORIGIN_CONNECT_FAILED],
  ] as const) {
    const p = await TcpProxy.start({ statPrefix: 't', cluster: 'u' }, [cluster('u', [port])]);
    t.teardown(() => p.stop());
    const host = new Recorder(p.clusters.get('u')!.hosts[0]);
    const s = p.connect();
    await readAll(s);
    s.destroy();
    t.same(host.seen, [result]);
  }
});

t.test('Redis: every reply, rubbish, a close in the middle, op_timeout', async (t) => {
  const redis = await FakeRedis.start();
  const proxy = await startProxy([redis.port], { opTimeout: 50 });
  const c = await Client.to(proxy.port);
  t.teardown(async () => {
    c.close();
    await proxy.close();
    await redis.close();
  });
  const host = new Recorder(proxy.clusters.get('redis')!.hosts[0]);
  const GET = request('GET', 'a');
  c.write(Buffer.concat([GET, GET]));
  await redis.take(2 * GET.length);
  redis.send('+A\r\n-ERR\r\n');
  await until(() => host.seen.length === 3);
  t.same(host.seen.splice(0), [LOCAL_ORIGIN_CONNECT_SUCCESS, EXT_ORIGIN_REQUEST_SUCCESS, EXT_ORIGIN_REQUEST_SUCCESS]);
  c.write(GET);
  await redis.take(GET.length);
  redis.send('rubbish\r\n');
  await until(() => host.seen.length > 0);
  t.same(host.seen.splice(0), [EXT_ORIGIN_REQUEST_FAILED]);
  c.write(GET);
  await redis.take(GET.length);
  redis.sockets[1].destroy();
  await once(redis.sockets[1], 'close');
  await until(() => host.seen.length === 2);
  t.same(host.seen.splice(0), [LOCAL_ORIGIN_CONNECT_SUCCESS, LOCAL_ORIGIN_CONNECT_FAILED]);
  c.write(GET);
  await redis.take(GET.length);
  await until(() => host.seen.length === 2);
  t.same(host.seen, [LOCAL_ORIGIN_CONNECT_SUCCESS, LOCAL_ORIGIN_TIMEOUT]);
});
