/** Further tries, end to end. What is tried again by status, word and header is compared with Envoy: conformance retry/*. */
import t from 'tap';
import type { Cluster, RouteAction, VirtualHost } from '../../../src/config/schema/types.ts';
import { heldMemory } from '../../../src/platform/held-memory.ts';
import { cluster, deadPort, get, header, OK, type Peer, TestProxy, turns, Upstream, until } from '../proxy.ts';

type Test = { teardown(fn: () => unknown): void };
const FAILED = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 3\r\n\r\nbad';
const BACK_OFF = { baseInterval: 1, maxInterval: 1 };
const CIDR = [{ addressPrefix: '127.0.0.0', prefixLen: 8 }];

/** Hosts that do what `onRequest` says with each whole request: answer with a text, or nothing. */
async function hosts(
  t: Test,
  n: number,
  onRequest: (request: string, host: number, peer: Peer) => string | null,
): Promise<Upstream[]> {
  const list: Upstream[] = [];
  for (let i = 0; i < n; i++) {
    const u = await Upstream.start((peer) => {
      peer.socket.on('data', () => {
        const length = Number(/content-length: (\d+)/.exec(peer.text)?.[1] ?? 0);
        const end = peer.text.indexOf('\r\n\r\n') + 4;
        const chunked = peer.text.includes('transfer-encoding: chunked');
        if (end < 4 || (chunked ? !peer.text.includes('0\r\n\r\n', end) : peer.text.length < end + length)) return;
        const request = peer.text;
        peer.text = '';
        const answer = onRequest(request, i, peer);
        if (answer !== null) peer.send(answer);
      });
    });
    t.teardown(() => u.stop());
    list.push(u);
  }
  return list;
}

async function proxy(
  t: Test,
  clusters: Cluster[],
  route: Partial<RouteAction>,
  more: { host?: Partial<VirtualHost>; limit?: number } = {},
): Promise<TestProxy> {
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'u', ...route } }];
  const p = await TestProxy.start({
    clusters,
    listener: { perConnectionBufferLimitBytes: more.limit ?? 1 << 20 },
    hcm: {
      useRemoteAddress: true,
      internalAddressConfig: { cidrRanges: CIDR },
      routeConfig: { virtualHosts: [{ name: 'v', domains: ['*'], routes, ...more.host }] },
    },
  });
  t.teardown(() => p.stop());
  return p;
}
const ports = (list: Upstream[]): number[] => list.map((u) => u.port);

t.test('the client gets one answer; each try gets the whole request; what is counted', async (t) => {
  const bodies: string[] = [];
  const list = await hosts(t, 1, (request) => {
    bodies.push(request.slice(request.indexOf('\r\n\r\n') + 4));
    return bodies.length < 3 ? FAILED : OK;
  });
  const retryPolicy = { retryOn: '5xx', numRetries: 3, retryBackOff: BACK_OFF };
  const p = await proxy(t, [cluster('u', ports(list))], { retryPolicy });
  const held = heldMemory.bytes;
  const c = p.connect().send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\nhello');
  await until(() => heldMemory.bytes > held);
  c.send(' world');
  t.match((await c.message()).start, /200/);
  t.same(bodies, ['hello world', 'hello world', 'hello world']);
  await turns();
  t.equal(c.text, '', 'nothing follows');
  for (const [name, value] of Object.entries({
    upstream_rq_retry: 2,
    upstream_rq_retry_success: 1,
    upstream_rq_retry_backoff_exponential: 2,
    upstream_rq_retry_limit_exceeded: 0,
    upstream_rq_total: 3,
    'retry.upstream_rq_503': 2,
    'retry.upstream_rq_5xx': 2,
    upstream_rq_200: 1,
    upstream_rq_completed: 1,
    upstream_rq_503: 0,
  })) {
    t.equal(p.value(`cluster.u.${name}`), value, name);
  }
  t.equal(heldMemory.bytes, held, 'nothing is kept of it');
  t.equal(p.value('http.h.downstream_rq_completed'), 1);
  c.close();
});

t.test('num_retries, and the breaker: the last answer is the client’s, the place is given back', async (t) => {
  const list = await hosts(t, 1, () => FAILED);
  const limited = { circuitBreakers: { thresholds: [{ maxRetries: 1 }] } };
  const retryPolicy = { retryOn: '5xx', numRetries: 2, retryBackOff: BACK_OFF };
  const p = await proxy(t, [cluster('u', ports(list), limited)], { retryPolicy });
  const c = p.connect();
  for (let i = 1; i <= 3; i++) {
    t.match((await c.send(get()).message()).start, /503/);
    t.equal(p.value('cluster.u.upstream_rq_retry_limit_exceeded'), i);
    t.equal(p.value('cluster.u.circuit_breakers.default.rq_retry_open'), 0);
  }
  c.close();
});

