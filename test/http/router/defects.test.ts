/** What throws in the router's own code ends the request at hand, and nothing else on either connection. */
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { type AnyFilter, CONTINUE, type HeadersStatus, STOP, StreamFilter } from '../../../src/http/stream/filter.ts';
import { captureLog } from '../../../src/log/logger.ts';
import type { HostMonitor } from '../../../src/upstream/outlier/host-monitor.ts';
import { chain, filterEntry } from '../filters.ts';
import { answering, cluster, get, OK, TestProxy, Upstream, until } from '../proxy.ts';

type Test = { teardown(fn: () => unknown): void };

/** A monitor that throws when it is told of `what`. */
function throwing(what: 'status' | number): HostMonitor & { times: number } {
  return {
    times: 0,
    putStatus(): void {
      if (what === 'status') this.fail();
    },
    putResult(result: number): void {
      if (what === result) this.fail();
    },
    fail(): void {
      this.times++;
      throw new Error('thrown by a monitor');
    },
  } as HostMonitor & { times: number; fail(): void };
}
const CONNECT_FAILED = 2;
const CONNECT_SUCCESS = 3;
const TIMED_OUT = 4;

function logged(t: Test): string[] {
  const lines: string[] = [];
  t.teardown(captureLog((line) => lines.push(line)));
  return lines;
}
const errors = (lines: string[]): string[] => lines.filter((l) => l.includes('internal error'));

interface Answer {
  status: number;
  reset: boolean;
}

class Rig {
  readonly p: TestProxy;
  readonly client: http2.ClientHttp2Session;
  /** Requests at the host, by path. */
  readonly held: Map<string, http2.ServerHttp2Stream>;
  constructor(p: TestProxy, held: Map<string, http2.ServerHttp2Stream>) {
    this.p = p;
    this.held = held;
    this.client = http2.connect(`http://127.0.0.1:${p.port}`);
  }
  set monitor(m: HostMonitor) {
    (this.p.engine.clusters.get('u')?.hosts[0] as { monitor: HostMonitor }).monitor = m;
  }
  ask(path: string, more: http2.OutgoingHttpHeaders = {}): Promise<Answer> {
    return new Promise((resolve) => {
      const s = this.client.request({ ':path': path, ...more });
      const answer = { status: 0, reset: false };
      s.on('response', (h) => {
        answer.status = h[':status'] ?? 0;
      });
      s.on('error', () => {
        answer.reset = true;
      });
      s.on('close', () => resolve(answer));
      s.resume();
      s.end();
    });
  }
}