t.test('a retry budget: a share of what runs, and at least its floor', async (t) => {
  let waiting: Peer[] = [];
  const list = await hosts(t, 1, (request, _host, peer) => {
    if (request.includes('x-envoy-attempt-count: 1\r\n')) return FAILED;
    waiting.push(peer);
    return null;
  });
  const budget = { budgetPercent: { value: 0 }, minRetryConcurrency: 2 };
  const limited = { circuitBreakers: { thresholds: [{ retryBudget: budget }] } };
  const retryPolicy = { retryOn: '5xx', retryBackOff: BACK_OFF };
  const host = { includeRequestAttemptCount: true };
  const p = await proxy(t, [cluster('u', ports(list), limited)], { retryPolicy }, { host });
  const clients = [0, 1, 2, 3].map(() => p.connect().send(get()));
  await until(() => waiting.length === 2 && p.value('cluster.u.upstream_rq_retry_overflow') === 2);
  for (const peer of waiting) peer.send(OK);
  waiting = [];
  const starts = await Promise.all(clients.map(async (c) => (await c.message()).start.slice(9, 12)));
  t.same(starts.sort(), ['200', '200', '503', '503']);
  for (const c of clients) c.close();
});

t.test('resets and refused connections; what is said when none helps', async (t) => {
  const p = await proxy(t, [cluster('u', [await deadPort()])], {
    retryPolicy: { retryOn: 'connect-failure', numRetries: 2, retryBackOff: BACK_OFF },
  });
  const c = p.connect();
  const m = await c.send(get()).message();
  t.match(m.start, /503/);
  t.match(m.body, 'disconnect/reset before headers. retried and the latest reset reason: remote connection failure');
  t.equal(p.value('cluster.u.upstream_cx_connect_fail'), 3);
  t.equal(p.value('cluster.u.upstream_rq_retry'), 2);
  c.close();
});

t.test('a client that goes away while a try waits: nothing is left', async (t) => {
  const list = await hosts(t, 1, () => FAILED);
  const retryPolicy = { retryOn: '5xx', retryBackOff: { baseInterval: 60_000 } };
  const p = await proxy(t, [cluster('u', ports(list))], { retryPolicy });
  const held = heldMemory.bytes;
  const c = p.connect().send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc');
  await until(() => p.value('cluster.u.retry.upstream_rq_503') === 1);
  t.equal(p.value('cluster.u.upstream_rq_retry'), 0, 'counted when it is made');
  c.close();
  await until(() => p.value('http.h.downstream_rq_active') === 0);
  t.equal(p.value('cluster.u.circuit_breakers.default.rq_retry_open'), 0);
  t.equal(heldMemory.bytes, held);
  t.equal(p.value('cluster.u.upstream_rq_total'), 1);
});

t.test('the timeout of the request counts while a try waits', async (t) => {
  const list = await hosts(t, 1, () => FAILED);
  const retryPolicy = { retryOn: '5xx', retryBackOff: { baseInterval: 60_000 } };
  const p = await proxy(t, [cluster('u', ports(list))], { retryPolicy, timeout: 50 });
  const c = p.connect();
  t.match((await c.send(get()).message()).start, /504/);
  t.equal(p.value('cluster.u.upstream_rq_timeout'), 0, 'no try was running');
  c.close();
});

t.test('more body than may be kept: no other try, and where one waits 507', async (t) => {
  let early = true;
  const list = await hosts(t, 1, () => FAILED);
  list[0].server.removeAllListeners('connection');
  list[0].server.on('connection', (s) => {
    s.on('error', () => {});
    s.on('data', () => {
      if (early) s.write(FAILED);
    });
  });
  const retryPolicy = { retryOn: '5xx', retryBackOff: { baseInterval: 60_000 } };
  const host = { perRequestBufferLimitBytes: 10 };
  const p = await proxy(t, [cluster('u', ports(list))], { retryPolicy }, { host });
  const c = p.connect().send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc');
  await until(() => p.value('cluster.u.retry.upstream_rq_503') === 1);
  t.equal(p.value('cluster.u.upstream_rq_retry'), 0, 'counted when it is made');
  c.send('defghijklm');
  const m = await c.message();
  t.match(m.start, /507/);
  t.equal(m.body, 'exceeded request buffer limit while retrying upstream');
  t.equal(p.value('cluster.u.retry_or_shadow_abandoned'), 1);
  c.close();
  early = false;
});

t.test('per-try timeout: another try within the time of the request; then what the last one came to', async (t) => {
  let asked = 0;
  const list = await hosts(t, 1, () => (++asked === 1 ? null : OK));
  const retryPolicy = { retryOn: '5xx', perTryTimeout: 40, retryBackOff: BACK_OFF };
  const host = { includeIsTimeoutRetryHeader: true, includeAttemptCountInResponse: true };
  const p = await proxy(t, [cluster('u', ports(list))], { retryPolicy, timeout: 5000 }, { host });
  const c = p.connect();
  const m = await c.send(get()).message();
  t.match(m.start, /200/);
  t.equal(header(m, 'x-envoy-attempt-count'), '2');
  t.equal(p.value('cluster.u.upstream_rq_per_try_timeout'), 1);
  c.close();
  const silent = await hosts(t, 1, () => null);
  const q = await proxy(t, [cluster('u', ports(silent))], { retryPolicy, timeout: 5000 }, { host });
  const d = q.connect();
  const n = await d.send(get()).message();
  t.match(n.start, /504/);
  t.equal(header(n, 'x-envoy-attempt-count'), '2');
  t.equal(q.value('cluster.u.upstream_rq_per_try_timeout'), 2);
  d.close();
});

t.test('per-try idle timeout: a host that falls silent, before its answer and in the middle of it', async (t) => {
  let asked = 0;
  const list = await hosts(t, 1, () => {
    asked++;
    return asked === 1 ? null : 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc';
  });
  const retryPolicy = { retryOn: '5xx', perTryIdleTimeout: 40, retryBackOff: BACK_OFF };
  const p = await proxy(t, [cluster('u', ports(list))], { retryPolicy });
  const c = p.connect().send(get());
  t.match(await c.rest(), /^HTTP\/1.1 200[\s\S]*abc$/);
  t.equal(p.value('cluster.u.upstream_rq_per_try_idle_timeout'), 2);
  t.equal(p.value('cluster.u.upstream_rq_retry'), 1);
});

t.test('hedge_on_per_try_timeout: the first good answer of both, the other one is reset', async (t) => {
  for (const winner of [1, 2]) {
    const peers: Peer[] = [];
    const list = await hosts(t, 1, (_request, _host, peer) => {
      peers.push(peer);
      return null;
    });
    const retryPolicy = { retryOn: '5xx', perTryTimeout: 30, numRetries: 1, retryBackOff: BACK_OFF };
    const hedgePolicy = { hedgeOnPerTryTimeout: true };
    const p = await proxy(t, [cluster('u', ports(list))], { retryPolicy, hedgePolicy, timeout: 5000 });
    const c = p.connect().send(get());
    await until(() => peers.length === 2);
    t.equal(p.value('cluster.u.upstream_rq_active'), 2, 'both run');
    // A bad answer of the other one does not count.
    peers[2 - winner].send(FAILED);
    await until(() => p.value('cluster.u.upstream_rq_active') === 1);
    peers[winner - 1].send(OK);
    const m = await c.message();
    t.match(m.start, /200/, `${winner}`);
    await until(() => p.value('cluster.u.upstream_rq_active') === 0);
    t.equal(p.value('cluster.u.upstream_rq_per_try_timeout'), 0);
    t.equal(p.value('cluster.u.upstream_rq_200'), 1);
    c.close();
  }
});

t.test('hedging: both too late is a timeout; both bad is the last bad answer', async (t) => {
  const peers: Peer[] = [];
  const list = await hosts(t, 1, (_request, _host, peer) => {
    peers.push(peer);
    return null;
  });
  const retryPolicy = { retryOn: '5xx', perTryTimeout: 30, numRetries: 1, retryBackOff: BACK_OFF };
  const route = { retryPolicy, hedgePolicy: { hedgeOnPerTryTimeout: true } };
  const p = await proxy(t, [cluster('u', ports(list))], { ...route, timeout: 300 });
  const c = p.connect();
  t.match((await c.send(get()).message()).start, /504/);
  t.equal(p.value('cluster.u.upstream_rq_timeout'), 2);
  peers.length = 0;
  const q = await proxy(t, [cluster('u', ports(list))], { ...route, timeout: 5000 });
  const d = q.connect().send(get());
  await until(() => peers.length === 2);
  peers[0].send(FAILED);
  await until(() => q.value('cluster.u.upstream_rq_active') === 1);
  peers[1].send(FAILED);
  t.match((await d.message()).start, /503/);
  t.equal(q.value('cluster.u.upstream_rq_active'), 0);
  c.close();
  d.close();
});