/** HTTP/2 on both sides; the host holds every request for /hold…, answers /reset with RST_STREAM, and others with 200. */
async function rig(t: Test): Promise<Rig> {
  const held = new Map<string, http2.ServerHttp2Stream>();
  const server = http2.createServer();
  server.on('stream', (s, h) => {
    const path = h[':path'] ?? '';
    s.on('error', () => {});
    if (path.startsWith('/hold')) held.set(path, s);
    else if (path === '/reset') s.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    else s.respond({ ':status': 200 }, { endStream: true });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  // The client is one of ours: its x-envoy-* headers count.
  const cidrRanges = [{ addressPrefix: '127.0.0.0', prefixLen: 8 }];
  const hcm = { useRemoteAddress: true, internalAddressConfig: { cidrRanges } };
  const p = await TestProxy.start({ hcm, clusters: [cluster('u', [port], { http2ProtocolOptions: {} })] });
  const r = new Rig(p, held);
  t.teardown(() => {
    r.client.destroy();
    p.stop();
    server.close();
  });
  return r;
}

t.test('at each event of a host, neighbours on its connection are served', async (t) => {
  const lines = logged(t);
  const r = await rig(t);
  const { p } = r;
  const neighbour = r.ask('/hold/1');
  await until(() => r.held.has('/hold/1'));
  const rows: [string, HostMonitor & { times: number }, string, http2.OutgoingHttpHeaders][] = [
    ['a connection is there', throwing(CONNECT_SUCCESS), '/', {}],
    ['an answer begins', throwing('status'), '/', {}],
    ['the host resets', throwing(CONNECT_FAILED), '/reset', {}],
    ['a try is too slow', throwing(TIMED_OUT), '/hold/x', { 'x-envoy-upstream-rq-per-try-timeout-ms': '20' }],
    ['the answer is too late', throwing(TIMED_OUT), '/hold/y', { 'x-envoy-upstream-rq-timeout-ms': '20' }],
  ];
  for (const [i, [what, monitor, path, more]] of rows.entries()) {
    r.monitor = monitor;
    t.same(await r.ask(path, more), { status: 500, reset: false }, what);
    t.equal(monitor.times, 1, `${what}: it threw`);
    t.equal(errors(lines).length, i + 1, `${what}: said once`);
    t.match(errors(lines).at(-1), 'thrown by a monitor');
    t.equal(p.value('http.h.downstream_rq_internal_error'), i + 1, `${what}: counted once`);
  }
  r.monitor = throwing(-1);
  t.same(await r.ask('/'), { status: 200, reset: false });
  r.held.get('/hold/1')?.respond({ ':status': 200 }, { endStream: true });
  t.same(await neighbour, { status: 200, reset: false }, 'a neighbour that ran all the time is answered');
  t.equal(p.value('cluster.u.upstream_cx_total'), 1, 'over one connection');
  t.equal(p.value('cluster.u.upstream_cx_destroy'), 0);
  t.equal(p.value('cluster.u.upstream_cx_protocol_error'), 0);
  t.equal(p.value('cluster.u.upstream_rq_active'), 0);
  t.equal(p.value('cluster.u.upstream_rq_pending_active'), 0);
  t.equal(p.value('http.h.downstream_cx_total'), 1);
});

t.test('one of several that wait for a connection: the others get it', async (t) => {
  const lines = logged(t);
  const r = await rig(t);
  const monitor = throwing(CONNECT_SUCCESS);
  let first = true;
  r.monitor = {
    putStatus: () => {},
    putResult: (result) => {
      if (!first) return;
      first = false;
      monitor.putResult(result, 1);
    },
  };
  const answers = await Promise.all(['/a', '/b', '/c'].map((path) => r.ask(path)));
  t.same(
    answers.map((a) => a.status),
    [500, 200, 200],
  );
  t.equal(errors(lines).length, 1);
});

t.test('while the answer runs: that stream is reset', async (t) => {
  const lines = logged(t);
  const r = await rig(t);
  await r.ask('/');
  const responses = r.p.engine.clusters.get('u')?.info.responses as unknown as { recordTime(): void };
  responses.recordTime = () => {
    throw new Error('thrown at the end');
  };
  const neighbour = r.ask('/hold/2');
  const broken = r.ask('/hold/3');
  await until(() => r.held.has('/hold/2') && r.held.has('/hold/3'));
  const host = r.held.get('/hold/3');
  host?.respond({ ':status': 200 });
  host?.end('body');
  t.same(await broken, { status: 200, reset: true });
  t.equal(errors(lines).length, 1);
  delete (responses as { recordTime?: unknown }).recordTime;
  r.held.get('/hold/2')?.respond({ ':status': 200 }, { endStream: true });
  t.same(await neighbour, { status: 200, reset: false });
});

t.test('a filter behind one that injects, adds or replaces from a timer', async (t) => {
  const lines = logged(t);
  for (const what of ['inject', 'replace', 'add', 'answer'] as const) {
    class Late extends StreamFilter {
      override decodeHeaders(): HeadersStatus {
        setImmediate(() => {
          const data = Buffer.from('x');
          if (what === 'inject') this.stream.injectDecoded(this, data, true);
          else if (what === 'answer') this.stream.sendLocalReply({ status: 403, body: '', details: 'x' });
          else {
            if (what === 'replace') this.stream.replaceDecodingBuffer(data);
            else this.stream.addDecoded(this, data);
            this.stream.continueDecoding(this);
          }
        });
        return STOP;
      }
    }
    class Throws extends StreamFilter {
      override decodeHeaders(): HeadersStatus {
        throw new Error('thrown behind it');
      }
      override onLocalReply(): typeof CONTINUE {
        if (what === 'answer') throw new Error('thrown behind it');
        return CONTINUE;
      }
    }
    const u = await Upstream.start(answering(OK));
    const make: (() => AnyFilter)[] = [() => new Late(), () => new Throws()];
    const httpFilters = chain(...make.map((m, i) => filterEntry(`f${i}`, m)));
    const p = await TestProxy.start({ clusters: [cluster('u', [u.port])], hcm: { httpFilters } });
    t.teardown(() => {
      p.stop();
      u.stop();
    });
    const before = errors(lines).length;
    const c = p.connect().send(get());
    t.match((await c.message()).start, /500/, what);
    t.equal(errors(lines).length, before + 1, `${what}: said once`);
    c.close();
  }
});

t.test('a filter that throws wherever it is called is said once a request', async (t) => {
  const lines = logged(t);
  class Broken extends StreamFilter {
    override decodeHeaders(): HeadersStatus {
      throw new Error('1');
    }
    override onStreamComplete(): void {
      throw new Error('2');
    }
    override onDestroy(): void {
      throw new Error('3');
    }
  }
  const p = await TestProxy.start({ hcm: { httpFilters: chain(filterEntry('b', () => new Broken())) } });
  t.teardown(() => p.stop());
  const c = p.connect().send(get()).send(get());
  for (let i = 0; i < 2; i++) t.match((await c.message()).start, /500/);
  c.close();
  t.equal(errors(lines).length, 2);
  t.equal(p.value('http.h.downstream_rq_internal_error'), 2);
});