t.test('retry_host_predicate: not where it was, not to canaries, not to hosts with this metadata', async (t) => {
  const HOST = 'envoy.extensions.retry.host';
  const predicate = (type: string, value: object = {}): object => ({
    name: 'p',
    typedConfig: { typeUrl: `${HOST}.${type}`, value },
  });
  const asked: number[] = [];
  const list = await hosts(t, 3, (_request, host) => {
    asked.push(host);
    return FAILED;
  });
  const lb = (fields: object): object => ({ filterMetadata: new Map([['envoy.lb', fields]]) });
  const endpoints = (marks: object[]): Cluster => {
    const lbEndpoints = list.map((u, i) => ({
      endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: u.port } } },
      metadata: lb(marks[i] ?? {}),
    }));
    return {
      name: 'u',
      connectTimeout: 1000,
      lbPolicy: 'RANDOM',
      loadAssignment: { endpoints: [{ lbEndpoints }] },
    } as never;
  };
  const rows: [string, object, object[], (tries: number[]) => boolean][] = [
    ['previous', predicate('previous_hosts.v3.PreviousHostsPredicate'), [], (l) => new Set(l).size === 3],
    [
      'canary',
      predicate('omit_canary_hosts.v3.OmitCanaryHostsPredicate'),
      [{ canary: true }, { canary: true }],
      (l) => l.slice(1).every((h) => h === 2),
    ],
    [
      'metadata',
      predicate('omit_host_metadata.v3.OmitHostMetadataConfig', { metadataMatch: lb({ stage: 'test' }) }),
      [{ stage: 'test', more: 1 }, { stage: 'test' }, { stage: 'live' }],
      (l) => l.slice(1).every((h) => h === 2),
    ],
  ];
  for (const [name, retryHostPredicate, marks, fits] of rows) {
    const retryPolicy = {
      retryOn: '5xx',
      numRetries: 2,
      retryBackOff: BACK_OFF,
      retryHostPredicate: [retryHostPredicate],
      hostSelectionRetryMaxAttempts: 200,
    } as never;
    const p = await proxy(t, [endpoints(marks)], { retryPolicy });
    const c = p.connect();
    for (let i = 0; i < 10; i++) {
      asked.length = 0;
      await c.send(get()).message();
      t.ok(asked.length === 3 && fits(asked), `${name}: ${asked}`);
    }
    c.close();
  }
});

t.test('retry_priority: priorities that were tried are left out, until all were', async (t) => {
  const asked: number[] = [];
  const list = await hosts(t, 3, (_request, host) => {
    asked.push(host);
    return FAILED;
  });
  const endpoints = list.map((u, priority) => ({
    priority,
    lbEndpoints: [{ endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: u.port } } } }],
  }));
  const typeUrl = 'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig';
  const retryPolicy = {
    retryOn: '5xx',
    numRetries: 3,
    retryBackOff: BACK_OFF,
    retryPriority: { name: 'p', typedConfig: { typeUrl, value: { updateFrequency: 1 } } },
  } as never;
  const p = await proxy(t, [{ name: 'u', connectTimeout: 1000, loadAssignment: { endpoints } }], { retryPolicy });
  const c = p.connect();
  for (let i = 0; i < 10; i++) {
    asked.length = 0;
    await c.send(get()).message();
    t.equal(asked[0], 0, 'the first one, as always');
    t.same(asked.slice(0, 3).sort(), [0, 1, 2]);
    t.equal(asked[3], 0, 'from the beginning');
  }
  c.close();
});

t.test('a cluster that went while a try waited: as without a host', async (t) => {
  const list = await hosts(t, 1, () => FAILED);
  const retryPolicy = { retryOn: '5xx', retryBackOff: { baseInterval: 200 } };
  const p = await proxy(t, [cluster('u', ports(list))], { retryPolicy });
  const c = p.connect().send(get());
  await until(() => p.value('cluster.u.retry.upstream_rq_503') === 1);
  t.equal(p.value('cluster.u.upstream_rq_retry'), 0, 'counted when it is made');
  p.engine.apply({ kind: 'cluster', update: { kind: 'remove', name: 'u' } as never });
  const m = await c.message();
  t.match(m.start, /503/);
  t.equal(m.body, 'no healthy upstream');
  c.close();
});
